"""All measurements, one after the other: `make bench`. Each is a program of its own: `python -m bench.NAME --help`."""

import subprocess
import sys

PROGRAMS = (
    "auth_me",
    "room",
    "rooms",
    "growth",
    "lists",
    "inbox_list",
    "hop",
    "page",
    "sockets",
    "ingest",
    "first_word",
    "visitors",
    "startup",
    "back",
    "jobs",
    "llm_stream",
    "relay",
    "interviews",
    "ledger",
    "search",
    "analytics",
)


def main() -> int:
    """Run every measurement; one that fails is named and does not stop the others."""
    failed = []
    for name in PROGRAMS:
        sys.stdout.write(f"\n== {name}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        sys.stdout.write(f"\nfailed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
