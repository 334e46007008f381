"""Making the demo company, once per workspace, and letting a host adopt one that was made from the command line."""

from dataclasses import dataclass

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import LOCALES, Locale, system_locale, text
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Identity, WorkspaceKind
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service import Changes
from besedka.kernel.knowledge import service as knowledge
from besedka.products.demo import library, repository
from besedka.products.demo.errors import NothingToAdopt
from besedka.products.demo.repository import DemoRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo company in a workspace; `name` is its assistant's."""

    workspace_id: WorkspaceId
    workspace_slug: str
    assistant_id: ActorId
    name: str


async def make(
    runtime: Runtime, owner: Identity | None = None, *, locale: Locale | None = None
) -> Demo:
    """Make the demo company's assistant with its documents, or return it when it is there; out of the trash too.

    For a person in their workspace; from the command line in the first company, or in a new one without people.
    """
    workspace = await _first_company(runtime) if owner is None else owner.workspace_id
    words = locale or system_locale()
    async with runtime.db.fast.transaction(workspace or accounts.new_workspace_id()) as conn:
        if workspace is None:
            await accounts.found_unowned(conn, name=text(words, "demo.company"))
        demos = DemoRepository(conn)
        is_new = await demos.claim()
        author = owner.actor_id if owner else await accounts.ensure_system_actor(conn)
        if is_new:
            await demos.set_assistant(await _fill(conn, author, words))
        else:
            await _have_back(conn, author)
        return await _describe(conn)


async def _first_company(runtime: Runtime) -> WorkspaceId | None:
    async with runtime.db.system.acquire() as conn:
        known = await accounts.all_workspaces(conn)
    return next((each.id for each in known if each.kind == WorkspaceKind.COMPANY), None)


async def _fill(conn: TenantConn, author: ActorId, locale: Locale) -> ActorId:
    """Make the assistant and give it all documents of both languages."""
    who = await answers.create_assistant(
        conn, name=text(locale, "demo.company"), author=author, locale=locale,
        instructions=text(locale, "demo.instructions"),
    )  # fmt: skip
    greeting: dict[str, str] = {each: text(each, "demo.greeting") for each in LOCALES}
    await answers.update_assistant(conn, who.id, Changes(greeting=greeting), author=author)
    for document in library.documents():
        await knowledge.add_text(conn, who.collection_id, body=document.body, title=document.title)
    for pair in library.pairs():
        await knowledge.add_qa(conn, who.collection_id, question=pair.question, answer=pair.answer)
    return who.id


async def _have_back(conn: TenantConn, author: ActorId) -> None:
    """Take the assistant out of the trash if it lies there."""
    known = await DemoRepository(conn).find()
    if known is not None and await answers.find_assistant(conn, known) is None:
        await answers.restore_assistant(conn, known, author=author)


async def _describe(conn: TenantConn) -> Demo:
    """Return the demo company of the connection's workspace."""
    assistant_id = await DemoRepository(conn).find()
    assert assistant_id is not None  # whoever claimed it made it in the same transaction
    who = await answers.get_assistant(conn, assistant_id)
    place = await accounts.get_workspace(conn)
    return Demo(
        workspace_id=place.id, workspace_slug=place.slug, assistant_id=who.id, name=who.name
    )


async def find(conn: TenantConn) -> ActorId | None:
    """Return the assistant of the workspace's demo company, if it was made."""
    return await DemoRepository(conn).find()


async def find_unowned(runtime: Runtime) -> WorkspaceId | None:
    """Return a demo company that waits for a host to adopt it."""
    async with runtime.db.system.acquire() as conn:
        return await repository.find_unowned(conn)


async def adopt(runtime: Runtime, identity: Identity) -> Demo:
    """Make a host the owner of the demo company that nobody has. Raises HostOnly, NothingToAdopt."""
    workspace = await find_unowned(runtime)
    if workspace is None:
        raise NothingToAdopt
    async with runtime.db.fast.transaction(workspace) as conn:
        await accounts.adopt_company(conn, identity)
        found = await _describe(conn)
    async with runtime.db.system.transaction() as conn:
        await accounts.switch_workspace(conn, identity, found.workspace_slug)
    return found
