"""The completion protocol of Yandex's foundation models, version 1.

The same models are reached through Yandex's OpenAI-compatible address, which has embeddings, too: that is the
other wire.
"""

from collections.abc import Mapping
from functools import partial

from besedka.kernel.llm.errors import BadRequest, NotOffered
from besedka.kernel.llm.types import ChatRequest, ModelInfo
from besedka.kernel.llm.wires.calling import Question
from besedka.kernel.llm.wires.spoken import SpokenWire, split_address
from besedka.kernel.llm.wires.yandex_read import AlternativeReader
from besedka.kernel.llm.wires.yandex_write import write_request

_PLACE = "/foundationModels/v1"
_COMPLETION = "/completion"
_IAM = "t1."


class YandexWire(SpokenWire):
    """Speaks to one endpoint, in the name of the endpoint's folder.

    Source: https://yandex.cloud/en/docs/ai-studio/text-generation/api-ref/TextGeneration/completion.
    """

    async def models(self) -> tuple[ModelInfo, ...]:
        """Raise NotOffered: the protocol lists no models."""
        raise NotOffered("there is no list of models in the protocol of this kind of provider")

    def _address(self, base_url: str) -> tuple[str, str]:
        address, query = split_address(base_url)
        address = address.removesuffix(_COMPLETION)
        _, _, place = address.partition("://")
        return (address if "/" in place else f"{address}{_PLACE}"), query

    def _auth(self, key: str) -> Mapping[str, str]:
        folder = {"x-folder-id": self._endpoint.folder} if self._endpoint.folder else {}
        kind = "Bearer" if key.startswith(_IAM) else "Api-Key"
        return {"Authorization": f"{kind} {key}", **folder} if key else folder

    def _question(self, request: ChatRequest, *, stream: bool) -> Question:
        payload = write_request(request, self._uri(request.model), stream=stream)
        return Question(request, _COMPLETION, payload, partial(AlternativeReader, request.stop))

    def _uri(self, model: str) -> str:
        if "://" in model:
            return model
        if not self._endpoint.folder:
            raise BadRequest("the id of the folder is missing, which Yandex wants beside the model")
        return f"gpt://{self._endpoint.folder}/{model}"
