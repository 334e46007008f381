"""What can go wrong with the demo company."""

from besedka.core.errors import NotFound


class NothingToAdopt(NotFound):
    """The demo company was not made yet, or it has people already."""

    code = "nothing_to_adopt"
