"""The real ruff configuration refuses what the house bans, and lets its homes do it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.tree import ROOT, write_tree

SERVICE = "src/besedka/kernel/files/service.py"

CONFIGS = ("pyproject.toml", "tests/ruff.toml")

BANNED = {
    "aiohttp": (SERVICE, "import aiohttp\n\nsession = aiohttp.ClientSession()\n", "TID251"),
    "httpx": (SERVICE, "import httpx\n\nhttpx.get('x')\n", "TID251"),
    "requests": (SERVICE, "import requests\n\nrequests.get('x', timeout=1)\n", "TID251"),
    "urllib": (SERVICE, "from urllib.request import urlopen\n\nurlopen('x')\n", "TID251"),
    "http.client": (SERVICE, "import http.client\n\nhttp.client.HTTPSConnection('x')\n", "TID251"),
    "clock": (SERVICE, "import datetime\n\ndatetime.datetime.now(datetime.UTC)\n", "TID251"),
    "ids": (SERVICE, "import uuid\n\nuuid.uuid4()\n", "TID251"),
    "environment": (SERVICE, "import os\n\nos.environ['X']\n", "TID251"),
    "task": (
        SERVICE,
        "import asyncio\n\n\nasync def f(g):\n    asyncio.create_task(g)\n",
        "TID251",
    ),
    "http error": (
        SERVICE,
        "from fastapi import HTTPException\n\nraise HTTPException(404)\n",
        "TID251",
    ),
    "middleware": (
        "src/besedka/core/middleware.py",
        "from starlette.middleware.base import BaseHTTPMiddleware\n\nprint(BaseHTTPMiddleware)\n",
        "TID251",
    ),
    "relative": (SERVICE, "from . import schemas\n\n__all__ = ['schemas']\n", "TID252"),
    "mock": ("tests/test_x.py", "import unittest.mock\n\nunittest.mock.Mock()\n", "TID251"),
    "local import": (SERVICE, "def f():\n    import json\n\n    return json\n", "PLC0415"),
    "broad except": (SERVICE, "try:\n    f()\nexcept Exception:\n    g()\n", "BLE001"),
    "silent except": (SERVICE, "try:\n    f()\nexcept ValueError:\n    pass\n", "SIM105"),
    "any": (SERVICE, "from typing import Any\n\n\ndef f(x: Any) -> None:\n    g(x)\n", "ANN401"),
    "boolean": (SERVICE, "def f(loud: bool) -> None:\n    g(loud)\n", "FBT001"),
    "dead code": (SERVICE, "# x = f(1)\n", "ERA001"),
    "print": (SERVICE, "print('x')\n", "T201"),
    "nothing awaited": (SERVICE, "async def f() -> int:\n    return 1\n", "RUF029"),
    "narrating docstring": (SERVICE, 'def f() -> None:\n    """Does it\n    """\n', "D200"),
}

ALLOWED = {
    "the client's home": ("src/besedka/core/http/client.py", BANNED["aiohttp"][1]),
    "the clock's home": ("src/besedka/core/clock.py", BANNED["clock"][1]),
    "the settings' home": ("src/besedka/core/config.py", BANNED["environment"][1]),
    "a test's client": ("tests/test_x.py", BANNED["httpx"][1]),
}


def _codes(root: Path, path: str, text: str) -> set[str]:
    write_tree(root, {path: text} | {config: (ROOT / config).read_text() for config in CONFIGS})
    ruff = str(Path(sys.executable).with_name("ruff"))
    command = [ruff, "check", "--no-cache", "--output-format=json", path]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return {row["code"] for row in json.loads(done.stdout)}


@pytest.mark.parametrize(("path", "text", "code"), BANNED.values(), ids=BANNED)
def test_banned_line_is_refused(tmp_path: Path, path: str, text: str, code: str) -> None:
    assert code in _codes(tmp_path, path, text)


@pytest.mark.parametrize(("path", "text"), ALLOWED.values(), ids=ALLOWED)
def test_ban_is_lifted_in_its_home(tmp_path: Path, path: str, text: str) -> None:
    assert not _codes(tmp_path, path, text) & {"TID251"}
