"""Applying: one form, with the résumé read for the candidate to confirm, kept from bots without a third party."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse

from besedka.core.deps import ClientAddress, CurrentRuntime
from besedka.core.errors import BesedkaError, InvalidInput
from besedka.core.i18n import locale_of, text
from besedka.core.ids import new_token
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import OwnOrigin
from besedka.kernel.files.types import StoredFile
from besedka.products.hiring.errors import ConsentMissing, ResumeTooLarge, VacancyShut
from besedka.products.hiring.pages.candidate_careers import VACANCY, address_of, find_offer
from besedka.products.hiring.pages.candidate_pass import WithinLimits, let_in, speak
from besedka.products.hiring.schemas import CandidateCreate
from besedka.products.hiring.service import applying, interviews
from besedka.products.hiring.types import Company, Person, Vacancy, VacancyStatus
from besedka.web import render

router = APIRouter(route_class=LateRoute)

APPLY: Final = f"{VACANCY}/apply"
APPLIES: Final = "30 per hour"
FIELDS: Final = ("full_name", "email", "phone", "city", "resume_text")
LONGEST_FORM_KEY: Final = 60
_SLACK: Final = 512 * 1024
_FIELD_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The form as it stands: what was typed, which file came before, and what is wrong."""

    form: str
    typed: Mapping[str, str] = field(default_factory=dict)
    consent: bool = False
    ticket: str = ""
    file: StoredFile | None = None
    """The résumé that was sent before."""
    errors: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    said: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where one applies."""

    firm: Company
    vacancy: Vacancy


@router.get(APPLY, dependencies=[WithinLimits])
async def show(
    company: str, vacancy_id: UUID, request: Request, runtime: CurrentRuntime
) -> Response:
    """Show the form."""
    place = await _place(request, runtime, company, vacancy_id)
    return await _page(request, runtime, place, Sheet(form=new_token()))


@router.post(APPLY)
async def apply(
    company: str, vacancy_id: UUID, request: Request, runtime: CurrentRuntime, _own: OwnOrigin, address: ClientAddress
) -> Response:  # fmt: skip
    """Read the résumé (`deed` is `read`) and propose what it says, or apply and go on to the interview."""
    await runtime.limiter.hit(APPLIES, "apply", address)
    place = await _place(request, runtime, company, vacancy_id)
    async with _form_of(request) as given:
        if _text(given, "website"):  # no person sees this field
            return RedirectResponse(address_of(runtime, place.firm, place.vacancy), 303)
        sheet = await _sheet(runtime, place, given)
        try:
            await _check_calm(runtime, sheet, given)
            sheet = await _with_resume(runtime, place, sheet, given)
            if _text(given, "deed") == "read":
                return await _page(request, runtime, place, _asking(request, sheet))
            return await _apply(request, runtime, place, sheet)
        except ValidationError as error:
            return await _page(request, runtime, place, _refused(request, sheet, error))
        except BesedkaError as error:
            failure = words_of(locale_of(request), error)
            wrong = error.params.get("field")
            errors = {wrong: failure} if isinstance(wrong, str) else {}
            refused = replace(
                sheet, errors=errors, failure="" if errors else failure, status=error.status
            )
            return await _page(request, runtime, place, refused)


def _form_of(request: Request) -> AbstractAsyncContextManager[FormData]:
    length = request.headers.get("content-length", "")
    most = applying.RESUME_BYTES + _SLACK
    if not length.isascii() or not length.isdigit() or int(length) > most:
        raise ResumeTooLarge(limit=applying.RESUME_BYTES)
    return request.form(max_files=1, max_fields=20, max_part_size=_FIELD_BYTES)


async def _place(request: Request, runtime: Runtime, company: str, vacancy_id: UUID) -> Place:
    firm, vacancy = await find_offer(runtime, company, vacancy_id)
    speak(request, vacancy.terms.language)
    if vacancy.terms.status is not VacancyStatus.OPEN:
        raise VacancyShut
    return Place(firm, vacancy)


def _text(given: FormData, name: str) -> str:
    value = given.get(name)
    return value.strip() if isinstance(value, str) else ""


async def _sheet(runtime: Runtime, place: Place, given: FormData) -> Sheet:
    form = _text(given, "form")[:LONGEST_FORM_KEY] or new_token()
    ticket = _text(given, "ticket")
    file = await applying.find_resume(runtime, place.firm.id, form, ticket)
    return Sheet(
        form=form, typed={name: _text(given, name) for name in FIELDS}, consent=bool(_text(given, "consent")),
        ticket=ticket if file else "", file=file,
    )  # fmt: skip


async def _check_calm(runtime: Runtime, sheet: Sheet, given: FormData) -> None:
    await applying.check_calm(
        runtime, sheet.form, challenge=_text(given, "challenge"), solution=_text(given, "solution")
    )


async def _with_resume(runtime: Runtime, place: Place, sheet: Sheet, given: FormData) -> Sheet:
    """Keep the résumé that comes with the form, and propose what it says where nothing was typed."""
    upload = given.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return sheet
    file = await applying.keep_resume(runtime, place.firm.id, upload)
    kept = replace(sheet, file=file, ticket=applying.ticket_of(runtime, sheet.form, file.id))
    found = await applying.read_resume(runtime, place.firm.id, file)
    if found is None:
        return replace(kept, said="unread")
    return replace(kept, typed=_proposed(sheet.typed, found), said="read")


def _proposed(typed: Mapping[str, str], found: Person) -> dict[str, str]:
    """Return the fields with what a résumé says; its text is always that of the file."""
    told = {name: typed.get(name) or str(getattr(found, name)) for name in FIELDS}
    return told | {"resume_text": found.resume_text}


def _asking(request: Request, sheet: Sheet) -> Sheet:
    """Say so when there is no file to read."""
    if sheet.file is not None:
        return sheet
    missing = {"file": text(locale_of(request), "hiring.resume_missing")}
    return replace(sheet, errors=missing, status=InvalidInput.status)


async def _apply(request: Request, runtime: Runtime, place: Place, sheet: Sheet) -> Response:
    person = CandidateCreate(**sheet.typed).person()
    if not sheet.consent:
        raise ConsentMissing(field="consent")
    made = await applying.send(
        runtime, place.vacancy, person, form=sheet.form, language=locale_of(request),
        file_id=sheet.file.id if sheet.file else None,
    )  # fmt: skip
    talk = await interviews.begin(runtime, place.firm.id, made.id)
    await interviews.ask(runtime, talk)
    return let_in(runtime, RedirectResponse(f"/applications/{made.id}/interview", 303), made.id)


def _refused(request: Request, sheet: Sheet, error: ValidationError) -> Sheet:
    locale = locale_of(request)
    errors = {}
    for each in error.errors():
        name = str(each["loc"][0])
        empty = not sheet.typed.get(name)
        key = "missing" if empty else "email" if name == "email" else "long"
        errors[name] = text(locale, "validation.missing") if key == "missing" else text(locale, f"hiring.apply_{key}")  # fmt: skip
    return replace(sheet, errors=errors, status=InvalidInput.status)


async def _page(request: Request, runtime: Runtime, place: Place, sheet: Sheet) -> Response:
    locale = locale_of(request)
    return await render.page(
        request, "hiring/apply.html", status=sheet.status, firm=place.firm, vacancy=place.vacancy, sheet=sheet,
        errors=sheet.errors, puzzle=await applying.find_challenge(runtime, sheet.form),
        canonical=address_of(runtime, place.firm, place.vacancy),
        consent_words=applying.consent_words(locale, place.vacancy),
    )  # fmt: skip
