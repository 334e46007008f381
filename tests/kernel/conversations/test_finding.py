"""Contacts are found by parts of their names and addresses."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.conversations.repository import finding
from besedka.kernel.conversations.service.finding import words_of_query
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.conversations.test_contacts import CONTACTS, make_contact


async def find(client: httpx.AsyncClient, workspace: MadeWorkspace, text: str) -> list[str]:
    """Return the names of the contacts that are found."""
    answer = await client.get(CONTACTS, params={"q": text}, headers=workspace.headers)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()]


async def test_part_of_a_name_an_address_or_a_telephone_finds_a_contact_of_the_workspace_alone(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    ours, theirs = await make_workspace(runtime), await make_workspace(runtime)
    for name, email, phone in (
        ("Пётр Соловьёв", "petr.sol@example.com", "+7 912 345-67-89"),
        ("Анна Петрова", "anna@shop.example", None),
        ("Li Wu", None, "+7 900 000-00-00"),
    ):
        await make_contact(runtime, ours, name, email=email, phone=phone)
    await make_contact(runtime, theirs, "Пётр Чужой", email="petr@example.com")
    petr, anna, li = "Пётр Соловьёв", "Анна Петрова", "Li Wu"
    for text, expected in (
        ("петр", [anna, petr]), ("оловье", [petr]), ("СОЛОВЬЁВ пет", [petr]), ("sol@exam", [petr]),
        ("345-67", [petr]), ("8 (912) 345 67 89", [petr]), ("li", [li]), ("a", [anna]), ("wu", [li]),
        ("чужой", []), ("example", [anna, petr]), ("100%", []), ("'", []), ("\\", []),
    ):  # fmt: skip
        assert (text, await find(client, ours, text)) == (text, expected)


async def test_looking_for_contacts_reads_the_index_and_no_more_than_it_finds(
    runtime: Runtime,
) -> None:
    made = await make_workspace(runtime)
    async with runtime.db.system.transaction() as conn:
        await conn.execute(
            "WITH a AS (INSERT INTO actor (workspace_id, id, kind, name)"
            " SELECT $1, uuidv7(), 'contact', 'Guest' FROM generate_series(1, 400) RETURNING id)"
            " INSERT INTO contact (workspace_id, id, name, email)"
            " SELECT $1, id, 'Guest', md5(id::text) || '@example.com' FROM a",
            made.id,
        )
        await conn.execute("SET LOCAL enable_seqscan = off")
        parts = finding.parts_of(made.id, ["nobody"])
        plan = await conn.fetch(
            f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF) {finding.BY_PARTS}", made.id, parts, ["nobody"], 20
        )  # fmt: skip
    words = "\n".join(row[0] for row in plan)
    assert "ix_contact_parts" in words
    assert "Rows Removed" not in words, words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  Ёлка ИВАНОВА ", ["елка", "иванова"]),
        ("+7 (912) 345", ["7912345"]),
        ("8 912 345-67-89", ["9123456789"]),
        ("1234", ["1234"]),
        ("   ", []),
    ],
)
def test_query_becomes_words_or_digits(text: str, words: list[str]) -> None:
    assert words_of_query(text) == words
