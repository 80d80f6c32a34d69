"""Near-duplicates among episodes, from their signatures (column `likeness`). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

ALIKE = 0.8
"""Share of a signature's numbers that are equal in near-duplicates. Of 4,649 demonstrations of MiniWoB++ pairs of one
task with this much in common differ in a word or in one action; below, they are other instances of the task."""
ROWS = 4
"""Numbers to a band: two signatures with `ALIKE` in common share one of 16 bands of 4 with 99.98 %
(1 - (1 - 0.8^4)^16), so that not every pair need be compared."""


def groups(signatures: Sequence[Sequence[int] | None]) -> list[int]:
    """For each episode the place of the first one that it nearly duplicates, directly or over others; its own place
    where it is the first of its kind or has no signature.

    Signatures are of one length; those of another length than the first are alike to none.
    """
    first = list(range(len(signatures)))

    def root(place: int) -> int:
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    same: dict[tuple[int, ...], int] = {}
    bands: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for place, signature in enumerate(signatures):
        if not signature:
            continue
        if (twin := same.setdefault(tuple(signature), place)) != place:
            first[place] = root(twin)
            continue
        for at in range(0, len(signature), ROWS):
            band = bands[at, tuple(signature[at : at + ROWS])]
            for other in band:
                if root(other) != root(place) and alike(signature, signatures[other] or ()):
                    one, two = sorted((root(other), root(place)))
                    first[two] = one
            band.append(place)
    return [root(place) for place in range(len(signatures))]


def alike(one: Sequence[int], other: Sequence[int]) -> bool:
    """True for the signatures of near-duplicates."""
    if len(one) != len(other) or not one:
        return False
    return sum(a == b for a, b in zip(one, other, strict=True)) >= ALIKE * len(one)
