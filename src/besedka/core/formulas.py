r"""Formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]` are kept as they are written, for a script to set them.

One in a line becomes `<code class="language-math">`, one of its own `<pre><code class="language-math">`: without a script they
are read as TeX. A dollar sign stands for a formula as in pandoc: no space on its inner sides, no digit after its end.
"""

import html
import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

LONGEST: Final = 2000
MOST_LINES: Final = 100
"""Characters and lines of a formula: an end that is further away is not looked for."""
_DOLLAR: Final = re.compile(r"\$(?![\s$])([^$\n]{1,600}?)(?<![\s\\])\$(?!\d)")
_ENDS: Final = {"$$": "$$", r"\[": r"\]", r"\(": r"\)"}


def know_formulas(markdown: MarkdownIt) -> None:
    """Teach a Markdown reader formulas."""
    markdown.inline.ruler.before("escape", "math_inline", _inline)
    markdown.block.ruler.before(
        "fence", "math_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    markdown.add_render_rule("math_inline", _shown_inline)
    markdown.add_render_rule("math_block", _shown_block)


def _inline(state: StateInline, *asked: bool) -> bool:
    (silent,) = asked
    found = _find(state.src, state.pos)
    if found is None:
        return False
    words, end, alone = found
    if not silent:
        token = state.push("math_block" if alone else "math_inline", "code", 0)
        token.content = words
        token.meta = {"inside": True}
    state.pos = end
    return True


def _find(source: str, start: int) -> tuple[str, int, bool] | None:
    """Return the formula that begins here: its words, where it ends, and whether it stands alone."""
    opening = source[start : start + 2]
    closing = _ENDS.get(opening)
    if closing is not None:
        end = source.find(closing, start + 2, start + LONGEST)
        words = source[start + 2 : end].strip()
        return (words, end + 2, opening != r"\(") if end > 0 and words else None
    dollar = _DOLLAR.match(source, start) if opening[:1] == "$" else None
    return None if dollar is None else (dollar.group(1), dollar.end(), False)


def _block(state: StateBlock, start: int, end: int, *asked: bool) -> bool:
    (silent,) = asked
    line = _line(state, start)
    closing = _ENDS.get(line[:2])
    if closing is None or line[:2] == r"\(" or state.sCount[start] - state.blkIndent >= 4:
        return False
    words = [line[2:]]
    last = start
    while closing not in words[-1]:
        last += 1
        if last >= min(end, start + MOST_LINES):
            return False
        words.append(_line(state, last))
    content, _, rest = words[-1].partition(closing)
    if rest.strip():
        return False
    if silent:
        return True
    token = state.push("math_block", "code", 0)
    token.content = "\n".join([*words[:-1], content]).strip()
    token.meta = {}
    state.line = last + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _shown_inline(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType
) -> str:
    del renderer, options, env
    return f'<code class="language-math">{html.escape(tokens[place].content)}</code>'


def _shown_block(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType
) -> str:
    del renderer, options, env
    words = html.escape(tokens[place].content)
    if tokens[place].meta.get("inside"):
        return f'<code class="language-math language-display">{words}</code>'
    return f'<pre><code class="language-math">{words}</code></pre>\n'
