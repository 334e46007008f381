"""A name server under our control."""

from collections.abc import Mapping, Sequence


class FakeResolver:
    """Answers from a table. A name's answers are given in turn; the last one stays.

    Implements `besedka.core.http.resolve.Resolver`. `asked` lists the names in order.
    """

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return the next answer of the name. Raises OSError for an unknown one."""
        self.asked.append(host)
        turns = self._answers.get(host)
        if not turns:
            raise OSError(None, "unknown name")
        return turns.pop(0) if len(turns) > 1 else turns[0]
