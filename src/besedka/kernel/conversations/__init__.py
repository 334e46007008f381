"""Conversations: people, assistants and contacts who write to each other.

A *conversation* is a numbered list of *messages*. `seq` is a message's place for ever; `mod` counts the changes of the
conversation. *Participants* may read and write it; every change of who they are raises `members_epoch`. A *dialog* is a
conversation with a *contact*, a person outside the workspace, who sees only public messages; it has a state, an
assignee and an `epoch`, which tells an assistant that a person took over.
"""
