"""What the API of assistants takes and gives."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from besedka.core.i18n import Locale
from besedka.core.schemas import Read, Write
from besedka.kernel.answers.types import GuidelineAction, Length, Tone

NAME_CHARACTERS = 80
INSTRUCTIONS_CHARACTERS = 20_000
QUESTION_CHARACTERS = 4_000

MOST_SHARED = 200
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS)]
Words = Annotated[str, Field(max_length=2_000)]
Instructions = Annotated[str, Field(max_length=INSTRUCTIONS_CHARACTERS)]
Question = Annotated[str, Field(min_length=1, max_length=QUESTION_CHARACTERS)]
Model = Annotated[str, Field(max_length=200)]
Temperature = Annotated[float, Field(ge=0, le=2)]
Threshold = Annotated[float, Field(ge=0, le=1)]
Keyword = Annotated[str, Field(min_length=1, max_length=100)]
Keywords = Annotated[tuple[Keyword, ...], Field(max_length=50)]
Rule = Annotated[str, Field(min_length=1, max_length=500)]
Phrases = Annotated[tuple[Keyword, ...], Field(max_length=100)]
PresetId = Annotated[str, Field(max_length=40)]


class Greeting(Write):
    """The first words of a conversation, per language."""

    ru: Words
    en: Words


class GuidelineWrite(Write):
    """A rule. `advise` is for models alone; `say` answers with `then` by itself and `person` calls one, when a question
    has all words of one of the phrases in `words`, in whatever form.
    """

    when: Rule
    then: Words = ""
    action: GuidelineAction = GuidelineAction.ADVISE
    words: Phrases = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.action is not GuidelineAction.PERSON and not self.then:
            raise PydanticCustomError("missing", "what to do is missing")
        if self.action is not GuidelineAction.ADVISE and not self.words:
            raise PydanticCustomError("missing", "the words that it goes by are missing")
        return self


class GuardrailsWrite(Write):
    """What the assistant never does: `topics` are refused, `phrases` never stand in an answer, `no_prices` keeps a model
    from naming amounts that its passages do not have.
    """

    topics: Phrases = ()
    phrases: Phrases = ()
    no_prices: bool = False


class AssistantUpdate(Write):
    """New settings; what is left out stays as it is."""

    name: Name | None = None
    greeting: Greeting | None = None
    instructions: Instructions | None = None
    tone: Tone | None = None
    length: Length | None = None
    model: Model | None = None
    temperature: Temperature | None = None
    threshold: Threshold | None = None
    handoff_keywords: Keywords | None = None
    guidelines: Annotated[tuple[GuidelineWrite, ...], Field(max_length=40)] | None = None
    guardrails: GuardrailsWrite | None = None


class AssistantCreate(AssistantUpdate):
    """A new assistant; `language` chooses the words of the default instructions, or of a ready prompt (`preset`)."""

    name: Name
    language: Locale | None = None
    preset: PresetId | None = None


class GuidelineRead(Read):
    """A rule."""

    when: str
    then: str
    action: GuidelineAction
    words: list[str]


class GuardrailsRead(Read):
    """What the assistant never does."""

    topics: list[str]
    phrases: list[str]
    no_prices: bool


class PresetRead(Read):
    """A ready prompt for a trade, in one language."""

    id: str
    name: str
    about: str
    instructions: str
    tone: Tone
    length: Length
    guidelines: list[GuidelineRead]
    guardrails: GuardrailsRead
    handoff_keywords: list[str]


class PresetUse(Write):
    """Which ready prompt to take, and in which language."""

    preset: PresetId
    language: Locale | None = None


class CorrectionCreate(Write):
    """What should have been said; without a question the visitor's own is taken."""

    answer: Annotated[str, Field(min_length=1, max_length=20_000)]
    question: Annotated[str, Field(max_length=4_000)] = ""


class CorrectionRead(Read):
    """The question–answer pair that was made."""

    source_id: UUID


class PastQuestionRead(Read):
    """A question that was searched for, and how sure the search was."""

    run_id: UUID
    conversation_id: UUID
    question: str
    confidence: float
    mode: str
    created_at: datetime


