"""A server that a browser can reach, and a browser that tells everything that went wrong in it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, ViewportSize, expect

from besedka.core.runtime import Runtime
from tests.web.shop import Shop, open_shop

# A busy machine may take long for what usually takes milliseconds.
expect.set_options(timeout=20_000)

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The started application behind a real port; it listens before the server runs, so nobody has to wait."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_level="error", ws="websockets-sansio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def shop(runtime: Runtime, address: str) -> Shop:
    """A company with an assistant that knows one page, and a widget."""
    return await open_shop(runtime, address)


@pytest.fixture
async def complaints() -> list[str]:
    """What the browser said against our pages: errors, refused resources, violated policies."""
    return []


@pytest.fixture
async def open_page(browser: Browser, complaints: list[str]) -> AsyncIterator[OpenPage]:
    """Opens a fresh browser window: `await open_page(phone=True, dark=True, locale="ru")`."""
    async with AsyncExitStack() as stack:

        async def open_one(
            *, phone: bool = False, dark: bool = False, locale: str = "en", bypass_csp: bool = False
        ) -> Page:
            context = await browser.new_context(
                viewport=PHONE if phone else DESKTOP,
                is_mobile=phone,
                has_touch=phone,
                color_scheme="dark" if dark else "light",
                locale=locale,
                bypass_csp=bypass_csp,
            )
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda said: complaints.append(said.text) if said.type == "error" else None,
            )
            return page

        yield open_one
