"""The manifest of the ledger."""

from besedka.core.module import Manifest, PeriodicSpec
from besedka.kernel.accounts.types import ADMINISTRATORS
from besedka.kernel.ledger import api, jobs
from besedka.kernel.ledger.types import BALANCE_MANAGE, BALANCE_READ

MINUTE, DAY = 60.0, 86_400.0

MANIFEST = Manifest(
    name="ledger",
    package="besedka.kernel.ledger",
    routers=(api.router,),
    periodic=(
        PeriodicSpec("ledger.expire_holds", jobs.expire_holds, every=MINUTE),
        PeriodicSpec("ledger.take_back_expired", jobs.take_back_expired, every=10 * MINUTE),
        PeriodicSpec("ledger.check", jobs.check, every=DAY),
    ),
    permissions={BALANCE_READ: ADMINISTRATORS, BALANCE_MANAGE: ADMINISTRATORS},
)
