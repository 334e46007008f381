"""Audit: who did what to what, and when. Rows are written in the transaction of the deed and never changed.

An *action* is `thing.verb` (`assistant.update`); its *target* is the thing's type and id; *detail* says what a reader
needs to understand it later, never a secret or a text of people.

Once a minute new rows are *sealed*: each gets its *place* in the workspace's *chain* and a hash over itself and the hash
before it. The *head* is the last place and its hash; written down elsewhere it is an *anchor*.
"""
