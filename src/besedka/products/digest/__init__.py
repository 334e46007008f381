"""The digest: one letter about what a member missed while they were away.

*Missed* is a message that names the member, that was written to them alone, or that waits in a dialog of theirs, and that
they have not read. The *pace* says how long it waits before a letter tells of it, and how long the next letter waits.
Somebody is *away* when no session of theirs was used for a quarter of an hour.
"""
