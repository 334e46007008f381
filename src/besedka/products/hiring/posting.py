"""A vacancy as search engines read it: JobPosting of schema.org, with what Google asks for."""

from collections.abc import Mapping
from typing import Final

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape
from pydantic import JsonValue

from besedka.products.hiring.types import Employment, Vacancy, WorkFormat

_EMPLOYMENT: Final[Mapping[Employment, str]] = {
    Employment.FULL_TIME: "FULL_TIME", Employment.PART_TIME: "PART_TIME", Employment.CONTRACT: "CONTRACTOR",
    Employment.TEMPORARY: "TEMPORARY", Employment.INTERNSHIP: "INTERN",
}  # fmt: skip
_COUNTRIES: Final[Mapping[str, str]] = {
    "RUB": "RU", "KZT": "KZ", "BYN": "BY", "UZS": "UZ", "AMD": "AM", "GEL": "GE", "KGS": "KG", "UAH": "UA", "USD": "US",
    "GBP": "GB", "TRY": "TR", "PLN": "PL", "RSD": "RS",
}  # fmt: skip
"""Where a salary in a currency is paid; one of several countries is not here."""


def posting(vacancy: Vacancy, *, url: str, home: str) -> Markup:
    """Return a vacancy's JobPosting as the data block of a page: it holds no script, so the policy lets it stand."""
    data = htmlsafe_json_dumps(described(vacancy, url=url, home=home), ensure_ascii=False)
    return Markup('<script type="application/ld+json">{}</script>').format(data)


def described(vacancy: Vacancy, *, url: str, home: str) -> dict[str, JsonValue]:
    """Return a vacancy's JobPosting. What is not known is left out."""
    terms = vacancy.terms
    found: dict[str, JsonValue] = {
        "@context": "https://schema.org/", "@type": "JobPosting", "title": terms.title,
        "description": _html(terms.description or terms.title), "datePosted": vacancy.created_at.date().isoformat(),
        "hiringOrganization": {"@type": "Organization", "name": vacancy.company, "sameAs": home},
        "identifier": {"@type": "PropertyValue", "name": vacancy.company, "value": str(vacancy.id)},
        "url": url, "directApply": True, "inLanguage": terms.language,
    }  # fmt: skip
    if terms.employment:
        found["employmentType"] = _EMPLOYMENT[terms.employment]
    if terms.skills:
        found["skills"] = ", ".join(terms.skills)
    return found | _place(vacancy) | _salary(vacancy)


def _html(words: str) -> str:
    parts = (part.strip() for part in words.split("\n\n"))
    return "".join(f"<p>{escape(part)}</p>".replace("\n", "<br>") for part in parts if part)


def _place(vacancy: Vacancy) -> dict[str, JsonValue]:
    terms, found = vacancy.terms, dict[str, JsonValue]()
    country = _COUNTRIES.get(terms.currency)
    if terms.location:
        address: dict[str, JsonValue] = {
            "@type": "PostalAddress",
            "addressLocality": terms.location,
        }
        if country:
            address["addressCountry"] = country
        found["jobLocation"] = {"@type": "Place", "address": address}
    if terms.work_format is WorkFormat.REMOTE:
        found["jobLocationType"] = "TELECOMMUTE"
        if country:
            found["applicantLocationRequirements"] = {"@type": "Country", "name": country}
    return found


def _salary(vacancy: Vacancy) -> dict[str, JsonValue]:
    terms = vacancy.terms
    if terms.salary_min is None and terms.salary_max is None:
        return {}
    value: dict[str, JsonValue] = {"@type": "QuantitativeValue", "unitText": "MONTH"}
    if terms.salary_min is not None:
        value["minValue"] = terms.salary_min
    if terms.salary_max is not None:
        value["maxValue"] = terms.salary_max
    return {"baseSalary": {"@type": "MonetaryAmount", "currency": terms.currency, "value": value}}
