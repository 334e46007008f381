"""What can go wrong with a task; the callers turn it into words for people."""


class SandboxError(Exception):
    """A task did not give a result."""


class TaskTimedOut(SandboxError):
    """The task used up its wall time or its processor time."""


class TaskOutOfMemory(SandboxError):
    """The task asked for more memory than a child may have."""


class ChildDied(SandboxError):
    """The child ended in the middle of the task. `status` is its exit status (negative: a signal)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the child ended with status {status}")
        self.status = status


class ReplyTooLarge(SandboxError):
    """The result is larger than the parent takes."""


class PayloadCutShort(SandboxError):
    """The file became shorter while it was handed over."""


class TaskRefused(SandboxError):
    """The function refused its input on purpose. `code` is the reason that it gave."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class TaskFailed(SandboxError):
    """The function raised something that it did not foresee."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


class UnknownFunction(SandboxError):
    """The allow-list of the pool has no such function."""


class SandboxClosed(SandboxError):
    """The pool is closing, with the server: the task says nothing about its input and may be tried again."""
