"""How long files, templates and functions may be."""

from collections.abc import Iterator
from statistics import median, quantiles

from tools.lint.project import Project, SourceFile
from tools.lint.violation import Violation

NAME = "size"

FILE_SOFT, FILE_HARD = 400, 600
TEMPLATE = 120
FUNCTION = 60
MEDIAN, PERCENTILE_95 = 10, 40

# A migration is a record of what was done, not code that somebody reads to change it.
RECORDS = "src/besedka/migrations/versions/"

CODE = (".py", ".ts", ".js", ".css", ".sql", ".sh")


def check(project: Project) -> Iterator[Violation]:
    """Files and functions that are too long, and functions that are too long on the whole."""
    for file in _measured(project.under("", *CODE)):
        yield from _file_violations(file)
    for file in project.under("src", ".html"):
        if len(file.lines) > TEMPLATE:
            yield Violation(
                file.path, TEMPLATE + 1, f"template of {len(file.lines)} lines, {TEMPLATE} at most"
            )
    for file in _measured(project.python()):
        yield from _function_violations(file)
    yield from _overall(project)


def _measured(files: list[SourceFile]) -> Iterator[SourceFile]:
    return (file for file in files if not file.path.startswith(RECORDS))


def _file_violations(file: SourceFile) -> Iterator[Violation]:
    length = len(file.lines)
    if length > FILE_HARD:
        yield Violation(file.path, FILE_HARD + 1, f"file of {length} lines, {FILE_HARD} at most")
    elif length > FILE_SOFT:
        message = (
            f"file of {length} lines: past {FILE_SOFT} it wants to be a package of the same name"
        )
        yield Violation(file.path, FILE_SOFT + 1, message, soft=True)


def _function_violations(file: SourceFile) -> Iterator[Violation]:
    for function in file.functions:
        if function.length > FUNCTION:
            message = f"{function.name} has {function.length} lines, {FUNCTION} at most"
            yield Violation(file.path, function.line, message)


def lengths(project: Project) -> list[int]:
    """Lengths in lines of the product's functions."""
    return [function.length for file in project.python("src") for function in file.functions]


def summary(project: Project) -> tuple[float, float]:
    """Median and 95th percentile of the product's function lengths, in lines."""
    measured = lengths(project)
    if len(measured) < 2:
        return 0, 0
    return median(measured), quantiles(measured, n=20)[-1]


def _overall(project: Project) -> Iterator[Violation]:
    middle, high = summary(project)
    if middle > MEDIAN:
        yield Violation("src", 1, f"median function length is {middle:g} lines, {MEDIAN} at most")
    if high > PERCENTILE_95:
        message = f"95th percentile of function length is {high:g} lines, {PERCENTILE_95} at most"
        yield Violation("src", 1, message)
