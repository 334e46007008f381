from pathlib import Path

from tests.tools.lint.found import SRC, found
from tools.lint import bodies

OTHER = "src/besedka/products/inbox/service.py"

TOTAL = '''
def total(rows, rate):
    """Sum up."""
    result = 0
    for row in rows:
        if row.kind == "paid":
            result += row.amount * rate
        else:
            result -= row.fee
    return round(result, 2)
'''
RENAMED = """
def balance(entries, *, course):
    value = 0
    for entry in entries:
        if entry.kind == "paid":
            value += entry.amount * course
        else:
            value -= entry.fee
    return round(value, 2)
"""


def test_body_with_other_names_is_reported_with_its_twin(tmp_path: Path) -> None:
    (line,) = found(bodies, tmp_path, {SRC: TOTAL, OTHER: RENAMED})
    assert line == f"{OTHER}:2: balance has the body of total ({SRC}:2): make one serve both"


def test_body_with_another_constant_is_not_reported(tmp_path: Path) -> None:
    other = RENAMED.replace("paid", "due")
    assert found(bodies, tmp_path, {SRC: TOTAL, OTHER: other}) == []


def test_body_with_another_function_called_is_not_reported(tmp_path: Path) -> None:
    other = RENAMED.replace("round", "floor")
    assert found(bodies, tmp_path, {SRC: TOTAL, OTHER: other}) == []


def test_small_body_is_not_reported(tmp_path: Path) -> None:
    small = "def name(self):\n    return self.parts[-1].removesuffix('.py')\n"
    assert found(bodies, tmp_path, {SRC: small, OTHER: small}) == []
