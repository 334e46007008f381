"""Writing to members who are away about what they missed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.db.connection import SystemConn
from besedka.core.i18n import Locale, as_locale, text
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.module import PersonData
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import Accounts
from besedka.kernel.conversations.service.spelling import preview_of
from besedka.kernel.conversations.types import STAFF_READS, ConversationId
from besedka.kernel.mail import service as mail
from besedka.kernel.mail.errors import BadAddress, BadLetter
from besedka.products.digest.repository import AwayMembers, DigestRepository
from besedka.products.digest.service.links import link_of
from besedka.products.digest.types import Member, Missed, Pace

log = structlog.get_logger(__name__)

MOST_LINES = 10
MOST_MISSED = 500
BATCH, BATCHES = 500, 20
EVERY = timedelta(minutes=5)
"""How often a member who is away is looked after."""
AWAY = timedelta(minutes=15)
"""Sessions note their use every five minutes, so that whoever is there was seen within this time."""
OLDEST = timedelta(days=3)
"""What is older was missed before there was anybody to tell, or is stale by now."""
LONGEST_NAME = 60
LONGEST_TITLE = 80
SETTINGS = "/dashboard/settings/letters"
HOME = "/dashboard"


async def sweep(runtime: Runtime) -> int:
    """Write to all who are away, missed something and waited long enough; return how many letters that made."""
    sent = 0
    for _ in range(BATCHES):
        async with runtime.db.system.transaction() as conn:
            due = await AwayMembers(conn).take_due(
                Pace(runtime.settings.digest), every=EVERY, away=AWAY, limit=BATCH
            )
        for workspace, actor in due:
            sent += await _try_to_tell(runtime, workspace, actor)
        if len(due) < BATCH:
            break
    return sent


async def _try_to_tell(runtime: Runtime, workspace: WorkspaceId, actor: ActorId) -> bool:
    """Write to one member; whoever cannot be written to keeps nobody else waiting."""
    try:
        return await tell(runtime, workspace, actor)
    except (BadAddress, BadLetter) as error:
        log.warning("a digest could not be written", code=error.code, workspace=str(workspace))
        return False


async def tell(runtime: Runtime, workspace: WorkspaceId, actor: ActorId) -> bool:
    """Write to one member, if they missed something and waited long enough; return whether a letter was made.

    What it tells is read and noted as told in one transaction with the letter. Raises BadAddress, BadLetter.
    """
    async with runtime.db.fast.transaction(workspace) as conn:
        digests = DigestRepository(conn)
        member = await digests.lock(actor)
        if member is None:
            return False
        missed = await digests.missed(
            member, staff=_is_staff(runtime, member), since=now() - OLDEST, limit=MOST_MISSED
        )
        if not _is_time(runtime, member, missed):
            return False
        locale = as_locale(member.locale)
        await mail.send(
            conn, to=member.email, letter="digest", locale=locale,
            params=_words(runtime, member, missed, locale=locale),
            unsubscribe=link_of(runtime, workspace, actor),
        )  # fmt: skip
        await digests.set_told(actor, reached=_reached(missed))
    return True


def _is_staff(runtime: Runtime, member: Member) -> bool:
    return STAFF_READS in runtime.get(Accounts).may(member.role)


def _is_time(runtime: Runtime, member: Member, missed: Sequence[Missed]) -> bool:
    pace = member.pace or Pace(runtime.settings.digest)
    if pace is Pace.OFF or not missed:
        return False
    latest = now() - pace.wait
    return missed[0].created_at <= latest and (member.sent_at is None or member.sent_at <= latest)


def _reached(missed: Sequence[Missed]) -> Mapping[ConversationId, int]:
    reached: dict[ConversationId, int] = {}
    for each in missed:
        reached[each.chat] = max(each.seq, reached.get(each.chat, 0))
    return reached


def _words(
    runtime: Runtime, member: Member, missed: Sequence[Missed], *, locale: Locale
) -> dict[str, JsonValue]:
    """Return what the letter's template shows."""
    base = f"{runtime.settings.base_url}/w/{member.workspace_slug}"
    pages = {kind: path for each in runtime.manifests for kind, path in each.places.items()}
    return {
        "workspace": _line(member.workspace_name, LONGEST_TITLE),
        "count": text(locale, "digest.count", n=len(missed)),
        "lines": [
            {
                "what": _what(each, locale),
                "excerpt": preview_of(each.body),
                "link": base + pages.get(each.kind, HOME).format(id=each.chat),
            }
            for each in missed[:MOST_LINES]
        ],
        "more": text(locale, "digest.more", n=len(missed) - MOST_LINES) if len(missed) > MOST_LINES else "",
        "home": base + HOME,
        "settings": base + SETTINGS,
        "unsubscribe": link_of(runtime, member.workspace_id, member.actor_id),
    }  # fmt: skip


def _what(missed: Missed, locale: Locale) -> str:
    """Say who wants what, and where."""
    sender = _line(missed.sender, LONGEST_NAME) or text(locale, "digest.somebody")
    title = _line(missed.title, LONGEST_TITLE)
    key = f"digest.{missed.reason}_in" if title else f"digest.{missed.reason}"
    return text(locale, key, sender=sender, title=title)


def _line(words: str, longest: int) -> str:
    shown = " ".join(words.split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return what a person chose in each workspace."""
    rows = await AwayMembers(conn).choices(person.user_id)
    return {
        "letters": [
            {
                "workspace_id": str(row["workspace_id"]),
                "pace": row["pace"],
                "sent_at": row["sent_at"].isoformat() if row["sent_at"] else None,
            }
            for row in rows
        ]
    }
