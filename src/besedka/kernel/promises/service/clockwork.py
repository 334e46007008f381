"""How clocks go: a pure function of a dialog's round, of the clocks so far, and of the policy.

Whatever happens, the clocks are brought in line with what the round says is owed, so that hearing of something twice, or
of a policy that changed meanwhile, comes to the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from besedka.kernel.conversations.types import DialogState, Priority
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Schedule
from besedka.kernel.promises.types import Clock, Clocks, Policy, Promise, Round


@dataclass(frozen=True, slots=True)
class Terms:
    """A policy, and the schedule whose hours count; None: all time counts."""

    policy: Policy
    schedule: Schedule | None

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Return how many seconds of a stretch of time count."""
        if self.schedule is None:
            return max((end - start).total_seconds(), 0.0)
        return hours.working_time(self.schedule, start, end=end).total_seconds()

    def after(self, start: datetime, seconds: float) -> datetime | None:
        """Return when so many seconds that count have gone by; None when that is not within years."""
        amount = timedelta(seconds=max(seconds, 0.0))
        if self.schedule is None:
            return start + amount
        return hours.add_working(self.schedule, start, amount=amount)


def choose(
    policies: Sequence[Policy], *, priority: Priority, labels: Collection[UUID]
) -> Policy | None:
    """Return the first policy that fits a dialog of this priority and these labels."""
    return next(
        (
            each
            for each in policies
            if each.label_id in (None, *labels) and each.priority in (None, priority)
        ),
        None,
    )


def owed_in(found: Round) -> Mapping[Promise, datetime]:
    """Return what people owe in a round, and since when."""
    if found.state not in (DialogState.OPEN, DialogState.SNOOZED):
        return {}
    owed: dict[Promise, datetime] = {}
    if found.waiting_since is not None:
        promise = Promise.FIRST if found.replied_at is None else Promise.REPLY
        owed[promise] = found.waiting_since
    if found.people_since is not None:
        owed[Promise.RESOLUTION] = found.people_since
    return owed


def reconcile(found: Round, clocks: Clocks, *, terms: Terms, moment: datetime) -> Clocks:
    """Return the clocks of a round as they go from a moment on; a snoozed dialog's stand still."""
    is_paused = found.state == DialogState.SNOOZED
    owed = {
        promise: _set(
            _same(clocks.owed.get(promise), since), terms, moment=moment, paused=is_paused
        )
        for promise, since in owed_in(found).items()
    }
    due = {promise: _reckon(clock, terms, promise) for promise, clock in owed.items()}
    return Clocks(clocks.chat, terms.policy.id, due)


def _same(clock: Clock | None, since: datetime) -> Clock:
    """Return the clock that runs since a moment already, or a new one."""
    if clock is not None and clock.since == since:
        return clock
    return Clock(since, running_from=since)


def _set(clock: Clock, terms: Terms, *, moment: datetime, paused: bool) -> Clock:
    if paused and clock.running_from is not None:
        used = clock.used + terms.elapsed(clock.running_from, moment)
        return replace(clock, used=used, running_from=None)
    if not paused and clock.running_from is None:
        return replace(clock, running_from=moment)
    return clock


def _reckon(clock: Clock, terms: Terms, promise: Promise) -> Clock:
    target = terms.policy.target(promise)
    if target is None or clock.running_from is None:
        return replace(clock, due=None, warn_at=None)
    left = target.total_seconds() - clock.used
    due = terms.after(clock.running_from, left)
    warn_at = terms.after(clock.running_from, left - terms.policy.warning * 60)
    told = clock.told if clock.due == due else ""
    return replace(clock, due=due, warn_at=None if due is None else warn_at, told=told)
