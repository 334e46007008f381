"""Letters on their way to a real SMTP server, and what happens when it is away or refuses."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import alarm
from besedka.kernel.mail import service
from besedka.kernel.mail.errors import (
    BadAddress,
    BadMailServer,
    LetterNotFound,
    LetterRefused,
    MailUnavailable,
    NoMailServer,
)
from besedka.kernel.mail.types import Letter, LetterId, LetterState, MailServer, Security
from tests.fakes.jobs import eventually
from tests.fakes.smtp import FakeSmtp, smtp_server

PLAIN = Security.PLAIN


@pytest.fixture
async def smtp() -> AsyncIterator[FakeSmtp]:
    async with smtp_server() as fake:
        yield fake


@pytest.fixture(autouse=True)
async def nothing_set(runtime: Runtime) -> AsyncIterator[None]:
    # Letters belong to the installation: one that an earlier test left queued would go to this test's server.
    async with runtime.db.system.acquire() as conn:
        await conn.execute("DELETE FROM letter WHERE state = 'queued'")
    yield
    async with runtime.db.system.acquire() as conn:
        await service.forget_server(conn)


def server(fake: FakeSmtp, **changes: str) -> MailServer:
    return MailServer("127.0.0.1", fake.port, PLAIN, sender="Besedka@example.com", **changes)


async def use(runtime: Runtime, wanted: MailServer) -> None:
    async with runtime.db.system.transaction() as conn:
        await service.save_server(conn, runtime.secrets, wanted)


EVENT = "BEGIN:VCALENDAR\r\nSUMMARY:Встреча\r\nEND:VCALENDAR\r\n"


async def write(
    runtime: Runtime, to: str = "anna@example.com", calendar: str | None = None
) -> LetterId:
    async with runtime.db.system.transaction() as conn:
        return await service.send(
            conn,
            to=to,
            letter="mail_test",
            locale="ru",
            params={"address": "http://besedka.example"},
            calendar=calendar,
        )


async def until(runtime: Runtime, letter_id: LetterId, state: LetterState) -> Letter:
    async def look() -> Letter | None:
        async with runtime.db.system.acquire() as conn:
            letter = await service.get_letter(conn, letter_id)
        return letter if letter.state is state else None

    return await eventually(look)


async def test_letter_leaves_after_the_commit_with_text_html_and_appointment(
    runtime: Runtime, smtp: FakeSmtp
) -> None:
    await use(runtime, server(smtp))
    letter_id = await write(runtime, calendar=EVENT)
    sent = await until(runtime, letter_id, LetterState.SENT)
    [message] = smtp.messages
    assert smtp.recipients == ["anna@example.com"]
    assert message["Subject"] == "Пробное письмо из Беседки"
    assert message["From"] == "Besedka@example.com"
    assert message["Message-ID"] == f"<{letter_id}@example.com>"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "это письмо дошло" in text.get_content()
    assert '<a href="http://besedka.example"' in html.get_content()
    (event,) = message.iter_attachments()
    assert (event.get_content_type(), event.get_filename()) == ("text/calendar", "invite.ics")
    assert event.get_content().splitlines() == EVENT.splitlines()
    assert (sent.written.text, sent.written.html, sent.calendar) == ("", "", None)


async def test_letter_without_mail_server_waits_in_the_outbox_until_one_is_set(
    runtime: Runtime, smtp: FakeSmtp
) -> None:
    letter_id = await write(runtime)
    waiting = await until(runtime, letter_id, LetterState.OUTBOX)
    assert "дошло" in waiting.written.text
    async with runtime.db.system.acquire() as conn:
        listed = await service.list_letters(conn, state=LetterState.OUTBOX)
    assert letter_id in {letter.id for letter in listed}
    await use(runtime, server(smtp))
    async with runtime.db.system.transaction() as conn:
        assert await service.send_outbox(conn) >= 1
    await until(runtime, letter_id, LetterState.SENT)


async def test_permanent_refusal_fails_the_letter_and_it_can_be_sent_again(
    runtime: Runtime, smtp: FakeSmtp
) -> None:
    await use(runtime, server(smtp))
    smtp.rcpt_answer = "550 no such person"
    letter_id = await write(runtime)
    failed = await until(runtime, letter_id, LetterState.FAILED)
    assert failed.error == "550 no such person"
    smtp.rcpt_answer = "250 OK"
    async with runtime.db.system.transaction() as conn:
        await service.send_again(conn, letter_id)
    await until(runtime, letter_id, LetterState.SENT)
    assert len(smtp.messages) == 1


async def test_temporary_refusal_is_tried_again(runtime: Runtime, smtp: FakeSmtp) -> None:
    await use(runtime, server(smtp))
    smtp.data_answers = ["451 later, please"]
    letter_id = await write(runtime)

    async def refused() -> Letter | None:
        async with runtime.db.system.acquire() as conn:
            letter = await service.get_letter(conn, letter_id)
        return letter if letter.error else None

    assert (await eventually(refused)).error == "451 later, please"
    await _hurry(runtime, letter_id)
    await until(runtime, letter_id, LetterState.SENT)
    assert len(smtp.messages) == 1


async def _hurry(runtime: Runtime, letter_id: LetterId) -> None:
    """Let the next attempt at this letter begin; the letters of other tests stay where they are."""

    async def moved() -> bool | None:
        async with runtime.db.system.acquire() as conn:
            status = await conn.execute(
                "UPDATE job SET run_at = now() WHERE name = 'mail.deliver' AND state = 'queued'"
                " AND run_at > now() AND args ->> 'letter_id' = $1",
                str(letter_id),
            )
        return status == "UPDATE 1" or None

    await eventually(moved)
    alarm.ring()


async def test_letter_fails_when_the_server_stays_away_through_every_attempt(
    runtime: Runtime, smtp: FakeSmtp
) -> None:
    await use(runtime, server(smtp))
    smtp.data_answers = ["451 no"] * 20
    letter_id = await write(runtime)
    for _ in range(8):
        await _hurry(runtime, letter_id)
    failed = await until(runtime, letter_id, LetterState.FAILED)
    assert failed.error == "451 no"


async def test_letter_of_a_rolled_back_transaction_does_not_exist(runtime: Runtime) -> None:
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(runtime)
    async with runtime.db.system.acquire() as conn:
        letters = await service.list_letters(conn, limit=200)
    assert "rolled@example.com" not in {letter.to for letter in letters}


async def _write_and_fail(runtime: Runtime) -> None:
    async with runtime.db.system.transaction() as conn:
        await service.send(
            conn, to="rolled@example.com", letter="mail_test", locale="en", params={"address": "x"}
        )
        raise ZeroDivisionError


async def test_letter_of_a_workspace_is_hidden_from_another(runtime: Runtime) -> None:
    mine, theirs = WorkspaceId(new_id()), WorkspaceId(new_id())
    async with runtime.db.fast.transaction(mine) as conn:
        await service.send(
            conn, to="a@example.com", letter="mail_test", locale="en", params={"address": "x"}
        )
    async with runtime.db.fast.acquire(theirs) as conn:
        assert await conn.fetchval("SELECT count(*) FROM letter") == 0
    async with runtime.db.fast.acquire(mine) as conn:
        assert await conn.fetchval("SELECT count(*) FROM letter") == 1


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nBcc: b@example.com", "a@example.com\nX: y", "a b@example.com", "a@b@c.com",
        "a,b@example.com", "<a@example.com>", '"a"@example.com', "nobody", "@example.com", "a@",
        "a\x00@example.com", "a@example.com\u2028", "a@exa\x85mple.com", "x" * 65 + "@example.com",
        "a@" + "x" * 300,
    ],
)  # fmt: skip
async def test_dangerous_address_is_refused_before_anything_is_written(
    runtime: Runtime, address: str
) -> None:
    with pytest.raises(BadAddress):
        await write(runtime, address)


async def test_address_with_a_cyrillic_domain_goes_out_in_ascii(
    runtime: Runtime, smtp: FakeSmtp
) -> None:
    await use(runtime, server(smtp))
    await until(runtime, await write(runtime, "anna@беседка.рф"), LetterState.SENT)
    assert smtp.recipients == ["anna@xn--80abjda5a9b.xn--p1ai"]


async def test_test_letter_reaches_the_server_at_once(runtime: Runtime) -> None:
    async with smtp_server(password="s3cret") as fake:
        wanted = server(fake, username="post", password="s3cret")
        await service.send_test(runtime, to="me@example.com", locale="en", server=wanted)
    assert fake.messages[0]["Subject"] == "A test letter from Besedka"
    assert fake.logins == [("post", "s3cret")]


async def test_test_letter_tells_what_is_wrong(runtime: Runtime) -> None:
    with pytest.raises(NoMailServer):
        await service.send_test(runtime, to="me@example.com", locale="en")
    async with smtp_server(password="s3cret") as fake:
        wrong = server(fake, username="post", password="guess")
        with pytest.raises(MailUnavailable, match="535"):
            await service.send_test(runtime, to="me@example.com", locale="en", server=wrong)
        fake.rcpt_answer = "550 unknown"
        right = server(fake, username="post", password="s3cret")
        with pytest.raises(LetterRefused, match="550 unknown"):
            await service.send_test(runtime, to="me@example.com", locale="en", server=right)
        needs_tls = MailServer("127.0.0.1", fake.port, Security.STARTTLS, sender="a@example.com")
        with pytest.raises(MailUnavailable, match="STARTTLS"):
            await service.send_test(runtime, to="me@example.com", locale="en", server=needs_tls)
    with pytest.raises(MailUnavailable):
        await service.send_test(runtime, to="me@example.com", locale="en", server=right)


async def test_stored_password_is_sealed_and_bound_to_its_server(
    runtime: Runtime, smtp: FakeSmtp
) -> None:
    await use(runtime, server(smtp, username="post", password="s3cret"))
    async with runtime.db.system.acquire() as conn:
        sealed = await conn.fetchval("SELECT password FROM mail_server")
        assert b"s3cret" not in sealed
        await service.save_server(conn, runtime.secrets, server(smtp, username="post"))
        kept = await service.find_server(conn, runtime.settings, runtime.secrets)
        assert kept is not None
        assert kept.password == "s3cret"
        elsewhere = MailServer("evil.example", 25, PLAIN, username="post")
        await service.save_server(conn, runtime.secrets, elsewhere)
        moved = await service.find_server(conn, runtime.settings, runtime.secrets)
    assert moved is not None
    assert moved.password == ""


async def test_address_in_the_settings_goes_before_the_stored_server(runtime: Runtime) -> None:
    settings = runtime.settings.model_copy(
        update={
            "smtp_url": SecretStr("smtp://us%40er:p%3Aw@mail.example:2525"),
            "mail_from": "a@b.c",
        }
    )
    async with runtime.db.system.acquire() as conn:
        found = await service.find_server(conn, settings, runtime.secrets)
    assert found == MailServer("mail.example", 2525, Security.STARTTLS, "us@er", "p:w", "a@b.c")


@pytest.mark.parametrize(
    "wrong",
    [
        MailServer("", 25, PLAIN), MailServer("a b", 25, PLAIN), MailServer("a\n", 25, PLAIN),
        MailServer("a", 0, PLAIN), MailServer("a", 70000, PLAIN),
    ],
)  # fmt: skip
async def test_server_that_cannot_be_one_is_refused(runtime: Runtime, wrong: MailServer) -> None:
    with pytest.raises(BadMailServer):
        await use(runtime, wrong)


async def test_unknown_letter_is_not_found(runtime: Runtime) -> None:
    async with runtime.db.system.acquire() as conn:
        with pytest.raises(LetterNotFound):
            await service.get_letter(conn, LetterId(new_id()))


async def test_clean_up_deletes_old_letters_only(runtime: Runtime) -> None:
    old, fresh = await write(runtime), await write(runtime)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE letter SET created_at = now() - interval '100 days' WHERE id = $1", old
        )
        assert await service.purge(conn) >= 1
        assert (await service.get_letter(conn, fresh)).id == fresh
