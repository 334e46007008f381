"""File names: what may be kept of the sender's, and how a download tells it to the browser."""

import re
import unicodedata
from urllib.parse import quote

LONGEST = 150
FALLBACK = "file"
_LONGEST_SUFFIX = 20
# Controls, invisible and direction-changing characters: they make one name look like another.
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_RESERVED = re.compile(r'[<>:"|?*]')
_PLAIN = re.compile(r"[^A-Za-z0-9 ._()+,=-]")


def clean_name(raw: str | None) -> str:
    """Return a name without folders and without characters that hide or mean something elsewhere."""
    name = (raw or "").replace("\\", "/").rpartition("/")[2]
    kept = (
        character
        for character in unicodedata.normalize("NFC", name)
        if unicodedata.category(character) not in _HIDDEN_CATEGORIES
    )
    plain = " ".join(_RESERVED.sub("_", "".join(kept)).split())
    return _shortened(plain.strip(". ")) or FALLBACK


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        return name[:LONGEST]
    return stem[: LONGEST - len(suffix) - 1] + dot + suffix


def attachment(name: str) -> str:
    """Return a Content-Disposition that downloads under a name (RFC 6266, RFC 8187)."""
    plain = _PLAIN.sub("_", name)
    if plain.strip("_. ").partition(".")[0].strip("_ ") == "":
        plain = FALLBACK + (plain[plain.rfind(".") :] if "." in plain else "")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