class ThresholdRead(Read):
    """Past questions, the threshold in use, and the one that parts them best (None with fewer than ten)."""

    threshold: float
    suggested: float | None
    questions: list[PastQuestionRead]


class AssistantRead(Read):
    """An assistant with its settings. `draft` has settings that wait to be published."""

    id: UUID
    name: str
    greeting: dict[str, str]
    instructions: str
    tone: Tone
    length: Length
    model: str
    temperature: float | None
    threshold: float
    handoff_keywords: list[str]
    guidelines: list[GuidelineRead]
    guardrails: GuardrailsRead
    collection_id: UUID = Field(description="Its own collection.")
    collection_ids: list[UUID] = Field(
        description="All that it answers from: its own collection, and those it shares with others."
    )
    prompt_number: int
    draft: dict[str, JsonValue] | None
    created_at: datetime
    archived_at: datetime | None = Field(description="Since when it answers nobody.")
    deleted_at: datetime | None = Field(description="Since when it lies in the trash.")


class CollectionWrite(Write):
    """A collection's name."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


class CollectionsUse(Write):
    """The collections that an assistant answers from beside its own."""

    collection_ids: Annotated[list[UUID], Field(max_length=MOST_SHARED)]


class OwnedRead(Read):
    """A collection."""

    id: UUID
    name: str
    chunks: int
    created_at: datetime


class LentRead(OwnedRead):
    """A collection, the assistant whose own it is, and those that answer from it beside their own."""

    assistant_id: UUID | None
    used_by: list[UUID]


class AskCreate(Write):
    """A test question. `locale` counts where the question's own letters do not tell its language."""

    question: Question
    locale: Locale | None = None


class ChatCreate(Write):
    """A message for an assistant."""

    assistant_id: UUID
    message: Question
    locale: Locale | None = None


class CitationRead(Read):
    """A numbered source of an answer: `[n]` in its text."""

    n: int
    source_id: UUID
    chunk_id: UUID
    title: str
    heading: list[str]
    quote: str
    page: int | None
    url: str


class PassageRead(Read):
    """A passage that was found for a question; `cited` is its number in the answer."""

    chunk_id: UUID
    source_id: UUID
    title: str
    heading: list[str]
    text: str
    quote: str
    score: float
    page: int | None
    url: str | None
    cited: int | None


class CallRead(Read):
    """The model's part in an answer; cost in micro-units, times in milliseconds."""

    provider: str
    model: str
    state: str
    input_tokens: int | None
    output_tokens: int | None
    cost_micro: int | None
    currency: str | None
    first_ms: int | None
    total_ms: int | None


class AnswerRead(Read):
    """What an assistant says to a stranger's question, and what it stands on.

    `confidence` is compared with the assistant's `threshold`; `mode` is model, extractive, unknown,
    handoff or small_talk; `failure` says what kept a model from answering.
    """

    answer: str
    html: str
    mode: str
    confidence: float
    threshold: float
    locale: str
    failure: str
    corrected: dict[str, str]
    citations: list[CitationRead]
    passages: list[PassageRead]
    call: CallRead | None


class PromptRead(Read):
    """A version of an assistant's instructions, with the settings that belong to it (none from an older Besedka)."""

    id: UUID
    number: int
    instructions: str
    settings: dict[str, JsonValue]
    author: str | None
    created_at: datetime


class ReplyRead(Read):
    """Why an answer is as it is. `passages` are those that still exist; `guarded` is what guardrails took out;
    `correction_id` is the question–answer pair that corrects it.
    """

    id: UUID
    conversation_id: UUID
    question_seq: int
    assistant_id: UUID
    state: str
    mode: str | None
    attempts: int
    confidence: float | None
    prompt_number: int | None
    failure: str | None
    threshold: float | None
    guarded: list[str] | None
    correction_id: UUID | None
    created_at: datetime
    finished_at: datetime | None
    passages: list[PassageRead]
    call: CallRead | None
