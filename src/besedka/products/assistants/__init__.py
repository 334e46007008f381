"""Assistants: making them, filling them with documents, trying them out, and seeing why they answered as they did.

A *trial* is a test question: it shows the answer, what was found for it and how sure the search was, and leaves no trace.
"""
