"""All checks over one project, minus the lines that are excused."""

import re
from collections.abc import Iterator
from types import ModuleType

from tools.lint import (
    arguments,
    assertions,
    bodies,
    client,
    dead,
    hosts,
    names,
    packages,
    sizes,
    sql,
    suppressions,
    templates,
)
from tools.lint.project import Project
from tools.lint.violation import Violation

CHECKS: tuple[ModuleType, ...] = (
    arguments,
    assertions,
    bodies,
    client,
    dead,
    hosts,
    names,
    packages,
    sizes,
    sql,
    suppressions,
    templates,
)


def violations(project: Project) -> Iterator[Violation]:
    """What every check finds, except on lines with `lint-allow: NAME reason`."""
    for module in CHECKS:
        excused = set(_excused_lines(project, module.NAME))
        for violation in module.check(project):
            if (violation.path, violation.line) not in excused:
                yield violation


def _excused_lines(project: Project, name: str) -> Iterator[tuple[str, int]]:
    mark = re.compile(rf"lint-allow:\s*{name}\b")
    for file in project.files:
        if "lint-allow" in file.text:
            found = (number for number, line in enumerate(file.lines, 1) if mark.search(line))
            yield from ((file.path, number) for number in found)
