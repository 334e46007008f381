"""The manifest of training."""

from pathlib import Path

from besedka.core.module import HandlerSpec, JobSpec, Manifest
from besedka.kernel.answers.events import QuestionUnanswered
from besedka.products.training import api, jobs
from besedka.products.training.handlers import note_question
from besedka.products.training.pages import gaps, tests
from besedka.products.training.types import GROUP_JOB, RUN_JOB

MANIFEST = Manifest(
    name="training",
    package="besedka.products.training",
    routers=(api.router,),
    pages=(gaps.router, tests.router),
    jobs=(
        JobSpec(GROUP_JOB, jobs.group, timeout=900.0),
        JobSpec(RUN_JOB, jobs.run_tests, timeout=3600.0),
    ),
    handlers=(HandlerSpec(QuestionUnanswered, "training.note_question", note_question),),
    templates=Path(__file__).parent / "templates",
)
