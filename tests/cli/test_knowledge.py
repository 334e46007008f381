"""`ingest` and `ask` at the command line."""

from pathlib import Path

import pytest
from rich.console import Console

from besedka.cli import knowledge
from besedka.cli.session import NotThere


@pytest.mark.parametrize("question", ["", "  ", "\n"])
def test_question_without_words_is_refused(question: str) -> None:
    with pytest.raises(NotThere, match="no question"):
        knowledge.ask("Helper", question)


def test_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("x")
    with pytest.raises(NotThere, match="no file"):
        knowledge.ingest([tmp_path])


def test_long_line_is_not_broken_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "out", Console(highlight=False, width=80))
    line = "[1] " + "Доставка бесплатна при заказе от 40 000 ₽. " * 5 + "[red]"
    knowledge._tell(line)
    assert capsys.readouterr().out == line + "\n"
