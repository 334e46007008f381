"""Reads every file of a folder with a manifest and writes what came out, for a checker to judge.

    python -m bench.ingest_quality FOLDER RESULTS.jsonl

FOLDER holds `manifest.jsonl` (one object per line with `file` and `upload_name`) and `files/`. Each line of
the results has the text as it would be indexed, or the message that the uploader would see, the seconds
and the peak memory of the child in MB.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import psutil

from besedka.core.i18n import text
from besedka.core.sandbox.pool import Sandbox
from besedka.kernel.knowledge.chunker import chunk
from besedka.kernel.knowledge.extraction.errors import ExtractionError
from besedka.kernel.knowledge.extraction.extract import FUNCTIONS, extract


async def main(folder: Path, results: Path) -> None:
    """Read the files one after the other, as one worker would."""
    entries = [json.loads(line) for line in _lines(folder / "manifest.jsonl")]
    written = []
    async with Sandbox(FUNCTIONS) as sandbox:
        for entry in entries:
            outcome = await _read(folder / "files" / entry["file"], entry["upload_name"], sandbox)
            written.append({"file": entry["file"], **outcome})
    _write(results, written)
    print(Counter(str(line["status"]) for line in written))


async def _read(path: Path, name: str, sandbox: Sandbox) -> Mapping[str, object]:
    # A stored file has a random name, so that nothing can be told from it.
    with tempfile.NamedTemporaryFile() as stored:
        stored.write(_bytes(path))
        stored.flush()
        started = time.perf_counter()
        outcome = await _outcome(Path(stored.name), name, sandbox)
        return {**outcome, "seconds": time.perf_counter() - started, "peak_mb": _peak_mb()}


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


async def _outcome(path: Path, name: str, sandbox: Sandbox) -> Mapping[str, object]:
    try:
        extracted = await extract(path, name=name, sandbox=sandbox)
    except ExtractionError as error:
        message = text("en", f"errors.{error.code}")
        return {"status": "rejected", "code": error.code, "message": message}
    except Exception as error:  # noqa: BLE001 - what the checker counts as an error
        return {"status": "error", "message": repr(error)}
    chunks = chunk(extracted.blocks)
    parts = [" / ".join(piece.heading_path) + "\n" + piece.text for piece in chunks]
    return {"status": "ok", "text": "\n".join(parts), "chunks": len(chunks)}


def _peak_mb() -> float:
    peaks = [_high_water(child.pid) for child in psutil.Process().children()]
    return max(peaks, default=0.0)


def _high_water(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _write(path: Path, results: list[dict[str, object]]) -> None:
    lines = (json.dumps(line, ensure_ascii=False) for line in results)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
