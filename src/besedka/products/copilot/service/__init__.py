"""Use cases of the help for operators."""

from besedka.products.copilot.service.reading import has_model
from besedka.products.copilot.service.rewording import rewrite, translate
from besedka.products.copilot.service.speaking import OnText
from besedka.products.copilot.service.suggesting import suggest
from besedka.products.copilot.service.summaries import find_summary, forget_contacts, summarize

__all__ = [
    "OnText",
    "find_summary",
    "forget_contacts",
    "has_model",
    "rewrite",
    "suggest",
    "summarize",
    "translate",
]
