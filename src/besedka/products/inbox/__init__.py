"""Inbox: the dialogs of customers, for the people who help.

A *dialog* is pending (the assistant has it), open (a person is needed or has it), snoozed or resolved. Replying takes
an open dialog over; of two people at once exactly one does.
"""
