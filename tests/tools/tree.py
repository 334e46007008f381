"""Miniature repositories in which a rule is broken on purpose."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parent.parent.parent


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder; texts may be indented as their surroundings are."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    return root
