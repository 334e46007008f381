"""Beyond two arguments a call has to name them."""

import ast
from collections.abc import Iterator

from tools.lint.functions import Function
from tools.lint.project import Project
from tools.lint.violation import Violation

NAME = "keyword-only"

MOST = 2

# What a call works in, not what it is about; it comes first and is not counted.
CARRIERS = {"conn", "context", "db", "request", "runtime", "session"}
# Beginnings of signatures that a protocol prescribes: ASGI, structlog, the resolver of aiohttp.
PRESCRIBED = {
    ("scope", "receive"),
    ("logger", "method"),
    ("logger", "method_name"),
    ("host", "port"),
}


def check(project: Project) -> Iterator[Violation]:
    """Functions that take more than two positional arguments; a file's own helpers are only warned of."""
    for file in project.python("src", "tools"):
        for function in file.functions:
            names = _positional(function)
            if (
                len(names) > MOST
                and names[:2] not in PRESCRIBED
                and not _is_called_by_others(function)
            ):
                message = f"{function.name} takes {len(names)} positional arguments: keyword-only beyond {MOST}"
                soft = function.name.startswith("_") and function.name != "__init__"
                yield Violation(file.path, function.line, message, soft=soft)


def _positional(function: Function) -> tuple[str, ...]:
    arguments = function.node.args
    names = [a.arg.lstrip("_") for a in (*arguments.posonlyargs, *arguments.args)]
    own = names[1:] if function.is_bound else names
    return tuple(own[1:] if own and own[0] in CARRIERS else own)


def _is_called_by_others(function: Function) -> bool:
    """Whether the language or a framework calls it: operators, and what `@router.get(...)` registers."""
    if function.name.startswith("__") and function.name != "__init__":
        return True
    decorators = function.node.decorator_list
    return any(isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) for d in decorators)
