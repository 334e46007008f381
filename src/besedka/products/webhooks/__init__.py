"""Webhooks: what happens in a workspace is told to other people's servers.

A *webhook* is a subscription: an address, the *kinds* of events it wants, and a *secret* that signs what is sent. A *delivery*
is one event on its way to one webhook, with the log of how it went. Signing follows the Standard Webhooks specification.
"""
