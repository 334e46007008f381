"""From a file to blocks of text.

A *block* is a heading, a paragraph, a list, a table or a piece of code. Plain text, Markdown, CSV and JSON
are read in this process; every other format in a child of `besedka.core.sandbox` (`child.py` and what it
imports), which is the only place where the format libraries are loaded.
"""
