"""Killing without a word."""

import contextlib
import signal

import psutil


def kill_family(pid: int) -> None:
    """Kill a process and all that it has started; the first one first, so that it starts no more."""
    parent = psutil.Process(pid)
    family = [parent, *parent.children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
