"""A signature of an episode, by which near-duplicates are found: MinHash over its task, its actions and what was shown.

MinHash after A. Broder, "On the resemblance and containment of documents" (1997): the share of equal numbers in two
signatures estimates the Jaccard similarity of the two sets of features, to ± 0.05 (one standard error at 0.8 with 64
numbers: sqrt(0.8 * 0.2 / 64)). Finding them among many episodes is `dataset.likeness`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from understudy.records.actions import Action, Episode, Step
from understudy.records.kept import ElementTree

SIZE = 64
"""Numbers in a signature."""
_PRIME = (1 << 61) - 1
_MOST = (1 << 32) - 1


def likeness(episode: Episode, trees: Mapping[int, ElementTree]) -> tuple[int, ...]:
    """The episode's signature: `SIZE` numbers of 32 bits, the same for the same episode on every machine.

    Features are the task's words with their place, each action with its element (kind, role, name, text, keys) after
    the one before it, and the elements shown before the first action (role, name, text, states). Times and places in
    px are no features, nor are waits and scrolls. () for an episode that has none of these.
    """
    features = sorted({_number(feature) for feature in _counted(_features(episode, trees))})
    if not features:
        return ()
    hashes = (np.array(features, dtype=object)[:, None] * _FACTORS[None, :] + _SHIFTS[None, :]) % _PRIME
    return tuple(int(least) & _MOST for least in hashes.min(axis=0))


def _features(episode: Episode, trees: Mapping[int, ElementTree]) -> Iterator[str]:
    words = episode.task.split()
    for one, two in zip(["", *words], [*words, ""], strict=True) if words else ():
        yield f"task\0{one}\0{two}"
    before = ""
    acted = [step for step in episode.steps if step.action.kind not in ("wait", "scroll")]
    for step in acted:
        told = _told(step)
        yield f"act\0{told}"
        yield f"act\0{before}\0{told}"
        before = told
    first = next((tree for step in acted if (tree := trees.get(_tree(step))) is not None), None)
    for node in first.nodes if first is not None else ():
        if node.name or node.text or "checked" in node.states or "selected" in node.states:
            yield f"shown\0{node.role}\0{node.name}\0{node.text}\0{'checked' in node.states}"


def _tree(step: Step) -> int:
    return -1 if step.tree_seq is None else step.tree_seq


def _told(step: Step) -> str:
    action: Action = step.action
    target = step.target
    element = (target.role, target.name) if target is not None else ("", "")
    return "\0".join((action.kind, *element, action.button, "+".join(action.keys), action.text))


def _counted(features: Iterator[str]) -> Iterator[str]:
    """Each feature with how often it came before, so that twice the same isn't once."""
    seen: Counter[str] = Counter()
    for feature in features:
        yield f"{seen[feature]}\0{feature}"
        seen[feature] += 1


def _number(feature: str) -> int:
    return int.from_bytes(hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


def _permutations() -> tuple[Sequence[int], Sequence[int]]:
    numbers = [
        int.from_bytes(hashlib.blake2b(f"understudy likeness 1 {n}".encode(), digest_size=7).digest(), "big")
        for n in range(2 * SIZE)
    ]
    return [1 + number % (_PRIME - 1) for number in numbers[:SIZE]], numbers[SIZE:]


_FACTORS, _SHIFTS = (np.array(each, dtype=object) for each in _permutations())
