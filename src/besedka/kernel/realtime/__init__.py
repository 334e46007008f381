"""Sockets and topics: what a browser hears while it happens.

A *socket* belongs to a *principal*: a user's session or a contact, in one workspace. A *topic* is a name that sockets
subscribe to; whoever publishes a *frame* there reaches them all with the same bytes. Modules above register *commands*
(what clients may send), a *feed* (what a reconnecting client missed) and topics. An *ephemeral* frame may be lost.
"""
