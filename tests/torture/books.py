"""Money paid in and documents filed while processes die, and what has to be there afterwards."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from tests.torture.traffic import API, AWAY, Ack, Firm, Log, Said, insist

DEPOSIT = 1_000_000
BUSY = 409
"""The same key is still being worked at, or was when its process was killed."""


@dataclass
class Books:
    """What somebody paid in and filed, and was told about it."""

    paid: Log = field(default_factory=Log)
    filed: Log = field(default_factory=Log)

    @property
    def logs(self) -> tuple[Log, Log]:
        """Both logs."""
        return self.paid, self.filed


async def pay(books: Books, firm: Firm, *, pause: float) -> None:
    """Pay in again and again, each with a key of its own."""
    number = 0
    while not books.paid.stopped:
        number += 1
        body = {"amount_micro": DEPOSIT, "currency": "RUB", "note": f"payment {number}"}
        said = Said("", f"payment-{number}", f"payment {number}")
        post = partial(_post, books.paid, firm, "/balance/deposits", said, body)
        await insist(books.paid, said, post)
        await asyncio.sleep(pause)


async def file(books: Books, firm: Firm, *, pause: float) -> None:
    """Add short documents, which a worker has to index."""
    number = 0
    while not books.filed.stopped:
        number += 1
        title = f"Rule {number}"
        body = {"kind": "text", "title": title, "body": f"Rule {number} is kept at all times.",
                "collection_id": firm.collection}  # fmt: skip
        said = Said("", f"rule-{number}", title)
        await insist(books.filed, said, partial(_post, books.filed, firm, "/documents", said, body))
        await asyncio.sleep(pause)


async def _post(
    log: Log, firm: Firm, path: str, said: Said, body: Mapping[str, object]
) -> Ack | None:
    headers = {**firm.headers, "Idempotency-Key": said.key}
    response = await firm.client.post(API + path, json=body, headers=headers)
    if response.is_success:
        ack: Ack = response.json()
        return ack
    if response.status_code not in {*AWAY, BUSY} or response.status_code == 500:
        log.surprises.append(f"{path}: {response.status_code} {response.text[:200]}")
    return None


async def indexed(firm: Firm, document: str, *, seconds: float) -> float:
    """Wait until a document can be searched; returns for how long."""
    started = time.perf_counter()
    while time.perf_counter() < started + seconds:
        found = await firm.client.get(f"{API}/documents/{document}", headers=firm.headers)
        if found.is_success and found.json()["state"] == "ready":
            break
        await asyncio.sleep(0.05)
    return time.perf_counter() - started


async def audit_books(firm: Firm, books: Books, *, wait: float) -> list[str]:
    """Return what was acknowledged and is not there, or is there twice, or waits for ever."""
    wrong = [*books.paid.surprises, *books.filed.surprises]
    balance = (await firm.send("GET", "/balance")).json()
    acknowledged = len([each for each in books.paid.said if each.ack])
    if balance["balance_micro"] != acknowledged * DEPOSIT:
        wrong.append(f"{acknowledged} payments acknowledged, {balance} in the books")
    wrong += [
        f"{each.body} is not indexed"
        for each in books.filed.said
        if each.ack is not None and await indexed(firm, str(each.ack["id"]), seconds=wait) > wait
    ]
    return wrong
