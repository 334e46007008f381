"""Secrets at rest, security headers, request limits."""
