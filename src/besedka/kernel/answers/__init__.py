"""Answers: the assistant as an actor, its replies as runs, and the handing of a dialog to a person and back.

An *assistant* has instructions and a collection of knowledge. A *run* is one reply to one question: whoever holds its
lease works on it. A *draft* is what it would say, with its citations.
"""
