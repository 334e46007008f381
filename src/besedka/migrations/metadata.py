"""The schema of all modules, gathered for migrations."""

from importlib import import_module
from importlib.util import find_spec

from besedka.core.db.models import Base
from besedka.modules import MODULES


def _gather() -> None:
    for manifest in MODULES:
        name = f"{manifest.package}.models"
        if find_spec(name) is not None:
            import_module(name)


_gather()
METADATA = Base.metadata
