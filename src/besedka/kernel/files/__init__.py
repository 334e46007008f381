"""Uploaded files: stored under random names, typed by content, handed out by their owners.

A *draft* is an upload in quarantine: it has a random name, a limit and no row. Once its bytes are on the disk for good and its
kind is known and allowed, it is *kept*, and only then becomes a *file*, in the transaction that acknowledges it. A *blob* is content:
files of a workspace with the same bytes share one, and it goes with the last of them. Who may read a file is
decided by the module that owns it, or for a bare upload: the uploader, and who has `files.read`.
"""
