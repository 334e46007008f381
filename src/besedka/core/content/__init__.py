"""What some bytes are: their kind, judged by content, and their text, whatever its encoding.

A file name is only a hint among kinds of text (Markdown, CSV, plain), which look alike.
"""
