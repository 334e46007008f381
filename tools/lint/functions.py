"""Functions of a Python file, as the checks measure them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Function:
    """A function, and whether its first argument is `self` or `cls`."""

    node: FunctionNode
    is_bound: bool

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def statements(self) -> list[ast.stmt]:
        """The body without its docstring."""
        body = self.node.body
        return body[1:] if is_docstring(body[0]) else body

    @property
    def length(self) -> int:
        """Lines from `def` to the end, without the docstring."""
        first = self.node.body[0]
        return _lines_of(self.node) - (_lines_of(first) if is_docstring(first) else 0)


def is_docstring(statement: ast.AST) -> TypeGuard[ast.Expr]:
    """Whether a statement is a bare string."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def functions_in(module: ast.Module) -> Iterator[Function]:
    """Every function of a file, nested ones too."""
    for parent in ast.walk(module):
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, FunctionNode):
                in_class = isinstance(parent, ast.ClassDef)
                yield Function(child, is_bound=in_class and not _is_static(child))


def _is_static(node: FunctionNode) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)


def _lines_of(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
