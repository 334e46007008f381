"""Use cases of accounts.

Functions that hash a password or cross workspaces take the runtime and hold no connection meanwhile; the others work
in the caller's transaction.
"""

from besedka.kernel.accounts.service.keys import (
    MOST_PER_MINUTE,
    MadeKey,
    list_keys,
    make_key,
    revoke_key,
)
from besedka.kernel.accounts.service.links import find_link, one_time_link
from besedka.kernel.accounts.service.login import log_in
from besedka.kernel.accounts.service.me import me, update_me
from besedka.kernel.accounts.service.names import normalise_email
from besedka.kernel.accounts.service.people import (
    Joined,
    Joining,
    add_member,
    get_person,
    people,
    remove_member,
    set_role,
)
from besedka.kernel.accounts.service.recovery import (
    RESET_JOB,
    change_password,
    confirm_email,
    request_reset,
    resend_confirmation,
    reset_password,
    send_reset,
)
from besedka.kernel.accounts.service.sessions import (
    find_open,
    log_out,
    open_session,
    refresh,
    revoke,
    revoke_others,
    sessions,
    sweep,
)
from besedka.kernel.accounts.service.signup import (
    NewPerson,
    create_host,
    first_link,
    register,
    welcome,
)
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.service.workspaces import (
    Founded,
    WorkspaceCard,
    adopt_company,
    all_workspaces,
    create_actor,
    create_workspace,
    delete_actor,
    ensure_system_actor,
    find_workspace,
    found_company,
    found_unowned,
    get_workspace,
    list_workspaces,
    new_workspace_id,
    rename_actor,
    switch_workspace,
    update_workspace,
)

__all__ = [
    "MOST_PER_MINUTE",
    "RESET_JOB",
    "Accounts",
    "Founded",
    "Joined",
    "Joining",
    "MadeKey",
    "NewPerson",
    "WorkspaceCard",
    "add_member",
    "adopt_company",
    "all_workspaces",
    "change_password",
    "confirm_email",
    "create_actor",
    "create_host",
    "create_workspace",
    "delete_actor",
    "ensure_system_actor",
    "find_link",
    "find_open",
    "find_workspace",
    "first_link",
    "found_company",
    "found_unowned",
    "get_person",
    "get_workspace",
    "list_keys",
    "list_workspaces",
    "log_in",
    "log_out",
    "make_key",
    "me",
    "new_workspace_id",
    "normalise_email",
    "one_time_link",
    "open_session",
    "people",
    "refresh",
    "register",
    "remove_member",
    "rename_actor",
    "request_reset",
    "resend_confirmation",
    "reset_password",
    "revoke",
    "revoke_key",
    "revoke_others",
    "send_reset",
    "sessions",
    "set_role",
    "sweep",
    "switch_workspace",
    "update_me",
    "update_workspace",
    "welcome",
]
