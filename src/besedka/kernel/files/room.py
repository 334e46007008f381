"""How much more a workspace's files may take."""

from dataclasses import dataclass

from besedka.kernel.files.errors import QuotaExceeded
from besedka.kernel.files.types import Space

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Room:
    """What is used and what may be, in bytes; without a quota there is no end."""

    used: int
    quota: int | None

    @classmethod
    def of(cls, space: Space, *, usual_mb: int) -> "Room":
        """Return a workspace's room; `usual_mb` is the installation's quota, 0 for none."""
        usual = usual_mb * MEBIBYTE or None
        return cls(space.used, usual if space.quota is None else space.quota)

    def check(self, size: int) -> None:
        """See whether so many bytes more fit in. Raises QuotaExceeded."""
        if self.quota is not None and self.used + size > self.quota:
            raise QuotaExceeded(quota=self.quota, used=self.used)
