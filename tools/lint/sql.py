"""SQL stands in repositories."""

import ast
import re
from collections.abc import Iterator

from tools.lint.functions import is_docstring
from tools.lint.project import Project, SourceFile
from tools.lint.violation import Violation

NAME = "sql"

STATEMENT = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+[\w.]+\s.*\bSET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s*\()",
    re.DOTALL,
)
HOMES = {"repository", "models", "migrations"}
# The database layer talks to the server itself: roles, settings, policies.
LAYER = "src/besedka/core/db"


def check(project: Project) -> Iterator[Violation]:
    """Statements in string literals anywhere else in the product."""
    for file in project.python("src"):
        if not _may_hold_sql(file):
            yield from _statements(file)


def _may_hold_sql(file: SourceFile) -> bool:
    names = {part.removesuffix(".py") for part in file.parts}
    return bool(names & HOMES) or file.path.startswith((f"{LAYER}/", f"{LAYER}.py"))


def _statements(file: SourceFile) -> Iterator[Violation]:
    expressions = [node for node in ast.walk(file.module) if isinstance(node, ast.expr)]
    docstrings = {id(s.value) for s in ast.walk(file.module) if is_docstring(s)}
    for node in expressions:
        if id(node) not in docstrings and STATEMENT.match(_literal(node)):
            yield Violation(file.path, node.lineno, "SQL outside a repository")


def _literal(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_literal(value) or "x" for value in values)
        case _:
            return ""
