"""Who may train assistants."""

from typing import Annotated

from fastapi import Depends

from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ

Viewer = Annotated[Identity, Depends(require(ASSISTANTS_READ))]
Trainer = Annotated[Identity, Depends(require(ASSISTANTS_MANAGE))]
