"""Careers: a company's vacancies and each of them, for people and for search engines."""

from typing import Annotated, Final
from uuid import UUID
from xml.sax.saxutils import escape

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, StringConstraints
from starlette.responses import PlainTextResponse

from besedka.core.deps import CurrentRuntime
from besedka.core.i18n import DEFAULT_LOCALE
from besedka.core.markup import to_html
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.products.hiring.errors import VacancyNotFound
from besedka.products.hiring.pages.candidate_pass import WithinLimits, speak
from besedka.products.hiring.posting import posting
from besedka.products.hiring.service import vacancies
from besedka.products.hiring.types import (
    Company,
    Employment,
    Vacancy,
    VacancyFilter,
    VacancyStatus,
    WorkFormat,
)
from besedka.web import render
from besedka.web.assets import SHORTLY
from besedka.web.theme import accent_css

router = APIRouter(route_class=LateRoute)

CAREERS: Final = "/careers/{company}"
VACANCY: Final = "/careers/{company}/{vacancy_id}"
LONGEST: Final = 100
AT_ONCE: Final = 30
_OWN: Final = ("/dashboard", "/api/", "/applications/", "/w/", "/login", "/signup")

Words = Annotated[str, StringConstraints(max_length=LONGEST)]


@router.get("/robots.txt")
async def robots(runtime: CurrentRuntime) -> Response:
    """Tell search engines what is public, and where the list of it is."""
    closed = "".join(f"Disallow: {path}\n" for path in _OWN)
    return PlainTextResponse(
        f"User-agent: *\n{closed}Sitemap: {runtime.settings.base_url}/careers/sitemap.xml\n",
        headers={"Cache-Control": SHORTLY},
    )


@router.get("/careers/sitemap.xml", dependencies=[WithinLimits])
async def sitemap(runtime: CurrentRuntime) -> Response:
    """List the open vacancies of all companies, and the companies."""
    home = f"{runtime.settings.base_url}/careers"
    found = await vacancies.list_addresses(runtime)
    entries = [
        f"<url><loc>{escape(f'{home}/{slug}')}</loc></url>"
        for slug in dict.fromkeys(slug for slug, _, _ in found)
    ]
    entries += [
        f"<url><loc>{escape(f'{home}/{slug}/{vacancy}')}</loc><lastmod>{at.date().isoformat()}</lastmod></url>"
        for slug, vacancy, at in found
    ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{''.join(entries)}</urlset>\n"
    )
    return Response(body, media_type="application/xml", headers={"Cache-Control": SHORTLY})


@router.get(f"{CAREERS}/accent.css", dependencies=[WithinLimits])
async def accent(company: str, runtime: CurrentRuntime) -> Response:
    """The colour of a company's public pages."""
    found = await vacancies.find_company(runtime, company[:LONGEST])
    return Response(
        accent_css(found.accent), media_type="text/css", headers={"Cache-Control": SHORTLY}
    )


class Filters(BaseModel):
    """What a reader looks for; what is none of the words that are known asks for everything."""

    q: Words = ""
    location: Words = ""
    work_format: Words = ""
    employment: Words = ""
    before: UUID | None = None

    def wanted(self, company: str) -> VacancyFilter:
        """Return which vacancies of a company are wanted, one more than is shown."""
        work_format = WorkFormat(self.work_format) if self.work_format in set(WorkFormat) else None
        employment = Employment(self.employment) if self.employment in set(Employment) else None
        return VacancyFilter(
            company=company, text=self.q.strip(), location=self.location.strip(), work_format=work_format,
            employment=employment, before=self.before, limit=AT_ONCE + 1,
        )  # fmt: skip


@router.get(CAREERS, dependencies=[WithinLimits])
async def careers(
    company: str, request: Request, runtime: CurrentRuntime, filters: Annotated[Filters, Query()]
) -> Response:
    """Show a company's open vacancies."""
    firm = await vacancies.find_company(runtime, company[:LONGEST])
    speak(request, DEFAULT_LOCALE)
    wanted = filters.wanted(firm.slug)
    found = await vacancies.list_public(runtime, wanted)
    more = found[AT_ONCE - 1] if len(found) > AT_ONCE else None
    return await render.page(
        request, "hiring/careers.html", firm=firm, vacancies=found[:AT_ONCE], wanted=wanted, canonical=home_of(runtime, firm),
        is_filtered=any((wanted.text, wanted.location, wanted.work_format, wanted.employment)),
        next_url=f"?{request.url.include_query_params(before=more.id).query}" if more else "", formats=list(WorkFormat),
        employments=list(Employment),
    )  # fmt: skip


@router.get(VACANCY, dependencies=[WithinLimits])
async def vacancy(
    company: str, vacancy_id: UUID, request: Request, runtime: CurrentRuntime
) -> Response:
    """Show a vacancy; one that is closed says so and is left out by search engines."""
    firm, offer = await find_offer(runtime, company, vacancy_id)
    speak(request, offer.terms.language)
    canonical = address_of(runtime, firm, offer)
    is_open = offer.terms.status is VacancyStatus.OPEN
    return await render.page(
        request, "hiring/careers_vacancy.html", firm=firm, vacancy=offer, canonical=canonical, is_open=is_open,
        description=to_html(offer.terms.description), questions=len(vacancies.questions_of(offer.terms)),
        posting=posting(offer, url=canonical, home=home_of(runtime, firm)) if is_open else "",
    )  # fmt: skip


async def find_offer(runtime: Runtime, company: str, vacancy_id: UUID) -> tuple[Company, Vacancy]:
    """Return a company with a vacancy of its. Raises CompanyNotFound, VacancyNotFound."""
    firm = await vacancies.find_company(runtime, company[:LONGEST])
    found = await vacancies.find_public(runtime, vacancy_id)
    if found.workspace_id != firm.id:
        raise VacancyNotFound
    return firm, found


def home_of(runtime: Runtime, firm: Company) -> str:
    """Return the address of a company's careers page."""
    return f"{runtime.settings.base_url}/careers/{firm.slug}"


def address_of(runtime: Runtime, firm: Company, offer: Vacancy) -> str:
    """Return the address of a vacancy's page."""
    return f"{home_of(runtime, firm)}/{offer.id}"
