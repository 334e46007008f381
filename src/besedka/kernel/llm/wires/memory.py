"""What a process has learned about models while speaking to them; lost without harm."""

from collections import OrderedDict

from besedka.kernel.llm.tokens import TokenRatios

_MODELS_REMEMBERED = 500


class WireMemory:
    """Shared by all wires of a process: token ratios, and the settings that models object to."""

    def __init__(self) -> None:
        self.ratios = TokenRatios()
        self._objections: OrderedDict[tuple[str, str], tuple[str, ...]] = OrderedDict()

    def objections(self, base_url: str, model: str) -> tuple[str, ...]:
        """Return the settings that a model at an address does not take."""
        return self._objections.get((base_url, model), ())

    def note_objection(self, base_url: str, model: str, *, setting: str) -> None:
        """Remember a setting that was objected to."""
        known = self.objections(base_url, model)
        self._objections[base_url, model] = (*known, setting)
        if len(self._objections) > _MODELS_REMEMBERED:
            self._objections.popitem(last=False)
