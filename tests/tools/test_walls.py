"""Each wall of the house is walked through once, on purpose, and the real contracts see it."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tools.tree import ROOT, write_tree

CONFIG = ROOT / "pyproject.toml"
PRODUCTS = ["inbox", "widget"]


def _layers(number: int) -> list[str]:
    """Names of the layers of the contract with that number, from the top."""
    contracts = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["contracts"]
    return re.findall(r"\w+", " ".join(contracts[number]["layers"]))


def _skeleton() -> dict[str, str]:
    """A tree that breaks no rule, with the imports that the rules allow."""
    modules = [f"kernel/{name}" for name in _layers(1)] + [f"products/{name}" for name in PRODUCTS]
    packages = ["", *(f"{name}/" for name in _layers(0))]
    return {
        **{f"{package}__init__.py": "" for package in packages},
        **{
            f"{m}/{f}.py": ""
            for m in modules
            for f in ("__init__", "module", "service", "schemas", "events")
        },
        "app/__init__.py": "import besedka.modules",
        "modules/__init__.py": "import besedka.products.inbox.module",
        "core/clock.py": "",
        "web/render.py": "from besedka.kernel.accounts import deps",
        "kernel/accounts/deps.py": "import fastapi",
        "kernel/files/repository.py": "import sqlalchemy",
        "kernel/answers/service.py": "from besedka.kernel.conversations import service",
        "products/inbox/api.py": "import fastapi\nfrom besedka.products.inbox import service",
        "products/inbox/handlers.py": "from besedka.products.widget import events",
    }


PLANTED = {
    "products/inbox/service.py": "from besedka.products.widget import service",
    "products/inbox/pages.py": "from besedka.products.widget import events",
    "products/widget/handlers.py": "from besedka.products.inbox import service",
    "products/widget/service.py": "import sqlalchemy",
    "products/widget/events.py": "import fastapi",
    "products/widget/models.py": "from besedka.products.widget import repository",
    "products/widget/repository.py": "from besedka.products.widget import service",
    "products/widget/api.py": "import asyncpg",
    "kernel/files/service.py": "from besedka.products.inbox import schemas",
    "kernel/mail/service.py": "from besedka.web import render",
    "kernel/jobs/service.py": "from besedka.kernel.accounts import service",
    "kernel/files/events.py": "from besedka.kernel.realtime import events",
    "kernel/llm/service/__init__.py": "",
    "kernel/llm/service/stream.py": "import sqlalchemy\nimport starlette.responses",
    "kernel/gossip/__init__.py": "",
    "kernel/gossip/module.py": "",
    "core/clock.py": "from besedka.kernel.files import schemas",
    "web/render.py": "from besedka.products.inbox import schemas",
    "modules/__init__.py": "import besedka.app",
    "extra/__init__.py": "",
}

TOP = "Composition roots"
LADDER = "The kernel is a ladder"
APART = "Products never import each other"
INSIDE = "Inside a module"
SQL = "SQL lives in repository and models"
HTTP = "Services know nothing of HTTP"

CAUGHT = [
    (APART, "besedka.products.inbox.service -> besedka.products.widget.service"),
    (APART, "besedka.products.inbox.pages -> besedka.products.widget.events"),
    (APART, "besedka.products.widget.handlers -> besedka.products.inbox.service"),
    (SQL, "besedka.products.widget.service -> sqlalchemy"),
    (SQL, "besedka.products.widget.api -> asyncpg"),
    (SQL, "besedka.kernel.llm.service.stream -> sqlalchemy"),
    (HTTP, "besedka.products.widget.events -> fastapi"),
    (HTTP, "besedka.kernel.llm.service.stream -> starlette"),
    (INSIDE, "besedka.products.widget.models -> besedka.products.widget.repository"),
    (INSIDE, "besedka.products.widget.repository -> besedka.products.widget.service"),
    (LADDER, "besedka.kernel.jobs.service -> besedka.kernel.accounts.service"),
    (LADDER, "besedka.kernel.files.events -> besedka.kernel.realtime.events"),
    (LADDER, "- besedka.kernel.gossip"),
    (TOP, "besedka.kernel.files.service -> besedka.products.inbox.schemas"),
    (TOP, "besedka.kernel.mail.service -> besedka.web.render"),
    (TOP, "besedka.core.clock -> besedka.kernel.files.schemas"),
    (TOP, "besedka.web.render -> besedka.products.inbox.schemas"),
    (TOP, "besedka.modules -> besedka.app"),
    (TOP, "- besedka.extra"),
]


def _lint_imports(root: Path, files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    write_tree(root, {f"src/besedka/{path}": text for path, text in files.items()})
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", "--config", CONFIG],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What is printed under each broken contract of a tree with every violation in it."""
    files = _skeleton() | PLANTED
    del files["kernel/llm/service.py"]
    output = _lint_imports(tmp_path_factory.mktemp("planted"), files).stdout
    _, _, broken = output.partition("Broken contracts")
    names = (TOP, LADDER, APART, INSIDE, SQL, HTTP)
    starts = sorted((broken.index(name), name) for name in names)
    ends = [start for start, _ in starts[1:]] + [len(broken)]
    return {name: broken[start:end] for (start, name), end in zip(starts, ends, strict=True)}


@pytest.mark.parametrize(("contract", "line"), CAUGHT)
def test_planted_import_is_reported_under_its_contract(
    report: Mapping[str, str], contract: str, line: str
) -> None:
    assert line in report[contract]


def test_tree_within_the_rules_passes(tmp_path: Path) -> None:
    done = _lint_imports(tmp_path, _skeleton())
    assert done.returncode == 0, done.stdout + done.stderr
