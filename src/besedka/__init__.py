"""Besedka: every conversation of a company, on one engine."""

__version__ = "0.1.0"
