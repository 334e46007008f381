"""The Anthropic Messages protocol: Anthropic, and those who offer it beside their own."""

from collections.abc import Mapping

from besedka.kernel.llm.types import ChatRequest, ModelInfo
from besedka.kernel.llm.wires.anthropic_read import MessageReader
from besedka.kernel.llm.wires.anthropic_write import find_objection, write_request, yield_to
from besedka.kernel.llm.wires.calling import Question
from besedka.kernel.llm.wires.shape import items, mapping, whole, words
from besedka.kernel.llm.wires.spoken import SpokenWire, split_address

VERSION = "2023-06-01"
_BEARER = ("sk-ant-oat", "eyJ")


class AnthropicWire(SpokenWire):
    """Speaks to one endpoint. Source: https://platform.claude.com/docs/en/api/messages."""

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return what the endpoint lists, in its order. Raises LlmError."""
        listed = mapping(await self._caller.ask("GET", "/models?limit=1000"))
        rows = map(mapping, items(listed.get("data")))
        return tuple(
            ModelInfo(id=words(row["id"]), context=whole(row.get("max_input_tokens")) or None)
            for row in rows
            if words(row.get("id"))
        )

    def _address(self, base_url: str) -> tuple[str, str]:
        address, query = split_address(base_url)
        for suffix in ("/messages", "/models"):
            address = address.removesuffix(suffix)
        return (address if address.endswith("/v1") else f"{address}/v1"), query

    def _auth(self, key: str) -> Mapping[str, str]:
        shown = (
            {"Authorization": f"Bearer {key}"} if key.startswith(_BEARER) else {"x-api-key": key}
        )
        return {"anthropic-version": VERSION, **(shown if key else {})}

    def _question(self, request: ChatRequest, *, stream: bool) -> Question:
        payload = write_request(request, stream=stream)
        return Question(request, "/messages", payload, MessageReader, find_objection, yield_to)
