"""A real mail server in this event loop, which keeps what it gets and answers as it is told to."""

import asyncio
import email
import email.policy
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"


@dataclass
class FakeSmtp:
    """What came in, and what is answered to the next recipients and messages."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    rcpt_answer: str = OK
    data_answers: list[str] = field(default_factory=list)
    password: str = ""

    async def handle_RCPT(  # noqa: N802 - the server looks for this name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.rcpt_answer == OK:
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return self.rcpt_answer

    async def handle_DATA(  # noqa: N802 - the server looks for this name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.data_answers.pop(0) if self.data_answers else OK
        if answer == OK:
            content = envelope.content
            assert isinstance(content, bytes)
            message = email.message_from_bytes(content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.messages.append(message)
            self.secured.append(session.ssl is not None)
        return answer

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == self.password, handled=False)


@asynccontextmanager
async def smtp_server(
    *, password: str = "", tls: ssl.SSLContext | None = None
) -> AsyncIterator[FakeSmtp]:
    """Serve on a free port of loopback; with a password, only to those who give it."""
    fake = FakeSmtp(password=password)

    def session() -> SMTP:
        with warnings.catch_warnings():
            # It minds a log-in without TLS, which is what a test on loopback wants.
            warnings.simplefilter("ignore", UserWarning)
            return _session()

    def _session() -> SMTP:
        return SMTP(
            fake, hostname="fake.test", tls_context=tls, authenticator=fake.authenticate,
            auth_required=bool(password), auth_require_tls=False, enable_SMTPUTF8=True,
        )  # fmt: skip

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
