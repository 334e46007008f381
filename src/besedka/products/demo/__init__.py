"""Demo: a small company to try everything with, and the first page that offers it.

The company sells gazebos and garden furniture; its documents are in `documents/`, in Russian and in English.
"""
