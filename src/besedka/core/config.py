"""Settings: the one typed place. Every field is documented in docs/reference/settings.md."""

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from besedka.core import master_key

Environment = Literal["development", "production", "test"]
Registration = Literal["open", "invite", "closed"]

WEAK_KEY_BYTES = 32
DEVELOPMENT_ORIGINS = ("http://localhost:3000", "http://localhost:5173")


class Settings(BaseSettings):
    """What can be set from the environment or `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="BESEDKA_", extra="ignore", populate_by_name=True
    )

    env: Environment = Field("development", description="development, production or test.")
    host: str = Field(
        "", description="Address to listen on; empty: loopback, or every address when PORT is set."
    )
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("BESEDKA_PORT", "PORT"),
        description="Port to listen on.",
    )
    data_dir: Path = Field(
        Path("data"), description="Folder of the database, files and generated secrets."
    )
    public_url: str = Field(
        "",
        description="Address under which people reach the server; empty: derived from host and port.",
    )
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("DATABASE_URL", "BESEDKA_DATABASE_URL"),
        description="PostgreSQL 15 or newer; empty: the embedded server.",
    )
    database_url_sync: str = Field(
        "",
        validation_alias=AliasChoices("DATABASE_URL_SYNC"),
        description="Accepted for compatibility; used when DATABASE_URL is empty.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("SECRET_KEY", "BESEDKA_SECRET_KEY"),
        description="Master key of stored secrets; generated into the data folder when empty.",
    )
    previous_secret_key: SecretStr = Field(
        SecretStr(""),
        description="The former SECRET_KEY, while `besedka keys rotate` leaves it.",
    )
    jwt_secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("JWT_SECRET_KEY", "BESEDKA_JWT_SECRET_KEY"),
        description="Signing key of access tokens; derived from the master key when empty.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        validation_alias=AliasChoices("ALLOWED_ORIGINS", "CORS_ORIGINS"),
        description="Comma-separated origins that may call the API from a browser.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma-separated addresses whose X-Forwarded-For and -Proto are believed."
    )
    registration: Registration | None = Field(
        None,
        description="open: anybody signs up; invite: workspaces add people; closed: hosts alone add new ones."
        " Empty: open in development, invite in production.",
    )
    billing: bool = Field(False, description="Charge balances for model calls.")
    yookassa_shop_id: str = Field(
        "",
        validation_alias=AliasChoices("YOOKASSA_SHOP_ID", "BESEDKA_YOOKASSA_SHOP_ID"),
        description="Shop in YooKassa through which balances are topped up; needs YOOKASSA_SECRET_KEY, too.",
    )
    yookassa_secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("YOOKASSA_SECRET_KEY", "BESEDKA_YOOKASSA_SECRET_KEY"),
        description="Secret key of that shop.",
    )
    yookassa_base_url: str = Field(
        "https://api.yookassa.ru/v3",
        validation_alias=AliasChoices("YOOKASSA_BASE_URL", "BESEDKA_YOOKASSA_BASE_URL"),
        description="Base address of YooKassa.",
    )
    yookassa_vat_code: int = Field(
        0,
        ge=0,
        le=12,
        validation_alias=AliasChoices("YOOKASSA_VAT_CODE", "BESEDKA_YOOKASSA_VAT_CODE"),
        description="YooKassa's code of the VAT rate for receipts (54-FZ); 0: the shop makes its receipts elsewhere.",
    )
    stripe_secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("STRIPE_SECRET_KEY", "BESEDKA_STRIPE_SECRET_KEY"),
        description="Secret key of Stripe, through which balances are topped up.",
    )
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("STRIPE_WEBHOOK_SECRET", "BESEDKA_STRIPE_WEBHOOK_SECRET"),
        description="Signing secret of Stripe's webhook endpoint; empty: payments are noticed by asking alone.",
    )
    stripe_base_url: str = Field(
        "https://api.stripe.com",
        validation_alias=AliasChoices("STRIPE_BASE_URL", "BESEDKA_STRIPE_BASE_URL"),
        description="Base address of Stripe.",
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("OPENAI_API_KEY"),
        description="Key of an OpenAI-compatible provider for the whole installation.",
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1",
        validation_alias=AliasChoices("OPENAI_BASE_URL"),
        description="Base address of that provider.",
    )
    openai_model: str = Field(
        "gpt-4o-mini",
        validation_alias=AliasChoices("OPENAI_MODEL"),
        description="Model that is used when an assistant names none.",
    )
    anthropic_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("ANTHROPIC_API_KEY"),
        description="Key of Anthropic for the whole installation.",
    )
    anthropic_base_url: str = Field(
        "https://api.anthropic.com",
        validation_alias=AliasChoices("ANTHROPIC_BASE_URL"),
        description="Base address of Anthropic, or of another server that speaks its Messages.",
    )
    anthropic_model: str = Field(
        "claude-haiku-4-5",
        validation_alias=AliasChoices("ANTHROPIC_MODEL"),
        description="Model of Anthropic's that is used where none is named.",
    )
    google_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        description="Key of Google's Gemini for the whole installation.",
    )
    google_base_url: str = Field(
        "https://generativelanguage.googleapis.com/v1beta",
        validation_alias=AliasChoices("GOOGLE_BASE_URL"),
        description="Base address of Gemini.",
    )
    google_model: str = Field(
        "gemini-3.5-flash-lite",
        validation_alias=AliasChoices("GOOGLE_MODEL"),
        description="Model of Google's that is used where none is named.",
    )
    yandex_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("YANDEX_API_KEY"),
        description="Key of Yandex AI Studio for the whole installation; needs YANDEX_FOLDER_ID, too.",
    )
    yandex_folder_id: str = Field(
        "",
        validation_alias=AliasChoices("YANDEX_FOLDER_ID"),
        description="Folder in Yandex Cloud that pays for the calls.",
    )
    yandex_base_url: str = Field(
        "https://llm.api.cloud.yandex.net/foundationModels/v1",
        validation_alias=AliasChoices("YANDEX_BASE_URL"),
        description="Base address of Yandex's foundation models.",
    )
    yandex_model: str = Field(
        "yandexgpt-lite",
        validation_alias=AliasChoices("YANDEX_MODEL"),
        description="Model of Yandex's that is used where none is named.",
    )
    models_file: Path | None = Field(
        None,
        description="TOML file that adds to the list of known models, or replaces some: prices, context, abilities.",
    )
    outgoing_private: bool = Field(
        False,
        description="Let outgoing requests reach loopback and private addresses (local model servers).",
    )
    model_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated host:port of model servers inside (Ollama, vLLM, LM Studio) that hosts may connect;"
        " `loopback` stands for the usual ports of this machine.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://user:password@host:port or smtps://…; empty: set it on the settings page.",
    )
    mail_from: str = Field("", description="Sender address of letters.")
    digest: Literal["off", "15m", "1h", "1d"] = Field(
        "15m",
        description="How soon members who are away are written to about what they missed, unless they chose: off, 15m, 1h, 1d.",
    )
    max_upload_mb: int = Field(64, ge=1, le=4096, description="Largest upload, in mebibytes.")
    files_quota_mb: int = Field(
        10240,
        ge=0,
        description="Room for the files of each workspace, in mebibytes; 0: as much as there is."
        " `besedka uploads quota` gives one workspace another.",
    )
    s3_bucket: str = Field(
        "",
        validation_alias=AliasChoices("S3_BUCKET", "BESEDKA_S3_BUCKET"),
        description="Bucket for files, of this installation alone (or give each a S3_PREFIX); empty: the data folder.",
    )
    s3_prefix: str = Field(
        "",
        validation_alias=AliasChoices("S3_PREFIX", "BESEDKA_S3_PREFIX"),
        description="What names in the bucket begin with.",
    )
    s3_endpoint_url: str = Field(
        "",
        validation_alias=AliasChoices("S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        pattern=r"^(https?://\S+)?$",
        description="Address of an S3-compatible server; empty: Amazon's of the region.",
    )
    s3_region: str = Field(
        "us-east-1",
        validation_alias=AliasChoices("S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
        description="Region of the bucket.",
    )
    s3_access_key_id: str = Field(
        "",
        validation_alias=AliasChoices("AWS_ACCESS_KEY_ID", "S3_ACCESS_KEY_ID"),
        description="Key for the bucket; empty: that of the machine's role.",
    )
    s3_secret_access_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("AWS_SECRET_ACCESS_KEY", "S3_SECRET_ACCESS_KEY"),
        description="The secret of that key.",
    )
    clamd: str = Field(
        "",
        pattern=r"^(tcp://[^/\s]+|unix:///\S+)?$",
        description="Virus scanner (ClamAV's clamd): tcp://host:3310 or unix:///path/of/clamd.ctl; empty: none.",
    )
    clamd_away: Literal["refuse", "accept"] = Field(
        "refuse",
        description="What happens to uploads while the virus scanner does not answer;"
        " accepted files say that they were not scanned.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="json, console, or console on a terminal."
    )
    database_pool: int = Field(8, ge=2, le=100, description="Connections of the fast lane.")
    workers: int = Field(
        1,
        ge=1,
        validation_alias=AliasChoices("WEB_CONCURRENCY"),
        description="Server processes of uvicorn or gunicorn; more than one needs DATABASE_URL and REDIS_URL.",
    )
    redis_url: str = Field(
        "",
        validation_alias=AliasChoices("REDIS_URL"),
        description="redis://, rediss:// or unix://: the bus between several processes.",
    )
    rate_limits: bool = Field(True, description="Switch rate limits off for load tests.")

    @field_validator("allowed_origins", "trusted_proxies", "model_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(p.strip() for p in value.split(",") if p.strip())
            if isinstance(value, str)
            else value
        )

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.env != "production":
            return self
        given = self.secret_key.get_secret_value()
        if given and len(given.encode()) < WEAK_KEY_BYTES:
            raise ValueError(f"SECRET_KEY is weak: give at least {WEAK_KEY_BYTES} bytes.")
        jwt = self.jwt_secret_key.get_secret_value()
        if jwt and len(jwt.encode()) < WEAK_KEY_BYTES:
            raise ValueError(f"JWT_SECRET_KEY is weak: give at least {WEAK_KEY_BYTES} bytes.")
        if self.database and not given:
            raise ValueError(
                "SECRET_KEY is needed with DATABASE_URL in production: on a fresh disk a generated "
                "key would be lost, and every stored secret with it."
            )
        return self

    @property
    def production(self) -> bool:
        """Whether the strict defaults apply."""
        return self.env == "production"

    @property
    def database(self) -> str:
        """The configured database address, or an empty string for the embedded server."""
        return self.database_url or self.database_url_sync

    @property
    def listen_host(self) -> str:
        """The address to bind: loopback unless set, or unless PORT says that somebody else routes to us."""
        return self.host or ("0.0.0.0" if "PORT" in os.environ else "127.0.0.1")  # noqa: S104 - documented

    @property
    def base_url(self) -> str:
        """The public address without a trailing slash."""
        return self.public_url.rstrip("/") if self.public_url else self.local_url

    @property
    def local_url(self) -> str:
        """The address under which this machine reaches the server, without a trailing slash."""
        host = self.listen_host
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
        return f"http://{shown}:{self.port}"

    @property
    def secure_cookies(self) -> bool:
        """Whether pages are served over HTTPS, so that cookies can be Secure and `__Host-`."""
        return self.base_url.startswith("https://")

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Origins that may call the API from a browser."""
        if self.allowed_origins or self.production:
            return self.allowed_origins
        return DEVELOPMENT_ORIGINS

    @property
    def open_registration(self) -> bool:
        """Whether strangers may sign up."""
        return (self.registration or ("invite" if self.production else "open")) == "open"

    @property
    def open_invitations(self) -> bool:
        """Whether a workspace's administrators may add people who have no account yet; else hosts alone may."""
        return self.registration != "closed"

    @property
    def minimum_password(self) -> int:
        """Least length of a password, in characters."""
        return 10 if self.production else 6

    @cached_property
    def master_key(self) -> bytes:
        """The master key: from the settings, or generated once into the data folder (0600)."""
        given = self.secret_key.get_secret_value()
        return given.encode() if given else master_key.current(self.secrets_dir)

    @property
    def previous_key(self) -> bytes | None:
        """The master key that a rotation is leaving, while it lasts."""
        given = self.previous_secret_key.get_secret_value()
        if given or self.secret_key.get_secret_value():
            return given.encode() or None
        return master_key.previous(self.secrets_dir)

    @property
    def secrets_dir(self) -> Path:
        """The folder of generated secrets."""
        return self.data_dir / "secrets"


class BadSettings(Exception):
    """The settings cannot be used; the message names each and says why."""


def load_settings() -> Settings:
    """Read the settings from the environment and `.env`. Raises BadSettings."""
    try:
        return Settings()
    except ValidationError as error:
        found = [
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg']}"
            for item in error.errors()
        ]
        raise BadSettings("\n".join(found)) from None
