"""Only a module's public files may be imported from outside it."""

import grimp

PUBLIC = {"service", "schemas", "events", "errors", "types", "deps"}
# A repository may join with tables of the kernel; it writes only its own.
JOINED, JOINING = "models", {"repository", "models"}


def violations(graph: grimp.ImportGraph) -> list[str]:
    """Imports of private files from outside their module, as `importer -> imported`."""
    return sorted(
        f"{importer} -> {imported}"
        for imported in graph.modules
        for importer in graph.find_modules_that_directly_import(imported)
        if not _is_allowed(importer, imported)
    )


def _home(name: str) -> tuple[str, str, str] | None:
    """Group, module and file of a name such as besedka.kernel.files.service."""
    parts = name.split(".")
    if len(parts) < 4 or parts[1] not in {"kernel", "products"}:
        return None
    return parts[1], parts[2], parts[3]


def _is_allowed(importer: str, imported: str) -> bool:
    target, source = _home(imported), _home(importer)
    if target is None or target[2] in PUBLIC:
        return True
    if source is None:
        return _is_composition(importer, target[2])
    is_join = target[0] == "kernel" and target[2] == JOINED and source[2] in JOINING
    return source[:2] == target[:2] or is_join


def _is_composition(importer: str, file: str) -> bool:
    """The one list reads manifests, migrations read tables."""
    if importer == "besedka.modules":
        return file == "module"
    return file == "models" and importer.startswith("besedka.migrations")


def test_whole_tree_modules_are_entered_by_their_public_files() -> None:
    assert violations(grimp.build_graph("besedka", cache_dir=None)) == []
