"""The same function written twice: names of arguments and locals don't count, everything else does."""

import ast
import hashlib
from collections.abc import Iterator

from tools.lint.functions import Function, FunctionNode
from tools.lint.project import Project
from tools.lint.violation import Violation

NAME = "duplicate"

SMALLEST = 40
"""Syntax nodes below which two bodies may well be the same by chance."""


def check(project: Project) -> Iterator[Violation]:
    """Functions whose bodies stand elsewhere already."""
    seen: dict[str, str] = {}
    for file in project.python():
        for function in file.functions:
            if _weight(function) < SMALLEST:
                continue
            place = f"{function.name} ({file.path}:{function.line})"
            first = seen.setdefault(_fingerprint(function), place)
            if first != place:
                message = f"{function.name} has the body of {first}: make one serve both"
                yield Violation(file.path, function.line, message)


def _weight(function: Function) -> int:
    return sum(1 for statement in function.statements for _ in ast.walk(statement))


def _fingerprint(function: Function) -> str:
    numbers = {name: f"v{i}" for i, name in enumerate(_locals_of(function.node))}
    text = "\n".join(_spell(statement, numbers) for statement in function.statements)
    return hashlib.sha256(text.encode()).hexdigest()


def _locals_of(node: FunctionNode) -> list[str]:
    names: dict[str, None] = {}
    for child in ast.walk(node):
        if isinstance(child, ast.arg):
            names.setdefault(child.arg)
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            names.setdefault(child.id)
    return list(names)


def _spell(statement: ast.stmt, numbers: dict[str, str]) -> str:
    copy = ast.parse(ast.unparse(statement))
    return ast.dump(_Renamer(numbers).visit(copy))


class _Renamer(ast.NodeTransformer):
    def __init__(self, numbers: dict[str, str]) -> None:
        self.numbers = numbers

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.numbers.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self.numbers.get(node.arg, node.arg)
        return node
