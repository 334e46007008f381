"""Foreign links are taken out of what a model says, however the words are cut and whatever the Markdown."""

import pytest

from besedka.core import markup
from besedka.kernel.answers.service.links import Links, addresses_in

OWN = "https://shop.example/returns"
EVIL = "evil.example"


def through(text: str, size: int) -> str:
    links = Links(addresses_in([f"See {OWN}."]), "(link removed)")
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    return "".join([*map(links.feed, pieces), links.finish()])


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "Look: https://evil.example/?q=secret now.",
        "Look: www.evil.example/x",
        "[here](https://evil.example/?q=secret)",
        "[here](//evil.example/?q=secret)",
        "[here]( <https://evil.example/a> 'title')",
        "[he[r]e](//evil.example/x)",
        "![picture](https://evil.example/p.png)",
        "[![a](//evil.example/p)](//evil.example/q)",
        "[here][1]\n\n[1]: //evil.example/x",
        "[here][1]\n\n- [1]:\n //evil.example/x 'title'",
        "<https://evil.example/x>",
        "<mailto:a@evil.example>",
        "[here](https&#58;//evil.example)",
        "[here](\nhttps://evil.example/x)",
        f"{OWN}?q=secret@evil.example",
        f"[here]({OWN}?to=evil.example)",
    ],
)
def test_foreign_link_is_no_link_any_more(text: str, size: int) -> None:
    said = through(text, size)
    shown = markup.to_html(said)
    assert "href" not in shown
    assert "src=" not in shown
    assert "https://evil" not in said


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_link_of_a_passage_and_all_other_words_stay(size: int) -> None:
    text = f"Take it back [1] within 14 days (who, how): see {OWN}, or [the page]({OWN}). Write [2][3] & a < b. Two! Sources [1]: one.\nNext"
    assert through(text, size) == text
