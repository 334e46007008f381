"""The files that the checks look at, read and parsed once."""

import ast
import io
import shutil
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tools.lint.functions import Function, functions_in

SKIPPED_FOLDERS = {".git", ".venv", "node_modules", "__pycache__", "static"}


@dataclass(frozen=True)
class Comment:
    """A comment of a Python file, with its hash sign."""

    line: int
    text: str


@dataclass(frozen=True)
class SourceFile:
    """A text file of the repository; `path` is relative to its root, with forward slashes."""

    root: Path
    path: str

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @cached_property
    def text(self) -> str:
        """The text, empty for binary files."""
        try:
            return (self.root / self.path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def module(self) -> ast.Module:
        """The syntax tree of a Python file, empty for one that ruff refuses to read."""
        try:
            return ast.parse(self.text, filename=self.path)
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def functions(self) -> list[Function]:
        """The functions of a Python file, in the order of their lines."""
        return sorted(functions_in(self.module), key=lambda function: function.line)

    @cached_property
    def comments(self) -> list[Comment]:
        """The comments of a Python file."""
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(self.text).readline))
        except (tokenize.TokenError, SyntaxError):
            return []
        return [Comment(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]

    def line_at(self, offset: int) -> int:
        """The line, from 1, of a place in the text."""
        return self.text.count("\n", 0, offset) + 1


class Project:
    """The files that belong to a repository: tracked, or new and not ignored."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> list[SourceFile]:
        """Every file, sorted by path."""
        return [SourceFile(self.root, path) for path in sorted(self._paths())]

    def under(self, folder: str, *suffixes: str) -> list[SourceFile]:
        """Files below a folder (`""` is everything) whose names end with one of the suffixes."""
        prefix = f"{folder}/" if folder else ""
        return [f for f in self.files if f.path.startswith(prefix) and f.path.endswith(suffixes)]

    def python(self, *folders: str) -> list[SourceFile]:
        """Python files below the folders, or all of them."""
        return [file for folder in folders or ("",) for file in self.under(folder, ".py")]

    def _paths(self) -> Iterator[str]:
        git = shutil.which("git")
        if git is None or not (self.root / ".git").exists():
            yield from self._walk()
            return
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        for path in set(listed.stdout.split("\0")) - {""}:
            if (self.root / path).is_file():
                yield path

    def _walk(self) -> Iterator[str]:
        for found in self.root.rglob("*"):
            path = found.relative_to(self.root)
            if found.is_file() and not SKIPPED_FOLDERS & set(path.parts):
                yield path.as_posix()
