"""`hiring name-swap`: whether names and sex change what comes of an interview."""

from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from besedka.boot import Boot
from besedka.cli.session import NotThere, find_workspace, run
from besedka.core.config import load_settings
from besedka.products.hiring.service import fairness
from besedka.products.hiring.service.fairness import Swapped

out = Console(highlight=False)
hiring = typer.Typer(help="Interviews of candidates.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(hiring, name="hiring")


@hiring.callback()
def about() -> None:
    """Interviews of candidates."""


@hiring.command("name-swap")
def name_swap(
    *,
    workspace: Annotated[
        str, typer.Option("--workspace", help="Slug of the company; default: the first one.")
    ] = "",
    vacancy: Annotated[
        UUID | None, typer.Option(help="Id of a vacancy; default: all of them.")
    ] = None,
    model: Annotated[
        bool,
        typer.Option("--model", help="Also ask the model, seven times for each of its criteria."),
    ] = False,
) -> None:
    """Weigh finished interviews again under six other names and the other sex; fails when a score or a recommendation differs."""
    different = run(_swap(workspace, vacancy, by_model=model))
    raise typer.Exit(1 if different else 0)


async def _swap(slug: str, vacancy: UUID | None, *, by_model: bool) -> int:
    table = Table("application", "score", "recommended", "differs for")
    count = different = 0
    async with Boot(load_settings(), works=False).running() as runtime:
        company = await find_workspace(runtime, slug)
        async for each in fairness.swap_names(
            runtime, company.id, vacancy=vacancy, by_model=by_model
        ):
            count += 1
            different += bool(each.differs)
            table.add_row(*_row(each))
    if not count:
        raise NotThere(f"The company {company.slug} has no finished interview to weigh again.")
    out.print(table)
    out.print(f"{count - different} of {count} interview(s) came out the same under every name.")
    return different


def _row(each: Swapped) -> tuple[str, str, str, str]:
    score = "-" if each.score is None else f"{each.score:.2f}"
    recommended = {True: "yes", False: "no", None: "a person looks"}[each.approved]
    return str(each.response_id), score, recommended, ", ".join(each.differs) or "nobody"
