"""Memory that the recorder's libraries would keep for speed that it doesn't need."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# mallopt(3), malloc.h of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
TRIM_BYTES = 1 << 20
"""Free memory at the end of the heap is given back from this size on."""
MMAP_BYTES = 1 << 20
"""Blocks from this size on (pictures) are given back as soon as they are free, wherever they lie."""


UNWANTED = ("pandas",)
"""Arrow loads it with the first array wherever it is installed, to see whether that isn't one of its own: 36 MB."""


class _Without(MetaPathFinder):
    """Finds no module of these names: whoever would use one where there is one does without."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self._names:
            raise ModuleNotFoundError(f"{fullname} is not for this process", name=fullname)
        return None


def spare_memory() -> None:
    """One heap for all threads, free memory given back soon, nothing loaded that only others need.

    Call it first: libraries read these when they load. Where the C library isn't glibc, it does less.
    """
    sys.meta_path.insert(0, _Without(UNWANTED))
    # Both take them from the environment only: no pool of threads for linear algebra, and the C library's own memory.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in ((_M_ARENA_MAX, 1), (_M_TRIM_THRESHOLD, TRIM_BYTES), (_M_MMAP_THRESHOLD, MMAP_BYTES)):
            mallopt(option, value)
