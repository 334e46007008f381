"""Use cases of accounts."""

from besedka.kernel.accounts.service.sessions import (
    find_open,
    log_out,
    open_session,
    refresh,
    revoke,
    revoke_others,
    sessions,
)
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.service.workspaces import (
    Founded,
    create_actor,
    create_workspace,
    ensure_system_actor,
    find_workspace,
    list_workspaces,
    new_workspace_id,
    rename_actor,
)

__all__ = [
    "Accounts",
    "Founded",
    "create_actor",
    "create_workspace",
    "ensure_system_actor",
    "find_open",
    "find_workspace",
    "list_workspaces",
    "log_out",
    "new_workspace_id",
    "open_session",
    "refresh",
    "rename_actor",
    "revoke",
    "revoke_others",
    "sessions",
]
