"""Guessing is limited, and the owner is not locked out by those who guess."""

import httpx
import pytest

from besedka.core.errors import RateLimited
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import RateLimiter
from besedka.kernel.accounts import service
from besedka.kernel.accounts.errors import WrongCredentials
from besedka.kernel.accounts.service.limits import device_cookie, network
from besedka.kernel.accounts.service.pace import Pace
from besedka.kernel.accounts.types import Caller
from tests.factories import PASSWORD, Made, make_workspace
from tests.kernel.accounts.helpers import AUTH, fresh_email

ATTACKER = Caller(address="203.0.113.7")


@pytest.fixture
def limited(runtime: Runtime, still_limits: None) -> Runtime:
    """The process with its limits on, in a moment that does not end."""
    runtime.limiter = RateLimiter(enabled=True)
    return runtime


async def _guess(runtime: Runtime, caller: Caller, email: str, password: str = "wrong") -> str:
    try:
        await service.log_in(runtime, caller, email=email, password=password)
    except (WrongCredentials, RateLimited) as error:
        return error.code
    return "in"


async def _guesses(runtime: Runtime, caller: Caller, email: str, times: int) -> list[str]:
    return [await _guess(runtime, caller, email) for _ in range(times)]


async def _owner(runtime: Runtime) -> Made:
    return (await make_workspace(runtime)).owner


async def test_eleventh_guess_has_to_wait_whoever_the_account_is(limited: Runtime) -> None:
    owner = await _owner(limited)
    for email in (owner.email, fresh_email(), "no address"):
        assert (await _guesses(limited, ATTACKER, email, 11))[9:] == [
            "wrong_credentials",
            "rate_limited",
        ]


async def test_limited_guesser_does_not_get_in_with_the_right_password(limited: Runtime) -> None:
    owner = await _owner(limited)
    await _guesses(limited, ATTACKER, owner.email, 10)
    assert await _guess(limited, ATTACKER, owner.email, PASSWORD) == "rate_limited"


async def test_owner_elsewhere_gets_in_while_one_address_guesses(limited: Runtime) -> None:
    owner = await _owner(limited)
    await _guesses(limited, ATTACKER, owner.email, 12)
    assert await _guess(limited, Caller(address="198.51.100.4"), owner.email, PASSWORD) == "in"


async def test_success_forgets_the_tries_of_that_place(limited: Runtime) -> None:
    owner, home = await _owner(limited), Caller(address="198.51.100.4")
    for _ in range(3):
        await _guesses(limited, home, owner.email, 6)
        assert await _guess(limited, home, owner.email, PASSWORD) == "in"


async def test_guesses_from_many_addresses_are_limited_together(limited: Runtime) -> None:
    owner = await _owner(limited)
    answers = [
        answer
        for number in range(7)
        for answer in await _guesses(limited, Caller(address=f"203.0.113.{number}"), owner.email, 9)
    ]
    assert answers.count("wrong_credentials") == 50
    stranger = Caller(address="198.51.100.99")
    assert await _guess(limited, stranger, owner.email, PASSWORD) == "rate_limited"


async def test_owner_passes_a_distributed_attack_from_a_known_device_or_network(
    limited: Runtime,
) -> None:
    owner, home = await _owner(limited), Caller(address="198.51.100.4")
    assert await _guess(limited, home, owner.email, PASSWORD) == "in"
    for number in range(7):
        await _guesses(limited, Caller(address=f"203.0.113.{number}"), owner.email, 9)
    assert await _guess(limited, home, owner.email, PASSWORD) == "in"
    mark = device_cookie(limited.get(service.Accounts), owner.user_id)
    travelling = Caller(address="192.0.2.55", device=mark)
    assert await _guess(limited, travelling, owner.email, PASSWORD) == "in"


@pytest.mark.parametrize("mark", ["", "x", "00" * 16 + "." + "00" * 32])
async def test_forged_device_mark_opens_nothing(limited: Runtime, mark: str) -> None:
    owner = await _owner(limited)
    for number in range(7):
        await _guesses(limited, Caller(address=f"203.0.113.{number}"), owner.email, 9)
    caller = Caller(address="192.0.2.55", device=mark)
    assert await _guess(limited, caller, owner.email, PASSWORD) == "rate_limited"


async def test_stolen_device_mark_gives_ten_guesses_not_more(limited: Runtime) -> None:
    owner = await _owner(limited)
    mark = device_cookie(limited.get(service.Accounts), owner.user_id)
    answers = [
        await _guess(limited, Caller(address=f"203.0.113.{n}", device=mark), owner.email)
        for n in range(15)
    ]
    assert answers.count("wrong_credentials") == 10


async def test_one_password_at_many_accounts_is_limited_by_place(limited: Runtime) -> None:
    answers = [await _guess(limited, ATTACKER, f"user{n}@example.com") for n in range(101)]
    assert answers.count("rate_limited") == 1


async def test_limit_tells_when_to_come_again_in_both_languages(
    client: httpx.AsyncClient, limited: Runtime
) -> None:
    body = {"email": fresh_email(), "password": "wrong"}
    for _ in range(10):
        await client.post(f"{AUTH}/login", json=body)
    for language, word in (("ru", "Слишком"), ("en", "Too many")):
        response = await client.post(
            f"{AUTH}/login", json=body, headers={"Accept-Language": language}
        )
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) >= 1
        assert response.json()["detail"].startswith(word)


async def test_sign_ups_from_one_address_are_limited(
    client: httpx.AsyncClient, limited: Runtime
) -> None:
    codes = [
        (
            await client.post(
                f"{AUTH}/register", json={"email": fresh_email(), "password": "short"}
            )
        ).status_code
        for _ in range(21)
    ]
    assert codes == [422] * 20 + [429]


async def test_letters_to_one_address_are_limited(
    client: httpx.AsyncClient, limited: Runtime
) -> None:
    body = {"email": fresh_email()}
    codes = [
        (await client.post(f"{AUTH}/password/forgot", json=body)).status_code for _ in range(6)
    ]
    assert codes == [202] * 5 + [429]


async def test_current_password_cannot_be_guessed_through_the_change(
    client: httpx.AsyncClient, limited: Runtime
) -> None:
    owner = await _owner(limited)
    body = {"current": "wrong", "new": "whatever it is"}
    codes = [
        (await client.post(f"{AUTH}/password", json=body, headers=owner.headers)).status_code
        for _ in range(11)
    ]
    assert codes == [422] * 10 + [429]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_site_counts_as_one_address(address: str, counted: str) -> None:
    assert network(address) == counted


async def test_person_who_asks_too_often_waits_and_others_do_not(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    one, other = await _owner(runtime), await _owner(runtime)
    runtime.get(service.Accounts).pace = Pace(5)
    codes = [(await client.get(f"{AUTH}/me", headers=one.headers)).status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    assert (await client.get(f"{AUTH}/me", headers=other.headers)).status_code == 200
