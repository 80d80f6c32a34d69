"""Variations that change nothing of what a look means: other words in the same places, elements gone, things moved."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from understudy.learn.encode import PLACES, STATES, Answer, Encoded
from understudy.learn.pieces import PieceTable

POOL_WORDS = 3000
_SYLLABLES = (
    "ba be bi bo da de di do fa fe ga go ha he jo ka ke ki la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro "
    "sa se si so ta te ti to va ve vi za zo lan ter son mel dor vin tes rus"
)


@dataclass(frozen=True)
class Variation:
    """How much is varied: chances of a sample (the first) and of each word or element in it (the second)."""

    words: tuple[float, float] = (0.5, 0.6)
    gone: tuple[float, float] = (0.3, 0.15)
    moved: float = 0.5
    unordered: float = 0.25
    unfocused: float = 0.2


@dataclass(frozen=True)
class Varied:
    """What differs: pieces replaced by others, which elements are left, features with other places."""

    replaced: dict[int, int]
    there: npt.NDArray[np.bool_]
    features: npt.NDArray[np.float32] | None
    unordered: bool


class Augment:
    """Makes variations; the words that it puts in are made up, the same for one `seed`."""

    def __init__(self, table: PieceTable, variation: Variation, seed: int) -> None:
        self._table, self._variation = table, variation
        maker = random.Random(seed)
        self._pool = np.array([table.number(_made_up(maker)) for _ in range(POOL_WORDS)], np.int64)

    def vary(self, look: Encoded, answer: Answer, generator: np.random.Generator) -> Varied:
        """One variation of a look; what was done stays what it was."""
        kind = self._variation
        replaced: dict[int, int] = {}
        if generator.random() < kind.words[0]:
            replaced = self._replaced(look, answer, generator, kind.words[1])
        there = np.ones(len(look.kept), bool)
        if generator.random() < kind.gone[0]:
            there = self._left(look, answer, generator, kind.gone[1])
        features = None
        if generator.random() < kind.moved:
            features = _moved(look.features, generator)
        unordered = bool(generator.random() < kind.unordered)
        if unordered:
            features = (look.features if features is None else features).copy()
            features[:, PLACES : PLACES + 2] = 0
        if generator.random() < kind.unfocused:
            features = (look.features if features is None else features).copy()
            features[:, STATES.index("focused")] = 0
        return Varied(replaced, there, features, unordered)

    def _replaced(self, look: Encoded, answer: Answer, generator: np.random.Generator, share: float) -> dict[int, int]:
        """New pieces for words that the task and the screen (or what was typed) both hold, and no inner name does.

        Such a word is there to be found again; another in all of its places means the same. Numbers stay: they count.
        """
        _, identities = self._table.arrays()
        folded = identities[:, 1]
        words = look.task[(folded[look.task] != 0) & (identities[look.task, 3] == 0)]
        shown = np.concatenate([look.names.ravel(), look.done_texts.ravel(), look.done_names.ravel()])
        both = set(folded[words].tolist()) & set(folded[shown].tolist())
        both -= set(folded[look.hints.ravel()].tolist())
        # What is to be typed is known by where the task says it, and a token stands for any word.
        spelled = look.task[[part.place for part in answer.parts if part.source == "task"]]
        tokens = [place for place in look.task.tolist() if self._table.is_token(place)]
        pointed = [place for place in (*spelled.tolist(), *tokens) if identities[place, 3] == 0]
        both |= set(folded[pointed].tolist())
        both.discard(0)
        replaced: dict[int, int] = {}
        everything = np.unique(np.concatenate([look.task, shown]))
        for identity in sorted(both):
            if generator.random() < share:
                new = int(generator.choice(self._pool))
                for old in everything[folded[everything] == identity]:
                    replaced[int(old)] = new
        return replaced

    def _left(
        self, look: Encoded, answer: Answer, generator: np.random.Generator, share: float
    ) -> npt.NDArray[np.bool_]:
        """Without some leaves that the task says nothing of."""
        _, identities = self._table.arrays()
        folded = identities[:, 1]
        said = set(folded[look.task].tolist()) - {0}
        leaf = look.features[:, PLACES + 7] > 0
        there = np.ones(len(look.kept), bool)
        needed = set(answer.elements) | {part.place for part in answer.parts if part.source == "screen"}
        for place in range(len(look.kept)):
            if leaf[place] and place not in needed and generator.random() < share:
                there[place] = bool(said & set(folded[look.names[place]].tolist()))
        return there


def _moved(features: npt.NDArray[np.float32], generator: np.random.Generator) -> npt.NDArray[np.float32]:
    """All places shifted and stretched together, a little."""
    out = features.copy()
    known = out[:, PLACES + 5] == 0
    stretch = generator.uniform(0.85, 1.15, 2).astype(np.float32)
    shift = generator.uniform(-0.1, 0.1, 2).astype(np.float32)
    out[known, PLACES : PLACES + 2] = out[known, PLACES : PLACES + 2] * stretch + shift
    out[known, PLACES + 2 : PLACES + 4] *= stretch
    return out


def _made_up(maker: random.Random) -> str:
    """A word that no language need have, or a jumble of letters and digits as passwords are."""
    if maker.random() < 0.25:
        return "".join(maker.choice(string.ascii_letters + string.digits) for _ in range(maker.randint(2, 7)))
    word = "".join(maker.choice(_SYLLABLES.split()) for _ in range(maker.randint(1, 4)))
    return word.capitalize() if maker.random() < 0.4 else word
