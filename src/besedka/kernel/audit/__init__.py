"""Audit: who did what to what, and when. Rows are written in the transaction of the deed and never changed.

An *action* is `thing.verb` (`assistant.update`); its *target* is the thing's type and id; *detail* says what a reader
needs to understand it later, never a secret or a text of people.
"""
