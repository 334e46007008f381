"""The documented start `uvicorn app.main:app`, also from a checkout that was never installed."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "src"))
