"""Tests mirror src/besedka; fakes stand in fakes/, browser tests in e2e/."""
