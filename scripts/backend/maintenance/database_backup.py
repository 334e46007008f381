"""`besedka backup` under its documented name: becomes that command, with the same options."""

import os
import sys
from pathlib import Path

BESEDKA = Path(__file__).resolve().parents[3] / ".venv" / "bin" / "besedka"

if not BESEDKA.exists():
    sys.exit("Besedka is not installed here yet: run `make setup` first.")
os.execv(BESEDKA, [str(BESEDKA), "backup", *sys.argv[1:]])
