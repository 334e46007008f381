"""Use cases of the digest."""

from besedka.products.digest.service.choosing import choose, choose_by_link, chosen, find_by_link
from besedka.products.digest.service.writing import export_person, sweep, tell

__all__ = ["choose", "choose_by_link", "chosen", "export_person", "find_by_link", "sweep", "tell"]
