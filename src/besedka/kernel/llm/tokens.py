"""How many tokens a text may take, without a tokenizer and without a network.

The weights were fitted to tokenizers of current models on Russian and English text; every model
corrects them by the counts that its provider reports.
"""

import math
import re
from collections import OrderedDict
from typing import Final

from besedka.kernel.llm.types import ChatRequest, FilePart, ImagePart, Message, TextPart

MARGIN: Final = 1.25
"""How much an estimate is raised so that a budget or a hold is rarely too small."""

_CYRILLIC = re.compile(r"[\u0400-\u052f]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_DIGITS = re.compile(r"[0-9]+")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205e]")
# Everything else that is visible: Chinese, Arabic, emoji. About a token each, often two.
_OTHER = re.compile(r"[^\s\u0400-\u052fA-Za-z0-9\u00a1-\u024f!-/:-@\[-`{-~\u2010-\u205e]")
_OTHER_WEIGHT = 1.3
_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_REQUEST = 3
_TOKENS_PER_IMAGE = 1000
_DIGITS_PER_TOKEN = 3
# A page of a PDF is about 2,000 tokens and rarely less than 20 KB; a text is about 3 bytes a token.
_BYTES_PER_TOKEN = {"application/pdf": 10}
_TEXT_BYTES_PER_TOKEN = 3

_LEAST_RATIO, _GREATEST_RATIO = 0.25, 4.0
_NEWEST_WEIGHT = 0.1
_MODELS_REMEMBERED = 500
_LEAST_SAMPLE = 50


def count(text: str) -> float:
    """Return the likely number of tokens of a text, unrounded and without margin."""
    cyrillic = _CYRILLIC.findall(text)
    latin = _LATIN.findall(text)
    digits = sum(math.ceil(len(run) / _DIGITS_PER_TOKEN) for run in _DIGITS.findall(text))
    return (
        1.14 * len(cyrillic)
        + 0.11 * sum(map(len, cyrillic))
        + 0.78 * len(latin)
        + 0.07 * sum(map(len, latin))
        + 1.76 * digits
        + 0.56 * len(_PUNCTUATION.findall(text))
        + (0.0 if text.isascii() else _OTHER_WEIGHT * len(_OTHER.findall(text)))
    )


def count_request(request: ChatRequest) -> float:
    """Return the likely number of input tokens of a request, without margin."""
    messages = sum(_count_message(message) for message in request.messages)
    tools = sum(
        count(f"{tool.name} {tool.description} {tool.parameters}") for tool in request.tools
    )
    schema = request.response_format.schema if request.response_format else None
    return _TOKENS_PER_REQUEST + messages + tools + (count(str(schema)) if schema else 0.0)


def _count_message(message: Message) -> float:
    images = sum(isinstance(part, ImagePart) for part in message.parts)
    words = sum(count(part.text) for part in message.parts if isinstance(part, TextPart))
    calls = sum(count(f"{call.name} {call.arguments}") for call in message.tool_calls)
    files = sum(_count_file(part) for part in message.parts if isinstance(part, FilePart))
    return _TOKENS_PER_MESSAGE + words + calls + images * _TOKENS_PER_IMAGE + files


def _count_file(part: FilePart) -> float:
    return len(part.data) / _BYTES_PER_TOKEN.get(part.media_type, _TEXT_BYTES_PER_TOKEN)


class TokenRatios:
    """Per model, how the provider's counts relate to ours: a running mean, kept in memory."""

    def __init__(self) -> None:
        self._ratios: OrderedDict[str, float] = OrderedDict()

    def of(self, model: str) -> float:
        """Return the ratio of a model, 1.0 while nothing is known."""
        return self._ratios.get(model, 1.0)

    def observe(self, model: str, *, counted: float, reported: int) -> None:
        """Learn from a reported count. Tiny or absurd ones teach nothing."""
        if counted < _LEAST_SAMPLE or reported <= 0:
            return
        seen = min(max(reported / counted, _LEAST_RATIO), _GREATEST_RATIO)
        known = self._ratios.get(model)
        self._ratios[model] = seen if known is None else known + _NEWEST_WEIGHT * (seen - known)
        self._ratios.move_to_end(model)
        if len(self._ratios) > _MODELS_REMEMBERED:
            self._ratios.popitem(last=False)

    def likely(self, model: str, counted: float) -> int:
        """Return the best guess of tokens for our own count."""
        return math.ceil(counted * self.of(model))

    def ceiling(self, model: str, counted: float) -> int:
        """Return a guess that is rarely too small: what a hold or a context budget needs."""
        return math.ceil(counted * self.of(model) * MARGIN)
