"""robots.txt by RFC 9309: groups, the longest rule decides, and Crawl-delay, which the RFC leaves out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from besedka.kernel.knowledge.sites.patterns import matches, spelt

AGENT = "BesedkaBot"
"""Our name in robots.txt."""
MOST_BYTES = 500 * 1024  # the RFC asks for no more
_MOST_RULES = 5000
_LINES = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"\*|[A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a pattern of paths is: allowed or not."""

    pattern: str
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class Robots:
    """What a site asks of us. `delay` in seconds between two requests."""

    rules: Sequence[Rule] = ()
    delay: float | None = None
    sitemaps: Sequence[str] = ()

    def allows(self, path: str) -> bool:
        """Whether a path with its query may be asked for: the longest rule that fits decides, a tie allows."""
        wanted = spelt(path)
        fitting = [(len(r.pattern), r.is_allowed) for r in self.rules if matches(r.pattern, wanted)]
        return max(fitting, default=(0, True))[1]


EVERYTHING = Robots()
NOTHING = Robots((Rule("/", is_allowed=False),))


@dataclass(slots=True)
class _Group:
    agents: set[str]
    rules: list[Rule]
    delay: float | None = None
    is_begun: bool = False
    """Whether a rule has followed the names: another name then begins another group."""


def read(body: bytes) -> Robots:
    """Read a robots.txt: the groups for our name, all together, else those for everybody."""
    groups, sitemaps = _groups(body[:MOST_BYTES].decode("utf-8-sig", "replace"))
    own = [group for group in groups if AGENT.lower() in group.agents]
    chosen = own or [group for group in groups if "*" in group.agents]
    rules = [rule for group in chosen for rule in group.rules]
    delays = [group.delay for group in chosen if group.delay is not None]
    return Robots(tuple(rules[:_MOST_RULES]), max(delays, default=None), tuple(sitemaps))


def _groups(text: str) -> tuple[list[_Group], list[str]]:
    groups: list[_Group] = []
    sitemaps: list[str] = []
    for key, value in _entries(text):
        if key == "sitemap":
            sitemaps.append(value)
        elif key == "user-agent":
            if not groups or groups[-1].is_begun:
                groups.append(_Group(set(), []))
            token = _TOKEN.match(value)
            groups[-1].agents.add(token[0].lower() if token else "")
        elif groups:
            _add(groups[-1], key, value)
    return groups, sitemaps


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for line in _LINES.split(text):
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _add(group: _Group, key: str, value: str) -> None:
    if key in {"allow", "disallow"}:
        group.is_begun = True
        if value.startswith(("/", "*")):
            group.rules.append(Rule(spelt(value), key == "allow"))
    elif key == "crawl-delay":
        group.is_begun = True
        group.delay = _seconds(value)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if seconds >= 0 else None
