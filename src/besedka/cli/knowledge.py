"""`ingest` and `ask`: documents in, answers out, without a browser."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from besedka.boot import Boot
from besedka.cli.session import NotThere, find_assistant, find_workspace, run
from besedka.core.config import load_settings
from besedka.core.errors import BesedkaError
from besedka.core.i18n import system_locale
from besedka.core.problems import words_of
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import WorkspaceCard
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, Draft
from besedka.kernel.files import service as files
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Source, SourceState

POLL_SECONDS = 0.2
ENDED = {SourceState.READY, SourceState.FAILED}

out = Console(highlight=False)
WorkspaceOption = Annotated[
    str, typer.Option("--workspace", help="Slug of the company; default: the first one.")
]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(ingest)
    app.command()(ask)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders to read.", exists=True)],
    assistant: Annotated[
        str, typer.Option(help="Name or id of the assistant; default: the first one.")
    ] = "",
    workspace: WorkspaceOption = "",
) -> None:
    """Give documents to an assistant; shows how far each is and why one was refused."""
    found = [file for path in paths for file in _files(path)]
    if not found:
        raise NotThere(f"There is no file in {', '.join(map(str, paths))}.")
    failed = run(_ingest(found, assistant, workspace))
    out.print(f"{len(found) - failed} of {len(found)} documents can be searched.")
    raise typer.Exit(1 if failed else 0)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))


async def _ingest(paths: list[Path], assistant: str, workspace: str) -> int:
    async with Boot(load_settings()).running() as runtime:
        where = await find_workspace(runtime, workspace)
        who = await find_assistant(runtime, where, assistant)
        _tell(f"For the assistant «{who.name}» of the company «{where.name}» ({where.slug}).")
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=out,
            transient=False,
        ) as bar:
            task = bar.add_task("Reading", total=len(paths))
            refused = [await _add(runtime, where, who, path) for path in paths]
            return sum(refused_one is None for refused_one in refused) + await _watch(
                runtime, where, {source for source in refused if source is not None}, bar, task
            )


async def _add(runtime: Runtime, where: WorkspaceCard, who: Assistant, path: Path) -> UUID | None:
    """Store one file as a source; None when it was refused at once."""
    try:
        stored = await files.store_path(runtime, path, workspace_id=where.id, actor_id=who.id)
        async with runtime.db.fast.transaction(where.id) as conn:
            source = await knowledge.add_file(
                conn, who.collection_id, file_id=stored.id, name=path.name
            )
    except BesedkaError as error:
        _refuse(f"{path.name}: {words_of(system_locale(), error)}")
        return None
    return source.id


async def _watch(
    runtime: Runtime, where: WorkspaceCard, waiting: set[UUID], bar: Progress, task: TaskID
) -> int:
    """Show progress until every source ended; returns how many failed."""
    failed = 0
    bar.advance(task, bar.tasks[0].total - len(waiting) if bar.tasks[0].total else 0)
    while waiting:
        await asyncio.sleep(POLL_SECONDS)
        async with runtime.db.fast.acquire(where.id) as conn:
            sources = await knowledge.sources_by_id(conn, list(waiting))
        for source in sources:
            if source.state in ENDED:
                waiting.discard(source.id)
                bar.advance(task)
                failed += _report(source)
    return failed


def _report(source: Source) -> bool:
    if source.state is SourceState.READY:
        out.print(
            f"[green]✓[/green] {escape(source.title)}: {source.chunks} passages", soft_wrap=True
        )
        return False
    _refuse(f"{source.title}: {knowledge.failure_words(system_locale(), source)}")
    return True


def _refuse(words: str) -> None:
    out.print(f"[red]✗[/red] {escape(words)}", soft_wrap=True)


def ask(
    assistant: Annotated[str, typer.Argument(help="Name or id of the assistant.")],
    question: Annotated[str, typer.Argument(help="What a visitor would ask.")],
    workspace: WorkspaceOption = "",
) -> None:
    """Ask an assistant and show the answer with its sources."""
    if not question.strip():
        raise NotThere("There is no question. Write one in quotation marks.")

    async def main() -> Draft:
        async with Boot(load_settings(), works=False).running() as runtime:
            where = await find_workspace(runtime, workspace)
            who = await find_assistant(runtime, where, assistant)
            return await answers.ask(runtime, where.id, who, question, locale=system_locale())

    draft = run(main())
    _tell(draft.text)
    for citation in draft.citations:
        place = " › ".join((citation.title, *citation.heading))
        _tell(f"  [{citation.n}] {place}")
    _tell(f"({draft.mode}, confidence {draft.confidence:.2f})", style="dim")


def _tell(words: str, *, style: str = "") -> None:
    """Print words as they are; only a terminal wraps them, and it does so by itself."""
    out.print(words, markup=False, style=style, soft_wrap=True)
