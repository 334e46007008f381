"""The shell of the pages: rendering, base templates and macros, built static files, accent colours.

Vocabulary: a *page* is a whole HTML answer, a *fragment* a part that htmx swaps in, an *asset* a built
file under /static, the *rail* the navigation that every page of the dashboard has.
"""
