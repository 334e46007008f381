"""What a browser calls itself, in words that its owner knows."""

from typing import Final

# The first mark that occurs wins: many browsers also carry the names of those they are made from.
_BROWSERS: Final = (
    ("YaBrowser/", "Yandex Browser"), ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"), ("OPT/", "Opera"), ("Vivaldi/", "Vivaldi"), ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("CrOS", "ChromeOS"), ("Macintosh", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
_LONGEST = 60


def device_name(user_agent: str) -> str:
    """Return `Firefox, Linux`; of a program that is no browser what it says first; nothing for nothing."""
    known = [
        next((name for mark, name in marks if mark in user_agent), "")
        for marks in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, known)) or user_agent.partition(" ")[0][:_LONGEST]
