"""The routes of accounts: `auth` (sessions and passwords), `people`, `workspaces`."""
