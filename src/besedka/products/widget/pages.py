"""The demo page: a customer's site with the widget on it."""

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.products.widget import service
from besedka.web import render

router = APIRouter()


@router.get("/demo")
async def demo(request: Request, runtime: CurrentRuntime) -> Response:
    """Show a sample site with the first widget of the workspace in the address, or of the installation."""
    place = await service.first_place(runtime, request.scope.get("besedka.workspace"))
    return await render.page(request, "widget/demo.html", place=place)
