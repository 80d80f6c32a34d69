"""The commands, one file each: the composition root. Nobody imports it.

Exit codes: 0 done, 1 failed, 2 wrong usage. What goes wrong is told in one line on standard error.
"""

from __future__ import annotations

import sys

from understudy.cli.app import run


def main() -> None:
    """The entry point `understudy`."""
    sys.exit(run(sys.argv[1:]))
