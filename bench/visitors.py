"""Many visitors who ask at once, in one process and without a model: errors, the first word, CPU per question.

    python -m bench.visitors [--visitors 200] [--rounds 3] [--chunks 2000]

Every visitor has the widget open: a dialog and a socket. In every round all of them ask in the same moment; the time runs
from sending the question to the first frame that carries words of the assistant. CPU per question is what other load on the
machine blurs least. What the visitors cost themselves is said as well: they share the processors with what is measured, about
0.7 ms for each question.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvloop

from bench import lab
from bench.first_word import Company, Visitor, furnish
from besedka.core.db.embedded import Embedded

AIM_MS = 1000
ARRIVE_AT_ONCE = 20


@dataclass(slots=True)
class Figures:
    """What came out: seconds to first words, what failed, CPU seconds of both processes and of the visitors."""

    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    product: float = 0.0
    postgres: float = 0.0
    visitors: float = 0.0

    def share(self, percent: int) -> float:
        """Return the milliseconds within which so many of a hundred questions got their first word."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


async def gather(visitors: Sequence[Visitor], company: Company) -> None:
    """Let everybody arrive, some at a time."""
    for start in range(0, len(visitors), ARRIVE_AT_ONCE):
        some = visitors[start : start + ARRIVE_AT_ONCE]
        await asyncio.gather(*(each.arrive(company.questions[0]) for each in some))


async def measure(
    server: lab.Server, database: Embedded, company: Company, options: argparse.Namespace
) -> Figures:
    """Let all visitors ask at once, round by round; the first round warms up."""
    figures = Figures()
    lines = [await lab.Line.open(server.port) for _ in range(options.visitors)]
    visitors = [Visitor(line, server.port, company.key) for line in lines]
    await gather(visitors, company)
    await ask(visitors, company, 0, Figures())
    before = server.cpu, lab.postgres_cpu(database), time.process_time()
    for number in range(1, options.rounds + 1):
        await ask(visitors, company, number, figures)
    figures.product = server.cpu - before[0]
    figures.postgres = lab.postgres_cpu(database) - before[1]
    figures.visitors = time.process_time() - before[2]
    for line in lines:
        line.close()
    return figures


async def ask(visitors: Sequence[Visitor], company: Company, number: int, figures: Figures) -> None:
    """Let every visitor ask a question of the round."""
    chosen = [
        company.questions[(number * len(visitors) + place) % len(company.questions)]
        for place in range(len(visitors))
    ]
    answers = await asyncio.gather(
        *(each.ask(question) for each, question in zip(visitors, chosen, strict=True)),
        return_exceptions=True,
    )
    for answer in answers:
        if isinstance(answer, float):
            figures.times.append(answer)
        else:
            figures.failures.append(repr(answer))


def main() -> None:
    """Run the benchmark, or its server."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chunks", type=int, default=2_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--profile", default="")
    options = lab.arguments(parser)
    if options.serve:
        lab.serve_forever(lab.ours(options.dsn, options.data), options.port, options.profile_file)
        return
    with lab.database() as database, tempfile.TemporaryDirectory() as folder:
        company = uvloop.run(furnish(database.dsn.plain, folder, options))
        with lab.started(
            "bench.visitors",
            "ours",
            dsn=database.dsn.plain,
            data_dir=folder,
            profile=options.profile,
        ) as server:
            figures = uvloop.run(measure(server, database, company, options))
    report(figures, options)


def report(figures: Figures, options: argparse.Namespace) -> None:
    """Say what came out; a failure is an error of the program, too."""
    count = len(figures.times)
    if count:
        print(
            f"{options.visitors} visitors at once, {count} questions: first word p50 {figures.share(50):.0f} ms,"
            f" p95 {figures.share(95):.0f} ms (aim {AIM_MS}); CPU per question: product"
            f" {1000 * figures.product / count:.1f} ms, PostgreSQL {1000 * figures.postgres / count:.1f} ms,"
            f" the visitors themselves {1000 * figures.visitors / count:.1f} ms"
        )
    if figures.failures:
        raise SystemExit(f"{len(figures.failures)} failed, such as {figures.failures[0]}")


if __name__ == "__main__":
    main()
