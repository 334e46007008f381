"""The manifest of accounts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from besedka.core.module import JobSpec, Manifest, PeriodicSpec, SealedColumn
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import jobs, service
from besedka.kernel.accounts.api import auth, keys, people, second
from besedka.kernel.accounts.service.pace import PER_MINUTE, Pace
from besedka.kernel.accounts.service.state import make_accounts
from besedka.kernel.accounts.types import ACT, ADMINISTRATORS, EVERYBODY

DAY = 24 * 3600.0


async def _start(runtime: Runtime) -> None:
    settings = runtime.settings
    runtime.put(
        make_accounts(
            runtime.secrets,
            jwt_key=settings.jwt_secret_key.get_secret_value().encode(),
            permissions=gather_permissions(runtime.manifests),
            origin=settings.base_url,
            pace=Pace(PER_MINUTE) if settings.rate_limits else None,
        )
    )


def gather_permissions(manifests: Iterable[Manifest]) -> Mapping[str, frozenset[str]]:
    """Turn the manifests' "permission → roles" into "role → permissions"."""
    gathered: dict[str, set[str]] = defaultdict(set)
    for manifest in manifests:
        for permission, roles in manifest.permissions.items():
            for role in roles:
                gathered[role].add(permission)
    return {role: frozenset(permissions) for role, permissions in gathered.items()}


MANIFEST = Manifest(
    name="accounts",
    package="besedka.kernel.accounts",
    routers=(
        auth.router,
        second.router,
        auth.employers,
        people.users,
        people.workspaces,
        keys.router,
    ),
    root_routers=(auth.router, second.router, auth.employers),
    jobs=(JobSpec(service.RESET_JOB, jobs.send_reset),),
    periodic=(PeriodicSpec("accounts.clean_up", jobs.clean_up, every=DAY),),
    permissions={
        ACT: EVERYBODY,
        "people.read": EVERYBODY,
        "people.manage": ADMINISTRATORS,
        "workspace.manage": ADMINISTRATORS,
    },
    sealed=(
        SealedColumn("second_factor", "secret", "-/second_factor/{user_id}/secret"),
        SealedColumn(
            "idempotency_key", "body", "{workspace_id}/idempotency_key/{actor_id}/{route}/{key}"
        ),
    ),
    letters=Path(__file__).parent / "letters",
    start=_start,
    export_person=service.export_person,
    erase_person=service.erase_person,
)
