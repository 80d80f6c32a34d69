"""Memory that the recorder's libraries would keep for speed that it doesn't need."""

from __future__ import annotations

import ctypes
import os

# mallopt(3), malloc.h of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
TRIM_BYTES = 1 << 20
"""Free memory at the end of the heap is given back from this size on."""
MMAP_BYTES = 1 << 20
"""Blocks from this size on (pictures) are given back as soon as they are free, wherever they lie."""


def spare_memory() -> None:
    """One heap for all threads, and free memory given back soon. Call it first: libraries read these when they load.

    Where the C library isn't glibc, it does less.
    """
    # Both take them from the environment only: no pool of threads for linear algebra, and the C library's own memory.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in ((_M_ARENA_MAX, 1), (_M_TRIM_THRESHOLD, TRIM_BYTES), (_M_MMAP_THRESHOLD, MMAP_BYTES)):
            mallopt(option, value)
