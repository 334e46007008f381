"""Use cases of ready replies and macros."""

from besedka.products.desk.service.canned import (
    change_canned,
    create_canned,
    delete_canned,
    export_table,
    fill_canned,
    get_canned,
    import_table,
    list_canned,
)
from besedka.products.desk.service.macros import (
    change_macro,
    create_macro,
    delete_macro,
    get_macro,
    list_macros,
    run_macro,
)
from besedka.products.desk.service.steps import STEPS, StepKind
from besedka.products.desk.service.variables import KNOWN

__all__ = [
    "KNOWN",
    "STEPS",
    "StepKind",
    "change_canned",
    "change_macro",
    "create_canned",
    "create_macro",
    "delete_canned",
    "delete_macro",
    "export_table",
    "fill_canned",
    "get_canned",
    "get_macro",
    "import_table",
    "list_canned",
    "list_macros",
    "run_macro",
]
