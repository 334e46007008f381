"""Handing a letter to a mail server."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from besedka.core.clock import now
from besedka.core.module import load
from besedka.kernel.mail.address import checked
from besedka.kernel.mail.errors import LetterRefused, MailUnavailable
from besedka.kernel.mail.types import Letter, MailServer, Security

TIMEOUT_SECONDS = 30.0
LONGEST_REASON = 300
_REFUSED = 500


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Build the message. The same letter always has the same Message-ID, so a second copy is recognised.

    One that can be stopped says so to the mail program (RFC 2369, and RFC 8058 for the single click).
    """
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = checked(letter.to)
    message["Subject"] = letter.written.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Content-Language"] = letter.locale
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.written.text)
    message.add_alternative(letter.written.html, subtype="html")
    if letter.calendar is not None:
        message.add_attachment(letter.calendar, subtype="calendar", filename="invite.ics")
    return message


async def transmit(server: MailServer, message: EmailMessage) -> None:
    """Deliver a message. Raises LetterRefused, MailUnavailable."""
    library = load("aiosmtplib")
    try:
        await library.send(
            message, hostname=server.host, port=server.port, username=server.username or None,
            password=server.password or None, use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
    except library.SMTPRecipientsRefused as error:
        raise _refusal(error.recipients[0]) from error
    except (library.SMTPDataError, library.SMTPRecipientRefused) as error:
        raise _refusal(error) from error
    except (library.SMTPException, OSError, ValueError) as error:
        # Anything about the server or the log-in is for the host to mend: the letter itself may still go.
        raise MailUnavailable(reason=_reason(error)) from error


def _refusal(error: Exception) -> LetterRefused | MailUnavailable:
    code: int = getattr(error, "code", _REFUSED)
    kind = LetterRefused if code >= _REFUSED else MailUnavailable
    return kind(reason=_reason(error))


def _reason(error: Exception) -> str:
    code = getattr(error, "code", "")
    words = str(getattr(error, "message", "")) or str(error) or type(error).__name__
    return " ".join(f"{code} {words}".split())[:LONGEST_REASON]
