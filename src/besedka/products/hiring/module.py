"""The manifest of hiring."""

from pathlib import Path

from besedka.core.module import JobSpec, Manifest, NavItem, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS, Role
from besedka.kernel.conversations.service import ContactPorts
from besedka.products.hiring import jobs, ws
from besedka.products.hiring.api import (
    applicants,
    candidates,
    decisions,
    responses,
    slots,
    vacancies,
)
from besedka.products.hiring.pages import (
    candidate_apply,
    candidate_careers,
    candidate_interview,
    candidate_slots,
    candidate_status,
)
from besedka.products.hiring.pages.recruiter import (
    board,
    deciding,
    funnel,
    questions,
    response,
    rubric,
    trying,
)
from besedka.products.hiring.pages.recruiter import vacancies as own_vacancies
from besedka.products.hiring.pages.recruiter.common import PATH
from besedka.products.hiring.service import candidates as people
from besedka.products.hiring.types import DROP_JOB, JUDGE_JOB, MANAGE, READ, SEND_JOB

HOUR = 3600.0
DAY = 24 * 3600.0
_RECRUITERS = ADMINISTRATORS | {Role.RECRUITER.value}
_ROUTERS = (
    vacancies.router,
    candidates.router,
    responses.router,
    decisions.router,
    applicants.router,
    slots.router,
)


async def _start(runtime: Runtime) -> None:
    ports = runtime.get(ContactPorts)
    ports.repoint.append(people.repoint)
    ports.give_back.append(people.give_back)
    ports.forget.append(people.forget)


MANIFEST = Manifest(
    name="hiring",
    package="besedka.products.hiring",
    routers=_ROUTERS,
    root_routers=_ROUTERS,
    pages=(
        candidate_careers.router,
        candidate_apply.router,
        candidate_status.router,
        candidate_interview.router,
        candidate_slots.router,
        own_vacancies.router,
        own_vacancies.one,
        board.router,
        board.compared,
        questions.router,
        rubric.router,
        trying.router,
        funnel.router,
        response.router,
        deciding.router,
    ),
    navigation=(NavItem(PATH, "hiring", "recruiting.nav", READ, order=50),),
    sockets=(ws.router,),
    jobs=(
        JobSpec(SEND_JOB, jobs.send_letter),
        JobSpec(JUDGE_JOB, jobs.judge, timeout=900.0),
        JobSpec(DROP_JOB, jobs.drop_resume),
    ),
    periodic=(
        PeriodicSpec("hiring.sweep", jobs.sweep, every=DAY),
        PeriodicSpec("hiring.remind", jobs.remind, every=HOUR),
    ),
    permissions={READ: _RECRUITERS, MANAGE: _RECRUITERS},
    templates=Path(__file__).parent / "templates",
    letters=Path(__file__).parent / "letters",
    start=_start,
)
