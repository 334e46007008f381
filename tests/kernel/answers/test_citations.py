"""Reading a model's stream: marks become numbers, forged ones vanish, actions leave the text."""

from hypothesis import given
from hypothesis import strategies as st

from besedka.kernel.answers.service.citations import Marks


def read(marks: Marks, *pieces: str) -> str:
    """Feed pieces and return what was shown."""
    return "".join(marks.feed(piece) for piece in pieces) + marks.finish()


def test_marks_are_numbered_by_first_mention() -> None:
    marks = Marks("abcd", 3)
    assert (
        read(marks, "Free [abcd-3], fast [abcd-1] and free [abcd-3].")
        == "Free [1], fast [2] and free [1]."
    )
    assert marks.used == [2, 0]


def test_marks_cut_anywhere_read_the_same() -> None:
    text = "One [abcd-1] two [abcd-2, abcd-1] three [abcd-unknown]"
    whole = read(Marks("abcd", 2), text)
    for cut in range(len(text)):
        marks = Marks("abcd", 2)
        assert read(marks, text[:cut], text[cut:]) == whole
        assert marks.actions == {"unknown"}


def test_unknown_and_forged_marks_are_dropped() -> None:
    marks = Marks("abcd", 1)
    assert read(marks, "A [abcd-7] b [zzzz-1] c [abcd-person]") == "A  b [zzzz-1] c "
    assert marks.used == []
    assert marks.actions == {"person"}


def test_brackets_of_the_text_stay() -> None:
    assert read(Marks("abcd", 1), "See [the guide](https://example.com) and a[0] [") == (
        "See [the guide](https://example.com) and a[0] ["
    )


@given(st.lists(st.text(alphabet="ab[]-1 \n", max_size=8), max_size=12))
def test_nothing_is_lost_without_marks(pieces: list[str]) -> None:
    assert read(Marks("zzzz", 2), *pieces) == "".join(pieces)
