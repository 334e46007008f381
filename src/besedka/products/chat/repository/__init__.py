"""SQL of chats with models."""

from besedka.products.chat.repository.imports import ImportRepository
from besedka.products.chat.repository.prompts import PromptRepository
from besedka.products.chat.repository.sharing import (
    ShareRepository,
    find_shared,
    forget_expired,
    forget_shares,
    setups_of,
)
from besedka.products.chat.repository.summaries import SummaryRepository
from besedka.products.chat.repository.turns import MOST_TURNS, BranchRepository, RunRepository

__all__ = [
    "MOST_TURNS",
    "BranchRepository",
    "ImportRepository",
    "PromptRepository",
    "RunRepository",
    "ShareRepository",
    "SummaryRepository",
    "find_shared",
    "forget_expired",
    "forget_shares",
    "setups_of",
]
