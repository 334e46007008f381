"""Keeps the table of docs/API_CONTRACT.md: every operation of the OpenAPI document with its parameters and answers.

The words above the table are written by hand. Run `python -m tools.api_contract` after a deliberate change of the API;
a test fails while the table and the application differ.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from besedka.app import create_app
from besedka.core.config import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "API_CONTRACT.md"
MARK = "<!-- operations -->"
HEAD = "| operation | what | takes | answers |\n| --- | --- | --- | --- |\n"
METHODS = ("get", "post", "put", "patch", "delete")


def document() -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Return the OpenAPI document's paths."""
    paths: Mapping[str, Mapping[str, Mapping[str, object]]] = create_app(
        Settings(_env_file=None, env="test")
    ).openapi()["paths"]
    return paths


def operations() -> Iterator[str]:
    """Yield one row per operation, in the order of their paths."""
    for path, item in sorted(document().items()):
        for method in METHODS:
            if method in item:
                yield _row(method, path, item[method])


def _row(method: str, path: str, operation: Mapping[str, object]) -> str:
    answers = operation["responses"]
    assert isinstance(answers, Mapping)
    shown = ", ".join(sorted(str(status) for status in answers))
    return f"| `{method.upper()} {path}` | {operation.get('summary', '')} | {_takes(operation)} | {shown} |"


def _takes(operation: Mapping[str, object]) -> str:
    parameters = operation.get("parameters", [])
    assert isinstance(parameters, list)
    names = [f"`{p['name']}`" for p in parameters if p["in"] == "query"]
    body = operation.get("requestBody")
    if isinstance(body, Mapping):
        schema = next(iter(body["content"].values()))["schema"]
        names.append(str(schema.get("$ref", "body")).rsplit("/", 1)[-1])
    return ", ".join(names)


def table() -> str:
    """Return the table."""
    return HEAD + "\n".join(operations()) + "\n"


def words() -> str:
    """Return the part of the page that is written by hand."""
    return PAGE.read_text(encoding="utf-8").split(MARK)[0]


if __name__ == "__main__":
    PAGE.write_text(f"{words()}{MARK}\n\n{table()}", encoding="utf-8")
