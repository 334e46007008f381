"""Arrays as PostgreSQL writes them: the driver takes far longer over the elements of an array than over a text."""

from collections.abc import Iterable


def of_numbers(numbers: Iterable[int | None]) -> str:
    """Write numbers, to be cast to an array of integers."""
    return f"{{{','.join('NULL' if number is None else str(number) for number in numbers)}}}"


def of_keys(keys: Iterable[int]) -> str:
    """Write many numbers none of which is missing."""
    return f"{{{','.join(map(str, keys))}}}"


def of_words(words: Iterable[str]) -> str:
    """Write at least one word, to be cast to an array of texts.

    Words have letters and digits only, so nothing is escaped.
    """
    joined = '","'.join(words)
    return f'{{"{joined}"}}'
