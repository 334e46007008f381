"""A shelf in a bucket of S3, or of anything that speaks its language (path-style addresses, signature version 4).

Bytes wait on this machine's disk until they are complete, then go up in parts; reading is by ranges, so that a
download is never in memory as a whole. Other names in the bucket are left alone.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from besedka.core.module import load
from besedka.kernel.files.errors import StoreAway
from besedka.kernel.files.shelf import KEY_BYTES, PRIVATE, listed, place

if TYPE_CHECKING:
    from obstore.store import S3Store

log = structlog.get_logger(__name__)

PART = 8 * 1024 * 1024
PARTS_AT_ONCE = 4
RANGE = 4 * 1024 * 1024
_REQUEST_SECONDS, _RETRY_SECONDS, _RETRIES = 60, 20, 3


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Where a bucket is, and who comes to it. Without keys those of the machine's role are asked for."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    key_id: str = ""
    secret: str = ""


class Bucket:
    """A shelf in a bucket. `spare` is a folder for bytes that have to be on this machine for a while."""

    def __init__(self, address: BucketAddress, spare: Path) -> None:
        self._address, self._spare = address, spare
        self._store: S3Store | None = None

    async def keep(self, path: Path, key: str) -> None:
        """Bring a complete file up, in parts when it is large. Raises StoreAway."""
        store = await self._open()
        with _answering():
            await store.put_async(place(key), path, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)

    async def has(self, key: str) -> bool:
        """Whether the bytes of a key are there. Raises StoreAway."""
        store = await self._open()
        try:
            with _answering():
                await store.head_async(place(key))
        except FileNotFoundError:
            return False
        return True

    async def read(self, key: str, *, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`, range by range. Raises FileNotFoundError, StoreAway."""
        store = await self._open()
        for begin in range(start, end, RANGE):
            with _answering():
                block = await store.get_range_async(
                    place(key), start=begin, end=min(begin + RANGE, end)
                )
            yield bytes(block)

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        """Give the bytes as a file that is gone afterwards. Raises FileNotFoundError, StoreAway."""
        self._spare.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        path = self._spare / secrets.token_hex(KEY_BYTES)
        try:
            with await asyncio.to_thread(path.open, "xb") as target:
                async for block in self.pinned(key):
                    await asyncio.to_thread(target.write, block)
            yield path
        finally:
            path.unlink(missing_ok=True)

    async def delete(self, key: str) -> None:
        """Remove the bytes of a key, if they are there. Raises StoreAway."""
        store = await self._open()
        try:
            with _answering():
                await store.delete_async(place(key))
        except FileNotFoundError:
            return

    async def keys(self, *, old: bool = False) -> AsyncIterator[list[str]]:
        """Yield the keys of what is kept, or of what has been for a day or longer, in batches. Raises StoreAway."""
        with _answering():
            async for batch in listed(await self._open(), old=old):
                yield batch

    async def clear(self) -> None:
        """Remove everything of ours that is kept. Raises StoreAway."""
        async for batch in self.keys():
            for key in batch:
                await self.delete(key)

    async def pin(self) -> None:
        """Do nothing: a bucket has no second names."""

    async def lost(self, keys: Sequence[str]) -> list[str]:
        """Return those of the keys that are not in the bucket. Raises StoreAway."""
        there = {key async for batch in self.keys() for key in batch}
        return [key for key in keys if key not in there]

    async def pinned(self, key: str) -> AsyncIterator[bytes]:
        """Yield the whole bytes of a key. Raises FileNotFoundError, StoreAway."""
        store = await self._open()
        with _answering():
            found = await store.head_async(place(key))
        async for block in self.read(key, start=0, end=found["size"]):
            yield block

    async def unpin(self) -> None:
        """Do nothing."""

    async def _open(self) -> "S3Store":
        if self._store is None:
            self._store = await asyncio.to_thread(_s3_store, self._address)
        return self._store


def _s3_store(where: BucketAddress) -> "S3Store":
    keys = {"access_key_id": where.key_id, "secret_access_key": where.secret}
    store: S3Store = load("obstore.store").S3Store(
        where.bucket, prefix=where.prefix or None, region=where.region,
        virtual_hosted_style_request=False, disable_bulk_delete=True,
        client_options={
            "timeout": timedelta(seconds=_REQUEST_SECONDS),
            "allow_http": where.endpoint.startswith("http://"),
        },
        retry_config={
            "max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS),
        },
        **({"endpoint": where.endpoint} if where.endpoint else {}),
        **(keys if where.key_id else {}),
    )  # fmt: skip
    return store


@contextmanager
def _answering() -> Iterator[None]:
    """Say in our words that the bucket gives no answer, or none that helps."""
    away = load("obstore.exceptions").BaseError
    try:
        yield
    except FileNotFoundError:
        raise
    except away as error:
        log.warning("the bucket does not answer", why=str(error)[:500])
        raise StoreAway from error
