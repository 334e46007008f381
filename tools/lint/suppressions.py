"""A suppression needs a code and a reason, and their number may only fall."""

import re
from collections.abc import Iterator

from tools.lint.project import Comment, Project, SourceFile
from tools.lint.violation import Violation

NAME = "suppression"

CEILING = "tools/lint/suppressions.txt"

PYTHON = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover|lint-allow|ruff:\s*noqa|mypy:)")
CODED = re.compile(
    r"#\s*(noqa:\s*[A-Z]+\d+(\s*,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\]|lint-allow:\s*[\w-]+)(?P<reason>.*)"
)
OTHER = re.compile(
    r"(@ts-ignore|@ts-expect-error|@ts-nocheck|eslint-disable[\w-]*|lint-allow:\s*[\w-]+)"
)
OTHER_REASONED = re.compile(OTHER.pattern + r"(?P<reason>.*)")
SHORTEST_REASON = 8


def check(project: Project) -> Iterator[Violation]:
    """Suppressions without code or reason, and a count that differs from the ceiling."""
    count = 0
    for file, comment in suppressions(project):
        count += 1
        if not _is_reasoned(comment):
            message = "a suppression names its code, and after it the reason"
            yield Violation(file.path, comment.line, message)
    yield from _compare(project, count)


def suppressions(project: Project) -> Iterator[tuple[SourceFile, Comment]]:
    """Every suppression in Python, TypeScript, style sheets and templates."""
    for file in project.python():
        for comment in file.comments:
            if PYTHON.search(comment.text):
                yield file, comment
    for file in project.under("", ".ts", ".js", ".css", ".html"):
        for match in OTHER.finditer(file.text):
            line = file.line_at(match.start())
            yield file, Comment(line, file.lines[line - 1])


def _is_reasoned(comment: Comment) -> bool:
    match = CODED.search(comment.text) or OTHER_REASONED.search(comment.text)
    return match is not None and len(match["reason"].strip(" #*/:>}-")) >= SHORTEST_REASON


def _compare(project: Project, count: int) -> Iterator[Violation]:
    file = project.root / CEILING
    ceiling = int(file.read_text(encoding="utf-8")) if file.exists() else 0
    if count > ceiling:
        message = f"{count} suppressions, {ceiling} allowed: mend the cause instead"
        yield Violation(CEILING, 1, message)
    elif count < ceiling:
        yield Violation(CEILING, 1, f"only {count} suppressions are left: write {count} here")
