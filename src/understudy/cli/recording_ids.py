"""Recordings as people name them: by the beginning of an id."""

from __future__ import annotations

from understudy.cli.errors import UsageFault
from understudy.settings import Home
from understudy.spool.keystore import KeyStore
from understudy.spool.recordings import recording_ids

FEWEST_DIGITS = 4


def find_recording(home: Home, given: str, *, forgettable: bool = False) -> str:
    """The one recording whose id begins as given; `forgettable` looks among left-over keys too. Raises UsageFault."""
    known = set(recording_ids(home.spool))
    if forgettable:
        known |= set(KeyStore(home.keys).known())
    if len(given) < FEWEST_DIGITS:
        raise UsageFault(f"recording {given!r}: give at least {FEWEST_DIGITS} digits of its id")
    found = sorted(one for one in known if one.startswith(given.lower()))
    if len(found) != 1:
        what = "no recording has this id" if not found else f"{len(found)} recordings begin so: give more digits"
        raise UsageFault(f"recording {given!r}: {what} (understudy recordings list shows them)")
    return found[0]
