"""Row security: the second wall between workspaces, made for every table that has a `workspace_id`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from besedka.core.db.connection import APP_ROLE, SETTING, SYSTEM_ROLE

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

ROLES = f"""
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['{APP_ROLE}', '{SYSTEM_ROLE}'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', wanted, current_user);
    END IF;
  END LOOP;
END $$
"""


def secured(table: "Table") -> bool:
    """Whether a table's rows belong to workspaces and are kept apart by the database."""
    return "workspace_id" in table.columns and bool(table.info.get("row_security", True))


def policy_statements(table: str) -> Iterator[str]:
    """Yield the statements that put one table behind the wall."""
    own = f"workspace_id = nullif(current_setting('{SETTING}', true), '')::uuid"
    yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
    yield f'DROP POLICY IF EXISTS tenant ON "{table}"'
    yield f'CREATE POLICY tenant ON "{table}" TO {APP_ROLE} USING ({own}) WITH CHECK ({own})'
    yield f'DROP POLICY IF EXISTS everything ON "{table}"'
    yield f'CREATE POLICY everything ON "{table}" TO {SYSTEM_ROLE} USING (true) WITH CHECK (true)'


def grant_statements() -> Iterator[str]:
    """Yield the rights of the two roles on all that is in the schema, now and later."""
    for role in (APP_ROLE, SYSTEM_ROLE):
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
        yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
        yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}"


def statements(metadata: "MetaData") -> Iterator[str]:
    """Yield roles, policies and grants for a whole schema."""
    yield ROLES
    for table in metadata.sorted_tables:
        if secured(table):
            yield from policy_statements(table.name)
    yield from grant_statements()
