"""Talking with models: so far which ones somebody can use.

A *usable model* is one that a provider of the workspace or of the installation offers.
"""
