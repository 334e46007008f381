"""Nothing in the repository may depend on the machine or the package index it was written with."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.lint.project import Project, SourceFile
from tools.lint.violation import Violation

NAME = "host"

REGISTRIES = r"pypi\.org|pythonhosted\.org|registry\.(npmjs\.org|yarnpkg\.com|npmmirror\.com)|proxy\.golang\.org"
OPTIONS = r"--(extra-)?index[-]url\b|--find[-]links\b|\"resolved\":\s*\"https?:"
HOMES = r"(?<![\w.~-])/(root|home/\w[\w.-]*|Users/\w[\w.-]*)/"


def check(project: Project) -> Iterator[Violation]:
    """Registry hosts, index options and paths of somebody's machine."""
    rules = {
        REGISTRIES: "a registry's host: pins carry hashes, never addresses",
        OPTIONS: "an index address: pins carry hashes, never addresses",
        f"{HOMES}{_checkout(project.root)}": "a path of one machine",
    }
    for file in project.files:
        yield from _matches(file, rules)


def _checkout(root: Path) -> str:
    # A short or temporary folder could be meant by anybody; a deeper one is this very checkout.
    return f"|{re.escape(root.as_posix())}\\b" if len(root.parts) > 2 else ""


def _matches(file: SourceFile, rules: dict[str, str]) -> Iterator[Violation]:
    for pattern, message in rules.items():
        for match in re.finditer(pattern, file.text):
            yield Violation(file.path, file.line_at(match.start()), message)
