"""Beyond two arguments a call has to name them."""

import ast
from collections.abc import Iterator
from itertools import dropwhile

from tools.lint.functions import Function
from tools.lint.project import Project
from tools.lint.violation import Violation

NAME = "keyword-only"

MOST = 2

# What a call works in, not what it is about; these come first and are not counted.
CARRIERS = {"conn", "context", "db", "request", "runtime", "session", "workspace", "workspace_id"}
# Beginnings of signatures that somebody else prescribes: ASGI, structlog, aiohttp's resolver, genai-prices.
PRESCRIBED = {
    ("scope", "receive"),
    ("logger", "method"),
    ("logger", "method_name"),
    ("host", "port"),
    ("model_ref", "provider"),
}


def check(project: Project) -> Iterator[Violation]:
    """Functions that take more than two positional arguments; a file's own helpers are only warned of."""
    filled = {name for file in project.python("src") for name in _aliases(file.module)}
    for file in project.python("src", "tools"):
        for function in file.functions:
            names = _positional(function, filled)
            if (
                len(names) > MOST
                and names[:2] not in PRESCRIBED
                and not _is_called_by_others(function)
            ):
                message = f"{function.name} takes {len(names)} positional arguments: keyword-only beyond {MOST}"
                soft = function.name.startswith("_") and function.name != "__init__"
                yield Violation(file.path, function.line, message, soft=soft)


def _aliases(module: ast.Module) -> Iterator[str]:
    """Names that stand for `Annotated[...]`: `CurrentRuntime = Annotated[Runtime, Depends(...)]`."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and _is_annotated(statement.value, filled=set()):
            yield from (t.id for t in statement.targets if isinstance(t, ast.Name))


def _positional(function: Function, filled: set[str]) -> tuple[str, ...]:
    """Names that a caller gives by place, without carriers and what a framework fills in by the annotation."""
    arguments = function.node.args
    given = [*arguments.posonlyargs, *arguments.args][function.is_bound :]
    counted = [a.arg.lstrip("_") for a in given if not _is_annotated(a.annotation, filled=filled)]
    return tuple(dropwhile(CARRIERS.__contains__, counted))


def _is_annotated(annotation: ast.expr | None, *, filled: set[str]) -> bool:
    match annotation:
        case ast.Name(id=name):
            return name in filled
        case ast.Subscript(value=ast.Name(id="Annotated")):
            return True
        case _:
            return False


def _is_called_by_others(function: Function) -> bool:
    """Whether the language or a framework calls it: operators, and what `@router.get(...)` registers."""
    if function.name.startswith("__") and function.name != "__init__":
        return True
    decorators = function.node.decorator_list
    return any(isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) for d in decorators)
