"""Which files a child may read: programs and libraries, and nothing of ours.

A hole in a parser would otherwise read the secrets in the data folder, or another workspace's files, into
the text that it returns. Landlock also keeps the process from looking into others (`/proc/*/environ`).
System calls and structures: landlock(7), linux/landlock.h, first version of the interface.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_EVERYTHING = (1 << 13) - 1
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_READ_ONE_FILE = _EXECUTE | _READ_FILE
# Where interpreters and shared libraries are, on the usual systems, on Nix and in Snap and Conda.
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/opt",
    "/nix",
    "/snap",
    "/etc/ld.so.cache",
    "/dev",
    "/sys",
)


def forbid_other_files(more: Sequence[Path]) -> None:
    """Leave the process the programs, the libraries and `more` to read. Without Landlock nothing changes.

    Needs PR_SET_NO_NEW_PRIVS, and holds for the rest of the process's life.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    handled = struct.pack("=Q", _EVERYTHING)
    rules = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if rules < 0:  # an old kernel, or one that was built without
        return
    try:
        for path in {*map(Path, _SYSTEM), Path(sys.prefix), Path(sys.base_prefix), *more}:
            _allow(libc, path, rules=rules)
        libc.syscall(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, path: Path, *, rules: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ if path.is_dir() else _READ_ONE_FILE
        rule = struct.pack("=Qi", rights, folder)
        libc.syscall(_ADD_RULE, rules, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(folder)
