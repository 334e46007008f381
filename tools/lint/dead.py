"""Code that nothing in the product uses; a test alone does not keep it alive."""

import re
from collections.abc import Iterator

from vulture import Vulture

from tools.lint.project import Project
from tools.lint.violation import Violation

NAME = "dead"

PROGRAMS = ("src", "app", "bench", "deploy", "tools")
# Arguments and local variables are ruff's; fields of tables, schemas and states are used by name elsewhere.
KINDS = {"class", "function", "import", "method", "property", "unreachable_code"}
# Registered by the decorator, called by a framework.
DECORATORS = [
    "@*.get", "@*.post", "@*.put", "@*.patch", "@*.delete", "@*.head", "@*.options", "@*.api_route", "@*.websocket",
    "@*.command", "@*.callback", "@*.exception_handler", "@*.middleware", "@*.listens_for",
    "@field_validator", "@model_validator", "@field_serializer", "@model_serializer", "@computed_field",
    "@validates", "@override", "@pass_context",
]  # fmt: skip
# Called by a base class or a protocol from outside: ast visitors, Alembic, asyncio's protocols, logging.
NAMES = [
    "visit_*", "upgrade", "downgrade", "main",
    "connection_made", "connection_lost", "data_received", "eof_received", "pause_writing", "resume_writing",
    "emit", "filter", "format",
]  # fmt: skip


def check(project: Project) -> Iterator[Violation]:
    """Functions, classes and imports whose names occur nowhere else in the programs and templates."""
    finder = Vulture(ignore_decorators=DECORATORS, ignore_names=NAMES)
    for file in project.python(*PROGRAMS):
        finder.scan(file.text, filename=file.path)
    for template in project.under("src", ".html", ".txt"):
        finder.used_names.update(_names_in(template.text))
    for item in finder.get_unused_code(min_confidence=60):
        # A table is there for the migrations and for the SQL that names it.
        is_table = item.typ == "class" and item.filename.stem == "models"
        if item.typ in KINDS and not is_table:
            message = f"{item.typ} {item.name} is used by nothing but tests, if at all"
            yield Violation(str(item.filename), item.first_lineno, message)


def _names_in(template: str) -> Iterator[str]:
    for expression in re.findall(r"\{[{%](.*?)[%}]\}", template, re.DOTALL):
        yield from re.findall(r"[A-Za-z_]\w*", expression)
