"""The widget's periodic work."""

from besedka.core.module import JobContext
from besedka.products.widget import service


async def sweep_visitors(context: JobContext) -> None:
    """Forget visitors who opened the widget and never wrote."""
    await service.sweep(context.runtime)
