"""PostgreSQL: the embedded server, the fast lane, the ORM lane, the system pool, row security."""
