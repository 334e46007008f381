"""The same server and browser as the tests of the web shell."""

from tests.web.conftest import address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]
