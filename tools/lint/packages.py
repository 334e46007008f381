"""A module's `__init__.py` says what the module is for, and nothing else."""

from collections.abc import Iterator

from tools.lint.functions import is_docstring
from tools.lint.project import Project, SourceFile
from tools.lint.violation import Violation

NAME = "package"

GROUPS = ("src/besedka/kernel", "src/besedka/products")


def check(project: Project) -> Iterator[Violation]:
    """Kernel and product packages whose `__init__.py` is not exactly a docstring."""
    for file in project.python(*GROUPS):
        if (
            file.parts[-1] == "__init__.py"
            and len(file.parts) <= 5
            and not _is_docstring_only(file)
        ):
            yield Violation(
                file.path, 1, "a module's __init__.py is its docstring: purpose and vocabulary"
            )


def _is_docstring_only(file: SourceFile) -> bool:
    body = file.module.body
    return len(body) == 1 and is_docstring(body[0])
