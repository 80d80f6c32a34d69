"""What attacks found, as sentences for a card and as figures for programs. Never about one person. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from understudy.risk.identify import SIGHTS, Attack, Identified
from understudy.risk.quasi import QUASI, UNTOLD, Shared
from understudy.risk.scores import Estimate

WORDS = {sight.name: sight.words for sight in SIGHTS}


def strongest(identified: Identified) -> list[Attack]:
    """Of each sight the attack with a whole session that found most people, in the order of the sights."""
    best: dict[str, Attack] = {}
    for attack in identified.attacks:
        before = best.get(attack.sight)
        if attack.pool is None and (before is None or attack.found.rank1.value > before.found.rank1.value):
            best[attack.sight] = attack
    return [best[sight.name] for sight in SIGHTS if sight.name in best]


def lines(identified: Identified, shares: Sequence[Shared], seed: int) -> tuple[str, ...]:
    """The findings in sentences, for a card."""
    told: list[str] = []
    best = strongest(identified)
    if best:
        told.append(
            f"{identified.people} of {identified.contributors} people have two sessions or more and were looked for "
            f"in their shorter ones ({identified.sought}) by attackers trained on their longer ones "
            f"({identified.known}), on this data as it is (seed {seed}). Told is the strongest attack with a whole "
            "session; between brackets what 95 of 100 draws of the people give."
        )
    for attack in best:
        found = attack.found
        told.append(
            f"Looked for by {WORDS[attack.sight]}: {interval(found.rank1)} are named right at the first guess "
            f"(guessing: {found.rank1_chance:.3f}); equal error rate {interval(found.eer)}, area under the curve "
            f"{interval(found.auc)} (guessing: 0.5)."
        )
    # One sentence for all sights that share a reason.
    for why in dict.fromkeys(one.why for one in identified.refused):
        names = [WORDS[one.sight] for one in identified.refused if one.why == why]
        told.append(f"Not looked for by {'; '.join(names)}: {why}.")
    if shares:
        together = shares[-1]
        people = identified.contributors
        told.append(
            f"By {', '.join(QUASI.values())} together, {together.alone} of {people} people are alone with theirs "
            f"(k = {together.fewest}). Not counted: {'; '.join(UNTOLD.values())}."
        )
    return tuple(told)


def interval(estimate: Estimate) -> str:
    """0.07 (0.03–0.14)"""
    return f"{estimate.value:.2f} ({estimate.low:.2f}–{estimate.high:.2f})"


def figures(identified: Identified, shares: Sequence[Shared]) -> dict[str, Any]:
    """All findings as plain values."""
    return {
        "people": identified.people,
        "contributors": identified.contributors,
        "known_sessions": identified.known,
        "sought_sessions": identified.sought,
        "attacks": [dataclasses.asdict(attack) for attack in identified.attacks],
        "refused": [dataclasses.asdict(one) for one in identified.refused],
        "shared": [dataclasses.asdict(one) for one in shares],
        "untold": UNTOLD,
    }
