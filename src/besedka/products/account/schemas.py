"""Forms of the pages. Unknown fields are ignored: a form also carries its CSRF token."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from besedka.core.schemas import Read, Write
from besedka.kernel.accounts.service import NewPerson
from besedka.kernel.accounts.types import MOST_PER_MINUTE, NewKey
from besedka.kernel.llm.types import WantedProvider, WireKind
from besedka.kernel.mail.types import MailServer, Security

LONGEST = 1000


class PersonForm(BaseModel):
    """Somebody who signs up; `token` is that of the host's first link."""

    email: str = Field("", max_length=LONGEST)
    password: str = Field("", max_length=LONGEST)
    name: str = Field("", max_length=LONGEST)
    company: str = Field("", max_length=LONGEST)
    token: str = Field("", max_length=LONGEST)

    def person(self) -> NewPerson:
        """Return what accounts take."""
        return NewPerson(
            email=self.email, password=self.password, name=self.name, company=self.company
        )

    def shown(self) -> dict[str, str]:
        """Return what the form shows again after an error: all but the password."""
        return {"email": self.email, "name": self.name, "company": self.company}


class KeyForm(BaseModel):
    """A new API key; `days` is how long it lives, 0 for ever."""

    name: str = Field("", max_length=100)
    scopes: set[str] = Field(set(), max_length=200)
    days: int = Field(90, ge=0, le=3650)
    per_minute: int = Field(MOST_PER_MINUTE, ge=1, le=MOST_PER_MINUTE)

    def key(self, expires_at: datetime | None) -> NewKey:
        """Return what accounts take."""
        return NewKey(
            name=self.name.strip() or "-", scopes=self.scopes, per_minute=self.per_minute, expires_at=expires_at
        )  # fmt: skip


class MailForm(BaseModel):
    """The mail server; an empty password keeps the stored one."""

    host: str = Field("", max_length=LONGEST)
    port: int = Field(587, ge=1, le=65535)
    security: Security = Security.STARTTLS
    username: str = Field("", max_length=LONGEST)
    password: str = Field("", max_length=LONGEST)
    sender: str = Field("", max_length=LONGEST)

    def server(self) -> MailServer:
        """Return what mail takes."""
        return MailServer(
            host=self.host.strip(), port=self.port, security=self.security, username=self.username.strip(),
            password=self.password, sender=self.sender.strip(),
        )  # fmt: skip


class ModelForm(BaseModel):
    """A provider of models, as it is typed. The models for searching are optional."""

    kind: WireKind | Literal[""] = ""
    base_url: str = Field("", max_length=1000)
    default_model: str = Field("", max_length=1000)
    embedding_model: str = Field("", max_length=200)
    rerank_model: str = Field("", max_length=200)
    folder: str = Field("", max_length=100)
    api_key: str = Field("", max_length=4000)

    def wanted(self) -> WantedProvider:
        """Return what was typed; an empty key keeps the stored one, no kind is told by the address."""
        return WantedProvider(
            base_url=self.base_url.strip(), default_model=self.default_model.strip(),
            api_key=self.api_key.strip() or None, embedding_model=self.embedding_model.strip(),
            rerank_model=self.rerank_model.strip(), kind=self.kind or None, folder=self.folder.strip(),
        )  # fmt: skip


class ProviderWrite(Write):
    """A provider of models. `api_key` null keeps the stored key, an empty one says that none is needed.

    `kind` is the protocol that it speaks; null: its address tells. `folder` is that of Yandex Cloud.
    """

    kind: WireKind | None = None
    base_url: str = Field(min_length=1, max_length=1000)
    default_model: str = Field(min_length=1, max_length=200)
    embedding_model: str = Field("", max_length=200)
    rerank_model: str = Field("", max_length=200)
    folder: str = Field("", max_length=100)
    api_key: str | None = Field(None, max_length=4000)

    def wanted(self) -> WantedProvider:
        """Return the provider."""
        return WantedProvider(**self.model_dump())


class VectorsRead(Read):
    """How many passages have a vector: `state` is off, unsupported, working, stopped or ready."""

    state: str
    done: int
    total: int
    reason: str


class ProviderRead(Read):
    """The workspace's own provider; `installation` says whether the installation's stands in without one."""

    is_set: bool
    installation: bool
    kind: WireKind | None = None
    folder: str = ""
    base_url: str = ""
    default_model: str = ""
    embedding_model: str = ""
    rerank_model: str = ""
    has_key: bool = False
    tested_at: datetime | None = None
    test_failure: str | None = None
    vectors: VectorsRead


class TestCallRead(Read):
    """How a test call went. `code` and `message` say what went wrong, `detail` is the provider's own sentence."""

    ok: bool
    milliseconds: int
    said: str
    code: str | None
    message: str
    detail: str


class TestedRead(Read):
    """The test calls of all models that are set."""

    answers: TestCallRead
    embedding: TestCallRead | None
    rerank: TestCallRead | None


class ModelOffered(Read):
    """A model that the provider offers."""

    id: str
    context: int | None
