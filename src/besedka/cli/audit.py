"""`audit verify` and `audit anchor`: whether the record of deeds is the one that was written."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from besedka.boot import Boot
from besedka.cli.session import NotThere, find_workspace, run
from besedka.core.config import load_settings
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.audit.types import Anchor, Flaw, FlawKind, Verdict

out = Console(highlight=False)
group = typer.Typer(help="The record of who did what.", no_args_is_help=True)

WorkspaceOption = Annotated[
    str, typer.Option("--workspace", help="Slug of one company; default: all of them.")
]

WORDS = {
    FlawKind.CHANGED: "was changed after it was sealed",
    FlawKind.MISSING: "is gone",
    FlawKind.INSERTED: "was inserted: nothing was sealed there",
    FlawKind.BACKDATED: "claims to be more than an hour older than the record sealed before it",
    FlawKind.HEAD: "is not the end that was noted when it was sealed",
    FlawKind.ANCHOR: "is not what the anchor says: the chain was written anew",
}


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(group, name="audit")


@group.command()
def verify(
    workspace: WorkspaceOption = "",
    anchor: Annotated[
        Path | None,
        typer.Option(
            help="What `besedka audit anchor` printed earlier.", exists=True, dir_okay=False
        ),
    ] = None,
) -> None:
    """Compute every chain again; ends with 1 when a record was changed, removed or inserted."""
    anchors = _read_anchors(anchor) if anchor is not None else {}
    verdicts = run(_verify(workspace, anchors))
    for verdict in verdicts:
        _show(verdict)
    flawed = sum(verdict.flawed for verdict in verdicts)
    checked = sum(verdict.checked for verdict in verdicts)
    if flawed:
        out.print(f"[red]✗[/red] {checked} records checked, {flawed} thing(s) wrong.")
        raise typer.Exit(1)
    out.print(f"[green]✓[/green] {checked} records checked in {len(verdicts)} chain(s): untouched.")


@group.command("anchor")
def print_anchor(workspace: WorkspaceOption = "") -> None:
    """Print the end of every chain: keep it where nobody can change it together with the database."""

    async def main() -> None:
        async with Boot(load_settings(), works=False).running() as runtime:
            for where in await _chosen(runtime, workspace):
                head = await audit.take_anchor(runtime, where)
                if head is not None:
                    typer.echo(f"{head.workspace_id} {head.place} {head.hash.hex()}")

    run(main())


async def _verify(slug: str, anchors: dict[WorkspaceId, Anchor]) -> list[Verdict]:
    async with Boot(load_settings(), works=False).running() as runtime:
        chosen = await _chosen(runtime, slug)
        # A chain that is gone altogether is missed by its anchor alone.
        chosen += [each for each in anchors if not slug and each not in chosen]
        return [await _verify_one(runtime, each, anchors.get(each)) for each in chosen]


async def _verify_one(runtime: Runtime, workspace: WorkspaceId, anchor: Anchor | None) -> Verdict:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task(str(workspace), total=None)
        return await audit.verify(
            runtime, workspace, anchor=anchor,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip


async def _chosen(runtime: Runtime, slug: str) -> list[WorkspaceId]:
    if slug:
        return [(await find_workspace(runtime, slug)).id]
    return await audit.audited_workspaces(runtime)


def _show(verdict: Verdict) -> None:
    for flaw in verdict.flaws:
        out.print(f"[red]✗[/red] {verdict.workspace_id}: {_sentence(flaw)}.", soft_wrap=True)
    if verdict.flawed > len(verdict.flaws):
        out.print(f"  … and {verdict.flawed - len(verdict.flaws)} more.")
    if verdict.unsealed:
        out.print(
            f"[yellow]![/yellow] {verdict.workspace_id}: {verdict.unsealed} record(s) wait to be sealed.",
            soft_wrap=True,
        )


def _sentence(flaw: Flaw) -> str:
    words = WORDS[flaw.kind]
    if flaw.kind is FlawKind.MISSING and flaw.until > flaw.place:
        return f"records {flaw.place} to {flaw.until}: each {words}"
    event = f" ({flaw.event_id})" if flaw.event_id else ""
    return f"record {flaw.place}{event} {words}"


def _read_anchors(path: Path) -> dict[WorkspaceId, Anchor]:
    """Read what `audit anchor` printed; of several lines of a chain the last one counts. Raises NotThere."""
    found: dict[WorkspaceId, Anchor] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            workspace, place, digest = line.split()
            anchor = Anchor(WorkspaceId(UUID(workspace)), int(place), bytes.fromhex(digest))
        except ValueError:
            raise NotThere(f"Line {number} of {path} is no anchor.") from None
        found[anchor.workspace_id] = anchor
    return found
