"""What a strict Content-Security-Policy would refuse, and what would let foreign HTML in."""

import re
from collections.abc import Iterator

from tools.lint.project import Project, SourceFile
from tools.lint.violation import Violation

NAME = "template"

# A letter is read in a mail program: there is no policy there, and inline style is all that works.
LETTERS = "/letters/"

MARKUP = {
    r"\sstyle\s*=": "no style attribute: the policy refuses it; use a class",
    r"<style\b": "no inline style sheet: the policy refuses it",
    r"<script\b(?![^>]*\ssrc\s*=)[^>]*>": "no inline script: the policy refuses it",
    r"\shx-on\b": "no hx-on: it evaluates a string; write an island",
    r"""["'\s]js:""": "no js: values: they evaluate a string",
    r"""\shx-trigger\s*=\s*["'][^"']*\[""": "no trigger filters: they evaluate a string",
    r"\son[a-z]+\s*=\s*[\"']": "no event handler attribute: the policy refuses it",
    r"(?i)javascript:": "no javascript: address",
}
JINJA = {
    r"\|\s*safe\b": "|safe trusts HTML: sanitise where it is made and pass Markup",
    r"\{%-?\s*autoescape\s+false": "autoescape stays on",
}


def check(project: Project) -> Iterator[Violation]:
    """Forbidden attributes, scripts and filters in templates; frontend/tools/lint.ts looks at its sources."""
    for file in project.under("src", ".html", ".jinja", ".j2"):
        rules = JINJA if LETTERS in file.path else JINJA | MARKUP
        yield from _matches(file, rules)


def _matches(file: SourceFile, rules: dict[str, str]) -> Iterator[Violation]:
    for pattern, message in rules.items():
        for match in re.finditer(pattern, file.text):
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield Violation(file.path, file.line_at(start), message)
