"""Listed prices: micro-units per million tokens, and unknown where the list knows nothing."""

import json

import pytest

from besedka.kernel.llm.prices import find_price, from_listed, listed
from besedka.kernel.llm.types import Usage

OPENAI = "https://api.openai.com/v1"


def test_known_model_has_a_whole_price() -> None:
    price = find_price("gpt-4o-mini", base_url=OPENAI)
    assert price is not None
    assert 0 < price.cached_input <= price.input < price.output
    assert price.input % 1 == 0
    assert price.currency == "USD"
    assert find_price("gpt-4o-mini", provider="openai") == price


def test_model_with_dearer_long_inputs_says_so() -> None:
    price = find_price("gemini-2.5-pro", provider="google")
    assert price is not None
    assert price.long is not None
    assert price.long.input > price.input
    short, long = (price.of(Usage(read, 10)) for read in (price.long.above, price.long.above + 1))
    assert short == price.long.above * price.input + 10 * price.output
    assert long == (price.long.above + 1) * price.long.input + 10 * price.long.output


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("no-such-model", OPENAI),
        ("gpt-4o-mini", "http://localhost:11434/v1"),
        ("gpt-4o-mini", ""),
        ("sonar", "https://api.perplexity.ai"),  # also costs by request
    ],
)
def test_unknown_or_partly_known_price_is_none(model: str, base_url: str) -> None:
    assert find_price(model, base_url=base_url) is None


def test_prices_survive_the_way_out_of_a_child_process() -> None:
    answer = json.loads(json.dumps(listed(OPENAI, ["gpt-4o", "gpt-5.5", "no-such-model"])))
    prices = from_listed(answer)
    assert list(prices) == ["gpt-4o", "gpt-5.5"]
    assert prices["gpt-5.5"] == find_price("gpt-5.5", base_url=OPENAI)
