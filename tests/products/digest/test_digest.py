"""Letters about what was missed: who gets one, when, of what, and how they stop."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from besedka.core import clock
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Visibility
from besedka.kernel.mail import service as mail
from besedka.kernel.mail.smtp import compose
from besedka.kernel.mail.types import Letter, LetterId, LetterState, Written
from besedka.kernel.realtime.service.checks import note_presence
from besedka.products.digest import service
from besedka.products.digest.service.links import link_of, read_link
from besedka.products.digest.types import Pace
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_dialog, make_group, say, say_as_staff

MINUTES = timedelta(minutes=1)


async def leave(runtime: Runtime, who: Made, ago: timedelta = timedelta(hours=30)) -> None:
    """Have somebody be away for a while."""
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE session SET last_seen_at = now() - $2::interval WHERE user_id = $1",
            who.user_id, ago,
        )  # fmt: skip


async def age(runtime: Runtime, firm: MadeWorkspace, by: timedelta) -> None:
    """Let time pass for all that was written and sent in a workspace."""
    async with runtime.db.fast.transaction(firm.id) as conn:
        for statement in (
            "message SET created_at = created_at - $2::interval",
            "mention SET created_at = created_at - $2::interval",
            "digest_member SET checked_at = checked_at - $2::interval, sent_at = sent_at - $2::interval",
        ):
            await conn.execute(f"UPDATE {statement} WHERE workspace_id = $1", firm.id, by)


async def letters(runtime: Runtime, who: Made) -> list[Letter]:
    """Do a round, and return the digests to somebody that nobody has looked at yet."""
    await service.sweep(runtime)
    async with runtime.db.system.acquire() as conn:
        rows = await conn.fetch(
            "SELECT id FROM letter WHERE to_address = $1 AND name = 'digest' ORDER BY id", who.email
        )
        found = [await mail.get_letter(conn, LetterId(row["id"])) for row in rows]
        await conn.execute("DELETE FROM letter WHERE to_address = $1", who.email)
    return found


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime, name="Firm & Co")


async def test_mention_is_told_once_after_the_pace_with_a_link_and_a_way_out(
    runtime: Runtime, firm: MadeWorkspace
) -> None:
    vera = await make_person(runtime, firm, name="Vera", role=Role.MEMBER)
    chat = await make_group(runtime, firm, vera.actor_id)
    await say(runtime, firm.owner, chat.id, "hello @Vera, look at **this** <b>")
    await say(runtime, firm.owner, chat.id, "not for anybody")
    await leave(runtime, vera)
    assert await letters(runtime, vera) == []
    await age(runtime, firm, 16 * MINUTES)
    (letter,) = await letters(runtime, vera)
    assert letter.written.subject == "Firm & Co: 1 unread message"
    assert (
        "Olga Owner mentioned you in “Group”: “hello @Vera, look at this <b>”"
        in letter.written.text
    )
    assert "not for anybody" not in letter.written.text
    assert "hello @Vera, look at this &lt;b&gt;" in letter.written.html
    assert f"/w/{firm.slug}/dashboard" in letter.written.text
    link = link_of(runtime, firm.id, vera.actor_id)
    assert letter.unsubscribe == link
    assert link in letter.written.text
    await age(runtime, firm, 60 * MINUTES)
    assert await letters(runtime, vera) == []


async def test_letter_says_to_mail_programs_how_it_is_stopped(
    runtime: Runtime, firm: MadeWorkspace
) -> None:
    written = Written("s", "t", "<p>t</p>")
    letter = Letter(
        id=LetterId(firm.id), name="digest", to="a@example.com", locale="en", written=written,
        state=LetterState.QUEUED, error=None, created_at=clock.now(), sent_at=None,
        unsubscribe="https://besedka.example/unsubscribe?token=abc",
    )  # fmt: skip
    message = compose(letter, "besedka@example.com")
    assert message["List-Unsubscribe"] == "<https://besedka.example/unsubscribe?token=abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_direct_messages_are_told_in_the_readers_language_and_ten_at_most(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    vera = await make_person(runtime, firm, name="Vera")
    await client.patch("/api/v1/users/me", json={"locale": "ru"}, headers=vera.headers)
    async with runtime.db.fast.transaction(firm.id) as conn:
        chat = await conversations.open_direct(conn, firm.owner.actor_id, vera.actor_id)
    for number in range(12):
        await say(runtime, firm.owner, chat.id, f"word {number:02}")
    await say(runtime, vera, chat.id, "own words")
    await leave(runtime, vera)
    await age(runtime, firm, 20 * MINUTES)
    (letter,) = await letters(runtime, vera)
    assert letter.written.subject == "Firm & Co: 12 непрочитанных сообщений"
    assert letter.written.text.count("Olga Owner пишет вам") == 10
    assert "word 09" in letter.written.text
    assert "word 10" not in letter.written.text
    assert "И ещё 2 сообщения." in letter.written.text
    assert "own words" not in letter.written.text
    await say(runtime, firm.owner, chat.id, "word 12")
    await age(runtime, firm, 20 * MINUTES)
    (second,) = await letters(runtime, vera)
    assert "word 12" in second.written.text
    assert "word 11" not in second.written.text


async def test_what_was_read_or_deleted_meanwhile_is_not_told(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    vera = await make_person(runtime, firm, name="Vera")
    chat = await make_group(runtime, firm, vera.actor_id)
    read = await say(runtime, firm.owner, chat.id, "@Vera one")
    gone = await say(runtime, firm.owner, chat.id, "@Vera two")
    await client.post(f"/api/v1/chats/{chat.id}/read", json={"seq": read.seq}, headers=vera.headers)
    await client.delete(f"/api/v1/messages/{gone.id}", headers=firm.headers)
    await leave(runtime, vera)
    await age(runtime, firm, 20 * MINUTES)
    assert await letters(runtime, vera) == []


async def test_dialog_that_waits_is_told_to_its_owner_alone_until_somebody_answers(
    runtime: Runtime, firm: MadeWorkspace
) -> None:
    oleg = await make_person(runtime, firm, name="Oleg", role=Role.OPERATOR)
    chat, contact = await make_dialog(runtime, firm)
    await leave(runtime, oleg, 40 * MINUTES)
    await leave(runtime, firm.owner, 40 * MINUTES)
    await answers.take_over(runtime, firm.id, chat.id, person=oleg.actor_id)
    await say(runtime, contact, chat.id, "anybody there?", workspace=firm)
    await age(runtime, firm, 20 * MINUTES)
    (letter,) = await letters(runtime, oleg)
    assert "Vera waits for your answer: “anybody there?”" in letter.written.text
    assert f"/w/{firm.slug}/dashboard/inbox/{chat.id}" in letter.written.text
    assert await letters(runtime, firm.owner) == []
    await say(runtime, contact, chat.id, "hello?", workspace=firm)
    await say_as_staff(runtime, firm, chat.id, "I am")
    await age(runtime, firm, 20 * MINUTES)
    await leave(runtime, oleg, 80 * MINUTES)
    assert await letters(runtime, oleg) == []


async def test_note_is_told_only_to_those_who_may_still_read_it(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    stays = await make_person(runtime, firm, name="Stays", role=Role.OPERATOR)
    demoted = await make_person(runtime, firm, name="Demoted", role=Role.OPERATOR)
    chat, _ = await make_dialog(runtime, firm)
    await say_as_staff(
        runtime, firm, chat.id, "@Stays and @Demoted: he is angry", Visibility.INTERNAL
    )
    await client.patch(
        f"/api/v1/users/{demoted.user_id}", json={"role": "member"}, headers=firm.headers
    )
    for who in (stays, demoted):
        await leave(runtime, who)
    await age(runtime, firm, 20 * MINUTES)
    (letter,) = await letters(runtime, stays)
    assert "he is angry" in letter.written.text
    assert await letters(runtime, demoted) == []


async def test_whoever_is_connected_gets_no_letter(
    app: FastAPI, runtime: Runtime, firm: MadeWorkspace
) -> None:
    vera = await make_person(runtime, firm, name="Vera")
    chat = await make_group(runtime, firm, vera.actor_id)
    await say(runtime, firm.owner, chat.id, "@Vera")
    await age(runtime, firm, 20 * MINUTES)
    async with connect(app, vera) as socket:
        await socket.hello()
        await leave(runtime, vera)
        await note_presence(runtime)
        assert await letters(runtime, vera) == []
    await leave(runtime, vera)
    assert len(await letters(runtime, vera)) == 1


@pytest.mark.parametrize(
    ("pace", "early", "late"),
    [(Pace.HOURLY, 50 * MINUTES, 61 * MINUTES), (Pace.DAILY, 23 * 60 * MINUTES, 25 * 60 * MINUTES)],
)
async def test_pace_is_kept_between_letters(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, pace: Pace, early: timedelta,
    late: timedelta,
) -> None:  # fmt: skip
    vera = await make_person(runtime, firm, name="Vera")
    changed = await client.patch("/api/v1/digest", json={"pace": pace}, headers=vera.headers)
    assert changed.json() == {"pace": pace}
    chat = await make_group(runtime, firm, vera.actor_id)
    await say(runtime, firm.owner, chat.id, "@Vera first")
    await leave(runtime, vera)
    await age(runtime, firm, early)
    assert await letters(runtime, vera) == []
    await age(runtime, firm, late - early)
    assert len(await letters(runtime, vera)) == 1
    await say(runtime, firm.owner, chat.id, "@Vera second")
    await age(runtime, firm, early)
    assert await letters(runtime, vera) == []


async def test_member_is_looked_after_by_one_process_at_a_time(
    runtime: Runtime, firm: MadeWorkspace
) -> None:
    vera = await make_person(runtime, firm, name="Vera")
    chat = await make_group(runtime, firm, vera.actor_id)
    await say(runtime, firm.owner, chat.id, "@Vera")
    await leave(runtime, vera)
    await age(runtime, firm, 20 * MINUTES)
    assert len(await letters(runtime, vera)) == 1
    await say(runtime, firm.owner, chat.id, "@Vera again")
    await age(runtime, firm, 20 * MINUTES)
    async with runtime.db.fast.transaction(firm.id) as conn:
        await conn.execute("SELECT FROM digest_member WHERE workspace_id = $1 FOR UPDATE", firm.id)
        assert await service.tell(runtime, firm.id, vera.actor_id) is False
    assert await service.tell(runtime, firm.id, vera.actor_id) is True


async def test_one_click_stops_the_letters_without_a_log_in(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    vera = await make_person(runtime, firm, name="Vera")
    link = link_of(runtime, firm.id, vera.actor_id)
    asked = await client.get(link, headers={"Accept": "text/html"})
    assert asked.status_code == 200
    assert "Firm &amp; Co" in asked.text
    kept = await client.get("/api/v1/digest", headers=vera.headers)
    assert kept.json() == {"pace": "15m"}
    for _ in range(2):
        posted = await client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert posted.status_code == 200
    stopped = await client.get("/api/v1/digest", headers=vera.headers)
    assert stopped.json() == {"pace": "off"}


async def test_link_of_nobody_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    link = link_of(runtime, firm.id, firm.owner.actor_id)
    token = link.partition("token=")[2]
    other = await make_workspace(runtime)
    strange = link_of(runtime, other.id, firm.owner.actor_id)
    for wrong in (link[:-2] + "xx", link + "A", f"{link.partition('=')[0]}=", strange):
        assert (await client.post(wrong)).status_code == 404, wrong
    assert read_link(runtime.secrets, token) == (firm.id, firm.owner.actor_id)


async def test_choice_is_made_on_the_settings_page(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    headers = {**firm.headers, "Accept": "text/html", "Accept-Language": "ru"}
    shown = await client.get("/dashboard/settings/letters", headers=headers)
    assert "Письма о пропущенном" in shown.text
    await client.post("/dashboard/settings/letters", data={"pace": "1d"}, headers=headers)
    chosen = await client.get("/api/v1/digest", headers=firm.headers)
    assert chosen.json() == {"pace": "1d"}
    exported = await client.get("/api/v1/auth/me/export", headers=firm.headers)
    assert exported.json()["digest"]["letters"][0]["pace"] == "1d"
