"""`python -m tools.lint [ROOT]`: print every violation as `path:line: message`; 1 when there is one."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tools.lint import run, sizes
from tools.lint.project import Project

HERE = Path(__file__).resolve().parent.parent.parent


def main(arguments: Sequence[str]) -> int:
    """Check the repository, or the folder named as the only argument."""
    project = Project(Path(arguments[0]).resolve() if arguments else HERE)
    violations = sorted(run.violations(project))
    for violation in violations:
        print(violation)
    middle, high = sizes.summary(project)
    failures = sum(not violation.soft for violation in violations)
    print(f"functions: median {middle:g} lines, 95th percentile {high:g}; {failures} violations")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
