from pathlib import Path

import pytest

from tests.tools.lint.found import SRC, found
from tools.lint import suppressions

CEILING = suppressions.CEILING


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (SRC, "x = 1  # noqa"),
        (SRC, "x = 1  # noqa: S101"),
        (SRC, "x = 1  # type: ignore"),
        (SRC, "x = 1  # type: ignore[arg-type]"),
        (SRC, "# ruff: noqa"),
        (SRC, "x = 1  # lint-allow: sql"),
        ("frontend/src/a.ts", "// @ts-ignore"),
        ("frontend/src/a.ts", "// eslint-disable-next-line"),
        ("src/besedka/web/templates/a.html", "{# lint-allow: template #}"),
    ],
)
def test_suppression_without_code_or_reason_is_reported(
    tmp_path: Path, path: str, line: str
) -> None:
    reported = found(suppressions, tmp_path, {path: f"\n{line}\n", CEILING: "1"})
    assert reported == [f"{path}:2: a suppression names its code, and after it the reason"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (SRC, "x = 1  # noqa: S101 - the fake is never shipped"),
        (SRC, "x = 1  # noqa: S101, S102  the fake is never shipped"),
        (SRC, "x = 1  # type: ignore[arg-type]  # the stubs are older than the library"),
        (SRC, "x = 1  # lint-allow: sql the server's own catalogue"),
        ("frontend/src/a.ts", "// @ts-expect-error the types lack this event"),
        ("src/besedka/web/templates/a.html", "{# lint-allow: template sanitised by nh3 #}"),
    ],
)
def test_reasoned_suppression_within_the_ceiling_is_not_reported(
    tmp_path: Path, path: str, line: str
) -> None:
    assert found(suppressions, tmp_path, {path: line, CEILING: "1"}) == []


def test_suppression_in_a_string_is_not_counted(tmp_path: Path) -> None:
    assert found(suppressions, tmp_path, {SRC: 'x = "# noqa"', CEILING: "0"}) == []


@pytest.mark.parametrize(
    ("ceiling", "words"), [("0", "1 suppressions, 0 allowed"), ("2", "write 1 here")]
)
def test_count_that_differs_from_the_ceiling_is_reported(
    tmp_path: Path, ceiling: str, words: str
) -> None:
    line = "x = 1  # noqa: S101 - the fake is never shipped"
    (reported,) = found(suppressions, tmp_path, {SRC: line, CEILING: ceiling})
    assert words in reported
