"""Imports of private files are planted, and the check of the architecture sees them."""

import grimp
import pytest

from tests.test_architecture import violations


def _graph(importer: str, imported: str) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    graph.add_import(importer=importer, imported=imported)
    return graph


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("besedka.products.inbox.service", "besedka.kernel.files.repository"),
        ("besedka.products.inbox.service", "besedka.kernel.files.models"),
        ("besedka.products.inbox.repository", "besedka.products.widget.models"),
        ("besedka.kernel.answers.service", "besedka.kernel.knowledge.chunker"),
        ("besedka.kernel.answers.service", "besedka.kernel.knowledge.repository.search"),
        ("besedka.web.render", "besedka.kernel.accounts.repository"),
        ("besedka.cli", "besedka.kernel.accounts.jobs"),
        ("besedka.modules", "besedka.products.inbox.pages"),
        ("besedka.migrations.env", "besedka.kernel.files.repository"),
    ],
)
def test_private_file_imported_from_outside_is_reported(importer: str, imported: str) -> None:
    assert violations(_graph(importer, imported)) == [f"{importer} -> {imported}"]


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("besedka.products.inbox.service", "besedka.kernel.files.service"),
        ("besedka.products.inbox.api", "besedka.kernel.accounts.deps"),
        ("besedka.products.inbox.repository", "besedka.kernel.conversations.models"),
        ("besedka.kernel.knowledge.service", "besedka.kernel.knowledge.chunker"),
        ("besedka.modules", "besedka.products.inbox.module"),
        ("besedka.migrations.env", "besedka.kernel.files.models"),
        ("besedka.kernel.files.service", "besedka.core.db"),
    ],
)
def test_import_within_the_rules_is_not_reported(importer: str, imported: str) -> None:
    assert violations(_graph(importer, imported)) == []
