"""The house's own checks: what STYLE asks for and no ready-made linter knows.

A check is a module with `NAME` and `check(project)`, which yields a `Violation` for every line that
breaks its rule. A line may be excused by a comment `lint-allow: NAME reason`; excuses are counted
together with the other suppressions, and their number may only fall.
"""
