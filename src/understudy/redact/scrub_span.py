"""What the finders yield: a place in a normalised text and what stands there."""

from __future__ import annotations

from typing import NamedTuple

from understudy.redact.policy import ScrubKind


class Span(NamedTuple):
    """[start, end) of a normalised text holds a `kind`; `value` is it made comparable, equal for equal values."""

    kind: ScrubKind
    start: int
    end: int
    value: str
