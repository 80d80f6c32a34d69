"""What the recorder's processes may print: our own lines, which carry ids and counts only."""

from __future__ import annotations

import logging
import sys


def only_our_lines() -> None:
    """From here on log lines of libraries go nowhere: an exception that they tell of may quote what was captured.

    Ours go to standard error from level WARNING on. Exceptions that nobody can raise any more are told by type.
    """
    logging.getLogger().addHandler(logging.NullHandler())
    ours = logging.getLogger("understudy")
    ours.addHandler(logging.StreamHandler())
    ours.propagate = False
    sys.unraisablehook = _by_type


def _by_type(unraisable: sys.UnraisableHookArgs) -> None:
    logging.getLogger(__name__).error("an exception could not be raised: %s", unraisable.exc_type.__name__)
