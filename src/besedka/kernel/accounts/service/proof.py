"""What a person shows again before something grave: their password."""

from besedka.core.ids import UserId
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import LOGIN
from besedka.kernel.accounts.errors import WrongPassword
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.people import UserRepository
from besedka.kernel.accounts.service.state import Accounts


async def prove_password(
    runtime: Runtime, user_id: UserId, password: str, *, field: str = "password"
) -> None:
    """Check the password of somebody who is logged in. Raises WrongPassword, RateLimited."""
    await runtime.limiter.hit(LOGIN, "password", str(user_id))
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        user = await UserRepository(conn).find(user_id)
    passwords = runtime.get(Accounts).passwords
    if user is None or not await passwords.matches(user["password_hash"], password):
        raise WrongPassword(field=field)
    await runtime.limiter.clear(LOGIN, "password", str(user_id))
