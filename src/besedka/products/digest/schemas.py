"""The digest over the API."""

from besedka.core.schemas import Read, Write
from besedka.products.digest.types import Pace


class DigestRead(Read):
    """How soon letters tell what was missed: `off`, `15m`, `1h` or `1d`."""

    pace: Pace


class DigestUpdate(Write):
    """The same, chosen."""

    pace: Pace
