"""What a child does to itself before it sees any data: limits, no network, no files, no new programs.

System call numbers and the filter's layout: seccomp(2), linux/filter.h, linux/seccomp.h, linux/audit.h.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

from besedka.core.sandbox.landlock import forbid_other_files

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2

_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_GREATER_OR_EQUAL = 0x35
_RETURN = 0x06
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_X32_NUMBERS_FROM = 0x40000000

# socket, connect, bind, listen, execve, execveat, ptrace, kill, process_vm_readv,
# process_vm_writev, io_uring_setup (does all of these behind the filter's back), unshare, mount. Not sendto: an event
# loop wakes itself by it, on a pair of sockets that goes nowhere.
_REFUSED = {
    "x86_64": (0xC000003E, (41, 42, 49, 50, 59, 322, 101, 62, 310, 311, 425, 272, 165)),
    "aarch64": (0xC00000B7, (198, 203, 200, 201, 221, 281, 117, 129, 270, 271, 425, 97, 40)),
}
_OPEN_FILES = 64
_PACKAGE = Path(__file__).resolve().parents[2]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine(*, memory: int, parent: int) -> None:
    """Give up what parsing does not need; for the rest of the process's life."""
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        _lower(kind, limit)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        _die_with(parent)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            forbid_other_files([_PACKAGE])
            _refuse_calls(libc)


def allow_cpu(seconds: int) -> None:
    """Let the process use so many seconds of processor time from now on; then SIGXCPU ends it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds + 1, hard))


def _lower(kind: int, limit: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (bound, bound))


def _die_with(parent: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was asked for
        sys.exit(1)


def _refuse_calls(libc: ctypes.CDLL) -> None:
    """Refuse sockets and programs. A kernel without seccomp leaves the other limits standing."""
    known = _REFUSED.get(platform.machine())
    if known is None:
        return
    code = _filter(*known)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def _filter(architecture: int, refused: tuple[int, ...]) -> bytes:
    count = len(refused)
    lines = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_IF_EQUAL, 0, count + 3, architecture),
        (_LOAD_WORD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_GREATER_OR_EQUAL, count + 1, 0, _X32_NUMBERS_FROM),
    ]
    lines += [(_JUMP_IF_EQUAL, count - place, 0, call) for place, call in enumerate(refused)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)
