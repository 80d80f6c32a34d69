"""What the finders yield: a place in a normalised text and what stands there; and the kinds there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from understudy.redact.policy import CATEGORY_OF_KIND, ScrubKind

TextKind = ScrubKind | Literal["ip", "birth", "address", "health", "pay"]
"""Every kind of text that can be found: those that a policy's `scrub` names, and those behind its `categories`."""

KINDS: tuple[TextKind, ...] = (*get_args(ScrubKind), "ip", "birth", "address", "health", "pay")

CATEGORY_OF: dict[TextKind, str] = {
    **{kind: CATEGORY_OF_KIND[kind] for kind in get_args(ScrubKind)},
    "ip": "IP",
    "birth": "DATE_OF_BIRTH",
    "address": "ADDRESS",
    "health": "HEALTH",
    "pay": "PAYROLL",
}
"""What a policy's `categories` calls each kind."""


def kinds_of(categories: Iterable[str]) -> tuple[TextKind, ...]:
    """The kinds behind the names in `Policy.categories`. Raises ValueError for a name that is none."""
    wanted = frozenset(categories)
    if unknown := sorted(wanted.difference(CATEGORY_OF.values())):
        raise ValueError(f"no category {unknown[0]!r}; expected some of {', '.join(CATEGORY_OF.values())}")
    return tuple(kind for kind in KINDS if CATEGORY_OF[kind] in wanted)


START, END = r"(?<![^\W_])", r"(?![^\W_])"
"""Where a word begins and ends in a pattern: an underscore ends one too, as in "user_ssn"."""


class Span(NamedTuple):
    """[start, end) of a normalised text holds a `kind`; `value` is it made comparable, equal for equal values."""

    kind: TextKind
    start: int
    end: int
    value: str
