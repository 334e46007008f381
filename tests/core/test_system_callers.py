"""The system lane sees every workspace: whoever takes a connection from it stands here with a reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import besedka

ROOT = Path(besedka.__file__).parent
TAKES = {"acquire", "transaction"}

ACCOUNT = "users, sessions and links belong to no workspace"
SWEEP = "clears up after all workspaces, by age alone"
QUEUE = "the queue of jobs is one for all workspaces; a job then runs in its own"
POST_OFFICE = "letters about accounts and the mail server belong to the installation"
STRANGER = "a public key or slug comes from a stranger and is what tells the workspace"
SEARCH = (
    "row security costs the search its plan: the SQL takes the workspace first, and what it finds is read again"
    " behind the wall"
)
INSTALLATION = "the command line and the host look over the whole installation"

CALLERS = {
    "cli.session:find_workspace": INSTALLATION,
    "cli.level:log_level.main": INSTALLATION,
    "cli.system:_jobs": INSTALLATION,
    "core.health:ready": "asks whether the database answers, and no table",
    "kernel.accounts.api.auth:switch_workspace": ACCOUNT,
    "cli.accounts:disable.main": INSTALLATION,
    "cli.accounts:enable.main": INSTALLATION,
    "cli.accounts:forget_authenticator.main": INSTALLATION,
    "kernel.accounts.api.people:disable_user": INSTALLATION,
    "kernel.accounts.api.people:enable_user": INSTALLATION,
    "kernel.accounts.service.erasure:erase_me": "a person is forgotten in all their workspaces at once",
    "kernel.accounts.service.erasure:export_me": "a person's data is in all their workspaces",
    "kernel.accounts.service.address:change_email": ACCOUNT,
    "kernel.accounts.service.address:undo_email": ACCOUNT,
    "kernel.accounts.api.people:list_workspaces": "one's workspaces are several",
    "kernel.accounts.api.people:update_me": "a person has the same name in all their workspaces",
    "kernel.accounts.jobs:clean_up": SWEEP,
    "kernel.accounts.service.identity:_move": "finds where somebody belongs who was taken out of a workspace",
    "kernel.accounts.service.places:first_workspace": ACCOUNT,
    "kernel.accounts.service.recovery:request_reset": ACCOUNT,
    "kernel.accounts.service.recovery:reset_password": ACCOUNT,
    "kernel.accounts.service.recovery:send_reset": ACCOUNT,
    "kernel.accounts.service.unused:disable_account": INSTALLATION,
    "kernel.accounts.service.unused:enable_account": INSTALLATION,
    "kernel.accounts.service.unused:unused_accounts": INSTALLATION,
    "kernel.answers.jobs:purge": SWEEP,
    "kernel.audit.service:audited_workspaces": INSTALLATION,
    "kernel.audit.service:seal_all": "finds the workspaces that have events to seal; each is sealed behind the wall",
    "kernel.conversations.service.feed:sweep": SWEEP,
    "kernel.conversations.service.finding:find_contact_ids": SEARCH,
    "kernel.conversations.service.search:read_old_messages": "reads messages of an older version, of whichever workspace",
    "kernel.conversations.service.search:search_messages": SEARCH,
    "kernel.conversations.service.temporary:purge_temporary": SWEEP,
    "kernel.conversations.service.trash:purge_trash": SWEEP,
    "kernel.files.service.resumable:sweep_uploads": SWEEP,
    "kernel.files.service.stored:erase": "the job that takes bytes away has only their key",
    "kernel.files.service.upkeep:expire": SWEEP,
    "kernel.files.service.upkeep:stray_keys": SWEEP,
    "kernel.files.service.upkeep:unused_files": INSTALLATION,
    "kernel.jobs.context:Context.progress": QUEUE,
    "kernel.jobs.jobs:clean_up": SWEEP,
    "kernel.jobs.worker:Worker._hand_back": QUEUE,
    "kernel.jobs.worker:Worker._turn": QUEUE,
    "kernel.jobs.worker:Worker.plan": QUEUE,
    "kernel.knowledge.jobs.crawling:refresh_due": "finds what is due in all workspaces; each is read in its own",
    "kernel.knowledge.jobs.indexing:give_up_abandoned": SWEEP,
    "kernel.knowledge.jobs.indexing:sweep": SWEEP,
    "kernel.knowledge.jobs.trash:add_up_uses": "adds up what answers of all workspaces noted, each on its own rows",
    "kernel.knowledge.jobs.trash:purge": SWEEP,
    "kernel.knowledge.service.retrieve:_search": SEARCH,
    "kernel.knowledge.service.retrieve:sums_of.read": SEARCH,
    "kernel.ledger.jobs:expire_holds": SWEEP,
    "kernel.ledger.service.keeping:check": "compares the books of all workspaces with their balances",
    "kernel.ledger.service.keeping:take_back_expired": SWEEP,
    "kernel.llm.service.health:read_health": INSTALLATION,
    "kernel.llm.service.servers:_read": INSTALLATION,
    "kernel.mail.jobs:clean_up": SWEEP,
    "kernel.mail.service:_note_failure": POST_OFFICE,
    "kernel.mail.service:deliver": POST_OFFICE,
    "kernel.mail.service:give_up": POST_OFFICE,
    "kernel.mail.service:has_server": POST_OFFICE,
    "kernel.mail.service:send_test": POST_OFFICE,
    "kernel.promises.service.noticing:notice": "finds the workspaces where a due moment has come; each is looked at in its own",
    "kernel.realtime.service.checks:check_sessions": "open sockets are of all workspaces",
    "kernel.realtime.service.checks:note_presence": "open sockets are of all workspaces",
    "products.chat.service.sharing:purge_shares": SWEEP,
    "products.chat.service.sharing:read_shared": "a link's token alone says which workspace it belongs to",
    "products.account.pages.entry:show_reset": ACCOUNT,
    "products.account.pages.entry:show_welcome": ACCOUNT,
    "products.account.pages.installation:_mail": POST_OFFICE,
    "products.account.pages.installation:forget_mail": POST_OFFICE,
    "products.account.pages.installation:save_mail": POST_OFFICE,
    "products.account.pages.installation:send_letter": POST_OFFICE,
    "products.account.pages.installation:show_letter": POST_OFFICE,
    "products.account.pages.installation:show_outbox": POST_OFFICE,
    "products.account.pages.settings:save_me": "a person has the same name in all their workspaces",
    "products.demo.service:_first_company": INSTALLATION,
    "products.demo.service:adopt": "a host goes over into the company that they adopted",
    "products.demo.service:find_unowned": INSTALLATION,
    "products.wallet.service.alerts:watch": "finds limits and balances that run out; each is then looked at behind the wall",
    "products.wallet.service.payments:hear": "a provider's event names a payment, which tells the workspace",
    "products.wallet.service.payments:settle_open": "finds payments to ask after; each is then settled behind the wall",
    "products.wallet.service.paybacks:finish_open": "finds money on its way back; each is then finished behind the wall",
    "products.digest.service.writing:sweep": "finds who is away; each is then written to behind the wall",
    "products.hiring.service.trying:sweep": "finds interviews tried out that nobody ended in all workspaces; each goes in its own",
    "products.hiring.service.keeping:expire": "finds whose time is over in all workspaces; each is forgotten in its own",
    "products.hiring.service.reminding:remind_all": "finds quiet interviews in all workspaces; each goes on in its own",
    "products.hiring.service.responses:find_workspace": STRANGER,
    "products.hiring.service.vacancies:find_company": STRANGER,
    "products.hiring.service.vacancies:find_public": STRANGER,
    "products.hiring.service.vacancies:list_addresses": STRANGER,
    "products.hiring.service.vacancies:list_public": STRANGER,
    "products.inbox.service.assigning:note_here": "open tabs are of all workspaces",
    "products.inbox.service.assigning:sweep": "finds where dialogs were left; each workspace is then looked after in its own",
    "products.models.api.servers:create_server": INSTALLATION,
    "products.models.api.servers:delete_server": INSTALLATION,
    "products.models.api.servers:set_order": INSTALLATION,
    "products.models.api.servers:update_server": INSTALLATION,
    "products.models.pages.servers:forget": INSTALLATION,
    "products.models.pages.servers:move": INSTALLATION,
    "products.models.pages.servers:save": INSTALLATION,
    "products.operations.api:get_level": INSTALLATION,
    "products.operations.api:reset_level": INSTALLATION,
    "products.operations.api:set_level": INSTALLATION,
    "products.operations.pages:drop": INSTALLATION,
    "products.operations.pages:drop_all": INSTALLATION,
    "products.operations.pages:reset_level": INSTALLATION,
    "products.operations.pages:retry": INSTALLATION,
    "products.operations.pages:retry_all": INSTALLATION,
    "products.operations.pages:set_level": INSTALLATION,
    "products.operations.pages:show": INSTALLATION,
    "products.operations.service:Follower.look": INSTALLATION,
    "products.webhooks.jobs:clean_up": SWEEP,
    "products.widget.service.places:find_place.read": STRANGER,
    "products.widget.service.places:first_place": STRANGER,
    "products.widget.service.visits:sweep": SWEEP,
    "products.widget.service.waiting:keep_promises": "finds who was answered; each is then written to behind the wall",
    "web.routes:choose_locale": ACCOUNT,
}  # fmt: skip


def callers(tree: ast.AST, name: str = "") -> Iterator[str]:
    """Yield the functions that take from the system lane."""
    for child in ast.iter_child_nodes(tree):
        inner = name
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{name}.{child.name}" if name else child.name
        if _taken(child) is not None:
            yield name
        yield from callers(child, inner)


def _taken(node: ast.AST) -> ast.expr | None:
    """Return the lane of `….system.acquire` or `….system.transaction`, None for other code."""
    if not isinstance(node, ast.Attribute) or node.attr not in TAKES:
        return None
    lane = node.value
    return lane if isinstance(lane, ast.Attribute) and lane.attr == "system" else None


def test_system_lane_is_taken_by_those_who_have_a_reason_alone() -> None:
    found = set()
    for path in ROOT.rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found |= {f"{module}:{name}" for name in callers(ast.parse(path.read_text()))}
    assert found == set(CALLERS)


def test_lane_is_not_put_aside_under_another_name() -> None:
    """`lane = runtime.db.system` would hide a caller: outside of the database itself nobody names it alone."""
    hidden = []
    for path in ROOT.rglob("*.py"):
        if path.is_relative_to(ROOT / "core" / "db"):
            continue
        tree = ast.parse(path.read_text())
        taken = {id(_taken(node)) for node in ast.walk(tree)}
        hidden += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr == "system"
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "db"
            and id(node) not in taken
        ]
    assert hidden == []
