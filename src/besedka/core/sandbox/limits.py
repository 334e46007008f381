"""The limits of a child process."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use. Sizes are in bytes, times in seconds.

    `memory` is address space, not resident memory: native libraries reserve far more than they touch.
    """

    memory: int = 3 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    tasks_per_child: int = 50
    reply_bytes: int = 64 * MIB
    idle_seconds: float = 60.0
