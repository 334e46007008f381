"""The widget's periodic work."""

from besedka.core.module import JobContext
from besedka.products.widget import service


async def sweep_visitors(context: JobContext) -> None:
    """Forget visitors who opened the widget and never wrote."""
    await service.sweep(context.runtime)


async def keep_promises(context: JobContext) -> None:
    """Send the answers that were promised by letter."""
    await service.keep_promises(context.runtime)
