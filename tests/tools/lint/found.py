"""Run one of the house's checks over a miniature repository."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from tests.tools.tree import write_tree
from tools.lint.project import Project

SRC = "src/besedka/kernel/files/service.py"


def found(check: ModuleType, root: Path, files: Mapping[str, str]) -> list[str]:
    """Violations as `path:line: message`."""
    project = Project(write_tree(root, files))
    return [str(violation) for violation in check.check(project)]
