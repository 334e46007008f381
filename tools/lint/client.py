"""One outgoing HTTP client: a second one is a way around the address checks."""

import ast
from collections.abc import Iterator

from tools.lint.project import Project
from tools.lint.violation import Violation

NAME = "client"

CLASS = "ClientSession"
HOME = "src/besedka/core/http"


def check(project: Project) -> Iterator[Violation]:
    """Exactly one `aiohttp.ClientSession(...)` in the product, and that in core/http."""
    made = [
        (file.path, node.lineno)
        for file in project.python("src")
        for node in ast.walk(file.module)
        if isinstance(node, ast.Call) and _is_session(node.func)
    ]
    for path, line in made:
        if not path.startswith((f"{HOME}/", f"{HOME}.py")):
            yield Violation(
                path, line, "a second HTTP client: call the guarded one of besedka.core.http"
            )
    if sum(path.startswith(HOME) for path, _ in made) != 1:
        yield Violation(HOME, 1, f"core/http makes exactly one {CLASS}, found {len(made)}")


def _is_session(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == CLASS
        case _:
            return False
