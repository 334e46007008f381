"""The second step of logging in: set up, used, required; and attacked."""

import asyncio
import base64
from typing import Any

import httpx
import pytest

from besedka.core.clock import now
from besedka.core.errors import BesedkaError, RateLimited
from besedka.core.ids import token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service
from besedka.kernel.accounts.service import totp
from besedka.kernel.accounts.service.identity import identify_bearer
from besedka.kernel.accounts.service.limits import device_cookie
from besedka.kernel.accounts.service.second import CODES, MOST_TRIES
from besedka.kernel.accounts.types import Caller, Login, Role, SecondStep
from tests.factories import PASSWORD, Made, MadeWorkspace, make_person, make_workspace
from tests.kernel.accounts.helpers import (
    API,
    AUTH,
    ORIGIN,
    bearer,
    by_cookie,
    letters_to,
    token_in,
)
from tests.kernel.accounts.test_limits import limited

__all__ = ["limited"]

SECOND = f"{AUTH}/second-factor"
USERS = f"{API}/users"
RFC_SECRET = b"12345678901234567890"


class Authenticator:
    """An app with a secret. Each code that it gives is of a half minute that was not used before."""

    def __init__(self, secret: str) -> None:
        self.secret = base64.b32decode(secret + "=" * (-len(secret) % 8))

    def code(self, drift: int = 0) -> str:
        """Return the code of now, or of half minutes before or after."""
        return totp.code_at(self.secret, int(now().timestamp()) // totp.STEP_SECONDS + drift)

    def wrong(self) -> str:
        """Return a code that does not fit."""
        fitting = {self.code(drift) for drift in range(-3, 4)}
        return next(code for n in range(10) if (code := f"00000{n}") not in fitting)


async def enrol(client: httpx.AsyncClient, who: Made) -> tuple[Authenticator, list[str]]:
    """Set the second step up and return the app and the recovery codes; the codes of before now are used up."""
    begun = await client.post(SECOND, json={"password": PASSWORD}, headers=who.headers)
    assert begun.status_code == 201, begun.text
    app = Authenticator(begun.json()["secret"])
    confirmed = await client.post(
        f"{SECOND}/confirm", json={"code": app.code(-1)}, headers=who.headers
    )
    assert confirmed.status_code == 200, confirmed.text
    codes: list[str] = confirmed.json()["recovery_codes"]
    return app, codes


async def challenge(client: httpx.AsyncClient, who: Made) -> str:
    """Log in with the password and return the challenge."""
    asked = await client.post(f"{AUTH}/login", json={"email": who.email, "password": PASSWORD})
    assert asked.status_code == 202, asked.text
    assert "access_token" not in asked.json()
    found: str = asked.json()["second_factor"]
    return found


async def answer(client: httpx.AsyncClient, given: str, code: str) -> httpx.Response:
    """Answer a challenge."""
    body = {"second_factor": given, "code": code}
    return await client.post(f"{AUTH}/login/second-factor", json=body)


def told(response: httpx.Response) -> tuple[int, Any]:
    """Return status and code of an error."""
    return response.status_code, response.json().get("code")


@pytest.fixture
async def owner(runtime: Runtime) -> Made:
    return (await make_workspace(runtime)).owner


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    """RFC 6238, appendix B (SHA-1, the last six digits)."""
    assert totp.code_at(RFC_SECRET, moment // 30) == code
    assert totp.find_step(RFC_SECRET, code, moment=moment) == moment // 30


def test_code_of_a_neighbouring_half_minute_fits_and_no_older_one() -> None:
    for drift, found in ((-2, None), (-1, 99), (0, 100), (1, 101), (2, None)):
        code = totp.code_at(RFC_SECRET, 100 + drift)
        assert totp.find_step(RFC_SECRET, code, moment=100 * 30 + 7.5) == found


async def test_code_opens_a_session_after_the_password(
    client: httpx.AsyncClient, owner: Made
) -> None:
    app, _ = await enrol(client, owner)
    given = await challenge(client, owner)
    assert (await client.get(f"{AUTH}/me", headers=bearer(given))).status_code == 401
    tokens = (await answer(client, given, f"{app.code()[:3]} {app.code()[3:]}")).json()
    me = await client.get(f"{AUTH}/me", headers=bearer(tokens["access_token"]))
    assert me.json()["email"] == owner.email


async def test_nothing_changes_until_a_code_is_confirmed(
    client: httpx.AsyncClient, owner: Made
) -> None:
    body = {"email": owner.email, "password": PASSWORD}
    await client.post(SECOND, json={"password": PASSWORD}, headers=owner.headers)
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 200
    wrong = await client.post(f"{SECOND}/confirm", json={"code": "1"}, headers=owner.headers)
    assert told(wrong) == (401, "wrong_code")
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 200
    state = (await client.get(SECOND, headers=owner.headers)).json()
    assert state == {"since": None, "codes_left": 0}


async def test_setting_up_needs_the_password_and_a_begun_secret(
    client: httpx.AsyncClient, owner: Made
) -> None:
    refused = await client.post(SECOND, json={"password": "wrong"}, headers=owner.headers)
    assert told(refused) == (422, "wrong_password")
    early = await client.post(f"{SECOND}/confirm", json={"code": "123456"}, headers=owner.headers)
    assert told(early) == (409, "second_factor_off")


async def test_secret_in_force_is_not_replaced_by_a_new_beginning(
    client: httpx.AsyncClient, owner: Made
) -> None:
    app, _ = await enrol(client, owner)
    again = await client.post(SECOND, json={"password": PASSWORD}, headers=owner.headers)
    assert told(again) == (409, "second_factor_on")
    assert (await answer(client, await challenge(client, owner), app.code())).status_code == 200


async def test_turning_it_on_ends_the_other_sessions_and_tells_the_owner(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    body = {"email": owner.email, "password": PASSWORD}
    other = (await client.post(f"{AUTH}/login", json=body)).json()["access_token"]
    await enrol(client, owner)
    assert (await client.get(f"{AUTH}/me", headers=bearer(other))).status_code == 401
    assert (await client.get(f"{AUTH}/me", headers=owner.headers)).status_code == 200
    assert [each["name"] for each in await letters_to(runtime, owner.email)] == ["second_factor_on"]


async def test_turning_it_off_needs_password_and_code(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    for password, code, expected in (
        ("wrong", codes[0], (422, "wrong_password")),
        (PASSWORD, app.wrong(), (401, "wrong_code")),
    ):
        body = {"password": password, "code": code}
        assert (
            told(await client.post(f"{SECOND}/disable", json=body, headers=owner.headers))
            == expected
        )
    waiting = await challenge(client, owner)
    body = {"password": PASSWORD, "code": codes[0]}
    off = await client.post(f"{SECOND}/disable", json=body, headers=owner.headers)
    assert off.status_code == 204
    body = {"email": owner.email, "password": PASSWORD}
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 200
    assert told(await answer(client, waiting, app.code())) == (401, "challenge_over")
    async with runtime.db.system.acquire() as conn:
        for table in ("second_factor", "recovery_code", "login_challenge"):
            left = await conn.fetchval(
                f"SELECT count(*) FROM {table} WHERE user_id = $1", owner.user_id
            )
            assert left == 0


async def test_recovery_codes_work_once_each(client: httpx.AsyncClient, owner: Made) -> None:
    _, codes = await enrol(client, owner)
    assert len(set(codes)) == CODES
    assert (await answer(client, await challenge(client, owner), codes[0])).status_code == 200
    shouted = codes[1].upper().replace("-", " ")
    assert (await answer(client, await challenge(client, owner), shouted)).status_code == 200
    again = await answer(client, await challenge(client, owner), codes[0])
    assert told(again) == (401, "wrong_code")
    state = (await client.get(SECOND, headers=owner.headers)).json()
    assert state["codes_left"] == CODES - 2


async def test_new_recovery_codes_replace_the_old_ones(
    client: httpx.AsyncClient, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    body = {"password": PASSWORD, "code": app.code()}
    made = await client.post(f"{SECOND}/recovery-codes", json=body, headers=owner.headers)
    fresh = made.json()["recovery_codes"]
    old = await answer(client, await challenge(client, owner), codes[0])
    assert told(old) == (401, "wrong_code")
    assert (await answer(client, await challenge(client, owner), fresh[0])).status_code == 200


async def test_secret_and_codes_are_not_stored_in_the_clear(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    given = await challenge(client, owner)
    async with runtime.db.system.acquire() as conn:
        secret = await conn.fetchval(
            "SELECT secret FROM second_factor WHERE user_id = $1", owner.user_id
        )
        hashes = await conn.fetch(
            "SELECT hash FROM recovery_code WHERE user_id = $1", owner.user_id
        )
        kept = await conn.fetchval(
            "SELECT hash FROM login_challenge WHERE user_id = $1", owner.user_id
        )
    assert app.secret not in secret
    assert totp.spell(app.secret).encode() not in secret
    assert token_hash(codes[0].replace("-", "")) not in {row["hash"] for row in hashes}
    assert kept == token_hash(given)


async def test_code_of_an_earlier_log_in_is_no_use_again(
    client: httpx.AsyncClient, owner: Made
) -> None:
    app, _ = await enrol(client, owner)
    replayed = app.code()
    assert (await answer(client, await challenge(client, owner), replayed)).status_code == 200
    again = await answer(client, await challenge(client, owner), replayed)
    assert told(again) == (401, "wrong_code")
    older = await answer(client, await challenge(client, owner), app.code(-1))
    assert told(older) == (401, "wrong_code")
    body = {"password": PASSWORD, "code": replayed}
    off = await client.post(f"{SECOND}/disable", json=body, headers=owner.headers)
    assert told(off) == (401, "wrong_code")


async def test_one_code_in_many_log_ins_at_once_opens_one(
    client: httpx.AsyncClient, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    for code in (app.code(), codes[0]):
        given = [await challenge(client, owner) for _ in range(8)]
        answers = await asyncio.gather(*(answer(client, each, code) for each in given))
        assert [each.status_code for each in answers].count(200) == 1


async def test_one_challenge_opens_one_session_whatever_answers_it(
    client: httpx.AsyncClient, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    given = await challenge(client, owner)
    answers = await asyncio.gather(
        *(answer(client, given, code) for code in (app.code(), *codes[:3]))
    )
    assert [each.status_code for each in answers].count(200) == 1
    assert told(await answer(client, given, codes[5])) == (401, "challenge_over")


async def test_challenge_bears_five_tries_even_at_once(
    client: httpx.AsyncClient, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    given = await challenge(client, owner)
    answers = await asyncio.gather(*(answer(client, given, app.wrong()) for _ in range(12)))
    assert [told(each)[1] for each in answers].count("wrong_code") == MOST_TRIES
    assert told(await answer(client, given, codes[0])) == (401, "challenge_over")
    assert (await answer(client, await challenge(client, owner), codes[0])).status_code == 200


async def test_late_made_up_and_foreign_challenges_open_nothing(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    other = (await make_workspace(runtime)).owner
    _, others = await enrol(client, other)
    assert told(await answer(client, await challenge(client, owner), others[0])) == (
        401, "wrong_code",
    )  # fmt: skip
    assert told(await answer(client, "made up", codes[0])) == (401, "challenge_over")
    late = await challenge(client, owner)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE login_challenge SET expires_at = now() WHERE user_id = $1", owner.user_id
        )
    assert told(await answer(client, late, app.code())) == (401, "challenge_over")


async def test_changed_password_and_disabled_account_end_waiting_challenges(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    app, codes = await enrol(client, owner)
    before = await challenge(client, owner)
    body = {"current": PASSWORD, "new": "another long password"}
    await client.post(f"{AUTH}/password", json=body, headers=owner.headers)
    assert told(await answer(client, before, codes[0])) == (401, "challenge_over")
    body = {"email": owner.email, "password": "another long password"}
    waiting = (await client.post(f"{AUTH}/login", json=body)).json()["second_factor"]
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE app_user SET disabled_at = now() WHERE id = $1", owner.user_id)
    assert told(await answer(client, waiting, app.code())) == (401, "challenge_over")


async def test_reset_password_does_not_get_around_the_second_step(
    client: httpx.AsyncClient, runtime: Runtime, owner: Made
) -> None:
    await enrol(client, owner)
    await service.send_reset(runtime, owner.email, "en")
    token = token_in((await letters_to(runtime, owner.email))[-1])
    body = {"token": token, "password": "another long password"}
    assert (await client.post(f"{AUTH}/password/reset", json=body)).status_code == 204
    body = {"email": owner.email, "password": "another long password"}
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 202


async def test_page_asks_for_the_code_and_keeps_no_id_that_came_along(
    client: httpx.AsyncClient, owner: Made
) -> None:
    """Fixation: the cookie that opens the session is new, whatever the browser brought."""
    app, _ = await enrol(client, owner)
    given = {"Origin": ORIGIN, "Cookie": "besedka_session=planted", "Accept-Language": "en"}
    form = {"email": owner.email, "password": PASSWORD, "next": "/dashboard/settings"}
    asked = await client.post("/login", data=form, headers=given)
    assert asked.status_code == 200
    assert "set-cookie" not in asked.headers
    token = asked.text.split('name="challenge" value="')[1].split('"')[0]
    wrong = await client.post(
        "/login/code", data={"challenge": token, "code": app.wrong()}, headers=given
    )
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    assert token in wrong.text
    by_api = await answer(client, token, app.code())
    assert told(by_api) == (401, "challenge_over"), "a page's challenge gives no tokens"
    form = {"challenge": token, "code": app.code(), "next": "/dashboard/settings"}
    foreign = await client.post(
        "/login/code", data=form, headers={**given, "Origin": "https://evil.example"}
    )
    assert told(foreign) == (403, "csrf_refused")
    done = await client.post("/login/code", data=form, headers=given)
    assert (done.status_code, done.headers["location"]) == (303, "/dashboard/settings")
    cookie = done.headers["set-cookie"].split("besedka_session=")[1].split(";")[0]
    assert cookie != "planted"
    assert (await client.get(f"{AUTH}/me", headers=by_cookie(cookie))).status_code == 200


async def _asked(runtime: Runtime, caller: Caller, who: Made) -> str:
    step = await service.log_in(runtime, caller, email=who.email, password=PASSWORD)
    assert isinstance(step, SecondStep)
    return step.challenge


async def _guess(runtime: Runtime, caller: Caller, given: str, code: str) -> str:
    """Answer a challenge and return what became of it."""
    try:
        login = await service.finish_log_in(runtime, caller, challenge=given, code=code)
    except BesedkaError as error:
        return error.code
    assert isinstance(login, Login)
    return "in"


async def test_whoever_knows_the_password_guesses_a_few_codes_and_keeps_out_himself_alone(
    limited: Runtime,
) -> None:
    owner = (await make_workspace(limited)).owner
    app, codes = await _enrol_by_service(limited, owner)
    outcomes = []
    for n in range(40):
        attacker = Caller(address=f"203.0.113.{n}")
        given = await _asked(limited, attacker, owner)
        outcomes.append(await _guess(limited, attacker, given, app.wrong()))
    assert outcomes.count("wrong_code") <= 20
    assert outcomes[-1] == "rate_limited"
    device = device_cookie(limited.get(service.Accounts), owner.user_id)
    home = Caller(address="198.51.100.7", device=device)
    assert await _guess(limited, home, await _asked(limited, home, owner), codes[0]) == "in"
    known = Caller(address="127.0.0.1")
    assert await _guess(limited, known, await _asked(limited, known, owner), codes[1]) == "in"


async def test_one_place_guesses_ten_codes(limited: Runtime) -> None:
    owner = (await make_workspace(limited)).owner
    app, codes = await _enrol_by_service(limited, owner)
    attacker = Caller(address="203.0.113.9")
    outcomes = [
        await _guess(limited, attacker, await _asked(limited, attacker, owner), app.wrong())
        for _ in range(12)
    ]
    assert outcomes == ["wrong_code"] * 10 + ["rate_limited"] * 2
    given = await _asked(limited, attacker, owner)
    with pytest.raises(RateLimited):
        await service.finish_log_in(limited, attacker, challenge=given, code=codes[0])


async def _enrol_by_service(runtime: Runtime, who: Made) -> tuple[Authenticator, list[str]]:
    identity = await identify_bearer(runtime, who.token, None)
    begun = await service.begin_second(runtime, identity, PASSWORD)
    app = Authenticator(begun.secret)
    return app, await service.confirm_second(runtime, identity, app.code(-1))


async def test_workspace_that_requires_it_is_closed_to_members_without(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    member = await make_person(runtime, workspace, role=Role.ADMIN)
    key = await client.post(
        f"{API}/api-keys", json={"name": "x", "scopes": ["people.read"]}, headers=member.headers
    )
    await _require(client, workspace)
    for method, path in (
        ("GET", USERS), ("GET", f"{API}/chats"), ("GET", f"{API}/dialogs"),
        ("POST", f"{AUTH}/ws-ticket"), ("GET", f"{API}/api-keys"), ("PATCH", f"{API}/workspaces/current"),
    ):  # fmt: skip
        refused = await client.request(method, path, json={}, headers=member.headers)
        assert told(refused) == (403, "second_factor_needed"), path
    by_key = await client.get(USERS, headers=bearer(key.json()["token"]))
    assert told(by_key) == (403, "second_factor_needed")
    page = {**member.headers, "Accept": "text/html"}
    sent = await client.get("/dashboard/settings/people", headers=page)
    security = f"/w/{workspace.slug}/dashboard/settings/security"
    assert (sent.status_code, sent.headers["location"]) == (303, security)
    for path in (security, "/dashboard/settings", "/dashboard/settings/sessions"):
        assert (await client.get(path, headers=page)).status_code == 200
    await enrol(client, member)
    assert (await client.get(USERS, headers=member.headers)).status_code == 200
    assert (await client.get(USERS, headers=bearer(key.json()["token"]))).status_code == 200


async def test_other_workspaces_of_the_person_stay_open(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, other = await make_workspace(runtime), await make_workspace(runtime)
    body = {"email": other.owner.email, "role": "operator"}
    await client.post(USERS, json=body, headers=workspace.headers)
    await _require(client, workspace)
    here = {**other.headers, "Besedka-Workspace": workspace.slug}
    assert told(await client.get(USERS, headers=here)) == (403, "second_factor_needed")
    assert (await client.get(USERS, headers=other.headers)).status_code == 200


async def test_only_an_owner_with_a_second_step_may_require_it(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    admin = await make_person(runtime, workspace, role=Role.ADMIN)
    body = {"second_factor_required": True}
    path = f"{API}/workspaces/current"
    by_admin = await client.patch(path, json=body, headers=admin.headers)
    assert told(by_admin) == (403, "owner_only")
    without = await client.patch(path, json=body, headers=workspace.headers)
    assert told(without) == (409, "second_factor_off")
    await _require(client, workspace)
    people = (await client.get(USERS, headers=workspace.headers)).json()
    assert {each["id"]: each["second_factor"] for each in people} == {
        str(workspace.owner.user_id): True, str(admin.user_id): False,
    }  # fmt: skip


async def _require(client: httpx.AsyncClient, workspace: MadeWorkspace) -> None:
    await enrol(client, workspace.owner)
    changed = await client.patch(
        f"{API}/workspaces/current",
        json={"second_factor_required": True},
        headers=workspace.headers,
    )
    assert changed.status_code == 204, changed.text
