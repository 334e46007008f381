"""From a request's identity to a socket's principal."""

from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import check_second_factor
from besedka.kernel.accounts.types import Identity
from besedka.kernel.realtime.types import Principal, PrincipalKind


def principal_of(identity: Identity) -> Principal:
    """Return whose socket a logged-in person opens. Raises NotByKey: sockets live and end with a session.

    Raises SecondFactorNeeded as requests do.
    """
    check_second_factor(identity)
    return Principal(
        workspace_id=identity.workspace_id,
        actor_id=identity.actor_id,
        kind=PrincipalKind.USER,
        name=identity.name,
        session_id=accounts.session_of(identity),
        role=identity.role,
        permissions=identity.permissions,
    )
