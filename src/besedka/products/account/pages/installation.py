"""Settings of the installation, for its host: the mail server and the outbox."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import PageHost
from besedka.kernel.mail import service as mail
from besedka.kernel.mail.types import LetterId, Security
from besedka.products.account.forms import at_field, elsewhere
from besedka.products.account.places import SETTINGS
from besedka.products.account.schemas import MailForm
from besedka.web import render

router = APIRouter(prefix=SETTINGS, route_class=LateRoute)

MAIL = f"{SETTINGS}/mail"
OUTBOX = f"{SETTINGS}/outbox"


@router.get("/mail")
async def show_mail(request: Request, runtime: CurrentRuntime, _host: PageHost) -> Response:
    """Show the mail server, without its password."""
    return await _mail(request, runtime)


async def _mail(
    request: Request, runtime: CurrentRuntime, failure: BesedkaError | None = None, typed: MailForm | None = None
) -> Response:  # fmt: skip
    async with runtime.db.system.acquire() as conn:
        server = await mail.shown_server(conn)
    return await render.page(
        request, "account/mail.html", status=failure.status if failure else 200, server=server, form=typed or server, securities=list(Security),
        here_tab=MAIL, errors=at_field(request, failure), failure=elsewhere(request, failure),
        by_environment=bool(runtime.settings.smtp_url.get_secret_value()),
    )  # fmt: skip


@router.post("/mail")
async def save_mail(
    request: Request, runtime: CurrentRuntime, _host: PageHost, form: Annotated[MailForm, Form()]
) -> Response:
    """Keep the mail server, and send what waited for one."""
    try:
        async with runtime.db.system.transaction() as conn:
            await mail.save_server(conn, runtime.secrets, form.server())
            await mail.send_outbox(conn)
    except BesedkaError as error:
        return await _mail(request, runtime, error, form)
    return render.redirect(request, MAIL, flash="account.saved")


@router.post("/mail/test")
async def send_test(request: Request, runtime: CurrentRuntime, host: PageHost) -> Response:
    """Send a letter to oneself at once."""
    try:
        await mail.send_test(runtime, to=host.email, locale=locale_of(request))
    except BesedkaError as error:
        return await _mail(request, runtime, error)
    return render.redirect(request, MAIL, flash="account.test_sent")


@router.post("/mail/delete")
async def forget_mail(request: Request, runtime: CurrentRuntime, _host: PageHost) -> Response:
    """Forget the mail server: letters wait in the outbox again."""
    async with runtime.db.system.transaction() as conn:
        await mail.forget_server(conn)
    return render.redirect(request, MAIL, flash="account.saved")


@router.get("/outbox")
async def show_outbox(request: Request, runtime: CurrentRuntime, _host: PageHost) -> Response:
    """Show the installation's letters."""
    async with runtime.db.system.acquire() as conn:
        letters = await mail.list_letters(conn)
    return await render.page(request, "account/outbox.html", here_tab=OUTBOX, letters=letters)


@router.get("/outbox/{letter_id}")
async def show_letter(
    request: Request, letter_id: LetterId, runtime: CurrentRuntime, _host: PageHost
) -> Response:
    """Show one letter."""
    async with runtime.db.system.acquire() as conn:
        letter = await mail.get_letter(conn, letter_id)
    return await render.page(request, "account/letter.html", here_tab=OUTBOX, letter=letter)


@router.post("/outbox/{letter_id}/send")
async def send_letter(
    request: Request, letter_id: LetterId, runtime: CurrentRuntime, _host: PageHost
) -> Response:
    """Send a letter that failed or waits."""
    async with runtime.db.system.transaction() as conn:
        await mail.send_again(conn, letter_id)
    return render.redirect(request, OUTBOX, flash="account.letter_sent")
