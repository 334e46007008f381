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
SCRIPTED = {
    r"\bstyleMap\b": "no styleMap: the policy refuses what it writes",
    r"\bunsafeHTML\b": "unsafeHTML trusts HTML: say why the server has sanitised it",
    r"\.(inner|outer)HTML\s*=": "assigning HTML trusts it: say why the server has sanitised it",
    r"\beval\(|\bnew Function\(": "nothing evaluates strings",
}
SCRIPTED |= {pattern: MARKUP[pattern] for pattern in (r"\sstyle\s*=", r"\shx-on\b")}


def check(project: Project) -> Iterator[Violation]:
    """Forbidden attributes, scripts and filters in templates and in the front end's sources."""
    for file in project.under("src", ".html", ".jinja", ".j2"):
        rules = JINJA if LETTERS in file.path else JINJA | MARKUP
        yield from _matches(file, rules)
    for file in project.under("frontend", ".ts", ".js", ".html"):
        yield from _matches(file, SCRIPTED)


def _matches(file: SourceFile, rules: dict[str, str]) -> Iterator[Violation]:
    for pattern, message in rules.items():
        for match in re.finditer(pattern, file.text):
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield Violation(file.path, file.line_at(start), message)
