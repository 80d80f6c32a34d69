"""What writing a format yielded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """`counts` of what was written, by plural noun; `left_out` counts steps by the reason why they are missing."""

    counts: Mapping[str, int]
    left_out: Mapping[str, int]
