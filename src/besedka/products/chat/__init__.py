"""Talking with models: one person, and any model that a provider of the workspace or of the installation offers.

A *usable model* is one that can be asked. A *turn* is a question or an answer at its place on a *branch*; a chat shows one of
its branches. A *run* is the making of one answer, in one or two *attempts*.
"""
