"""Beyond two arguments a call has to name them."""

from collections.abc import Iterator

from tools.lint.functions import Function
from tools.lint.project import Project
from tools.lint.violation import Violation

NAME = "keyword-only"

MOST = 2

# Signatures that somebody else's protocol prescribes.
PRESCRIBED = {
    ("scope", "receive", "send"),
    ("logger", "method_name", "event_dict"),
}


def check(project: Project) -> Iterator[Violation]:
    """Functions that take more than two positional arguments."""
    for file in project.python("src", "tools"):
        for function in file.functions:
            names = _positional(function)
            if len(names) > MOST and names not in PRESCRIBED and not _is_operator(function):
                message = f"{function.name} takes {len(names)} positional arguments: keyword-only beyond {MOST}"
                yield Violation(file.path, function.line, message)


def _positional(function: Function) -> tuple[str, ...]:
    arguments = function.node.args
    names = [a.arg.lstrip("_") for a in (*arguments.posonlyargs, *arguments.args)]
    return tuple(names[1:] if function.is_bound else names)


def _is_operator(function: Function) -> bool:
    return function.name.startswith("__") and function.name != "__init__"
