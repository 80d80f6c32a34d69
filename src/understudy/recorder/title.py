"""What a process list shows of a forked process: its own name, not its parent's."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

_PR_SET_NAME = 15
_ARG_START, _ARG_END = 48, 49
"""Fields of /proc/self/stat, counted from 1 (proc(5))."""


def name_process(words: Sequence[str]) -> None:
    """Have `words` stand where this process's command line stood, cut off at the room that was there. Linux only."""
    fields = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
    # The state, field 3, is the first behind the bracket.
    start, end = int(fields[_ARG_START - 3]), int(fields[_ARG_END - 3])
    room = end - start
    if room <= 1:
        return
    line = b"\0".join(word.encode() for word in words)[: room - 1].ljust(room, b"\0")
    ctypes.memmove(start, line, room)
    ctypes.CDLL(None).prctl(_PR_SET_NAME, words[-1].encode()[:15], 0, 0, 0)
