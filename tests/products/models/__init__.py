"""Servers of models, access and own keys."""
