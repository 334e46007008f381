"""Markdown that is still being written: blocks are finished once, and the work grows with the length only."""

import pytest

from besedka.core.markup import answer_to_html
from besedka.products.chat.blocks import Blocks, Pace

TEXT = """One *two*
three.

```python
a = 1

b = 2
```
- first

  more of it
- second

  ```
  code

  ```

Last.

$$
x

y
$$
end"""
FINISHED = [
    "One *two*\nthree.\n\n",
    "```python\na = 1\n\nb = 2\n```\n",
    "- first\n\n  more of it\n- second\n\n  ```\n  code\n\n  ```\n\n",
    "Last.\n\n",
    "$$\nx\n\ny\n$$\n",
]


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
def test_words_in_pieces_of_any_size_give_the_same_blocks(step: int) -> None:
    blocks = Blocks()
    found = [
        block for at in range(0, len(TEXT), step) for block in blocks.feed(TEXT[at : at + step])
    ]
    assert found == FINISHED
    assert blocks.unfinished == "end"
    assert (blocks.offset, blocks.size) == (len(TEXT) - 3, 3)


def test_rendering_of_a_long_block_grows_with_its_length_only() -> None:
    def work(length: int) -> int:
        pace = Pace()
        return sum(size for size in range(1, length + 1) if pace.is_due(size))

    assert work(40_000) < 10 * 40_000
    assert work(40_000) < 5 * work(10_000)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("for $a_1*b_1$ and", '<code class="language-math">a_1*b_1</code>'),
        (r"so \(x\)", '<code class="language-math">x</code>'),
        ("$$\na\n- b\n$$", '<pre><code class="language-math">a\n- b</code></pre>'),
        ("It costs $5 and $6 now.", "It costs $5 and $6 now."),
        ("`$x$`", "<code>$x$</code>"),
        ("$<b>$", '<code class="language-math">&lt;b&gt;</code>'),
    ],
)
def test_formulas_are_kept_as_they_are_written(source: str, shown: str) -> None:
    assert shown in answer_to_html(source)
