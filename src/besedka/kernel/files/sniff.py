"""The kind of an uploaded file, from its content.

The rules are in `besedka.core.content`, which the extraction children of `knowledge` need too.
"""

from besedka.core.content.kinds import Flaw, Kind, Sniffed
from besedka.core.content.sniff import sniff_bytes, sniff_file, suffix_of

__all__ = ["Flaw", "Kind", "Sniffed", "sniff_bytes", "sniff_file", "suffix_of"]
