"""The API of hiring, at `/api/v1` and at the root."""
