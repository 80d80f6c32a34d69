"""Task templates: a task's words with the values that vary from one episode to the next taken out. Pure.

Nothing is known of any task beforehand. A value is told by itself (quoted, with a digit, a redaction's token, an
@handle), by what people did with it (most episodes whose task has the word also press or type it), or by the other
tasks (a rare word, and without it the sentence is the same as another's).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GAP = "·"
"""Stands in a template for what varies."""
HANDLED = 0.5
"""A word is a value when this share of the episodes whose task has it also press or type it: more often than not."""
RARE = 3
"""A word in fewer tasks than this may be a value: twice can be the same order given twice."""
RARER = 0.05
"""So may one that is this much rarer than the commonest word of its sentence."""
LEFT = 0.5
"""At least this share of a template is words: less, and unlike tasks would look alike."""

_PIECES = re.compile(r'"[^"]*"|“[^”]*”|«[^»]*»|<[A-Z_]+_\d+>|@\w+|[\w’\'./:@+-]*\w')
_BY_ITSELF = re.compile(r'["“«<@].*|.*\d.*')


@dataclass(frozen=True)
class Told:
    """An episode's task and the texts that the person acted upon: typed, or names of what was pressed."""

    task: str
    values: tuple[str, ...] = ()


def templates(told: Sequence[Told]) -> list[str]:
    """Each episode's template, in the same order; "" for an episode without a task.

    More episodes make better templates; the same word may be taken for a value in a larger dataset and for a part of
    the template in a smaller one.
    """
    sentences = [_pieces(one.task) for one in told]
    has: Counter[str] = Counter()
    handled: Counter[str] = Counter()
    for one, sentence in zip(told, sentences, strict=True):
        values = {piece for value in one.values for piece in _pieces(value)} | {
            piece for value in one.values for piece in _words(value)
        }
        for word in set(sentence) - {GAP}:
            has[word] += 1
            handled[word] += word in values
    varying = {word for word, count in has.items() if handled[word] >= HANDLED * count}
    plain = [_joined(GAP if word in varying else word for word in sentence) for sentence in sentences]
    thinned = [_thinned(sentence, has) for sentence in plain]
    alike: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for whole, thin in zip(plain, thinned, strict=True):
        alike[thin].add(whole)
    return [
        " ".join(thin if len(alike[thin]) > 1 and _words_in(thin) >= LEFT * len(thin) else whole)
        for whole, thin in zip(plain, thinned, strict=True)
    ]


def alone(task: str) -> str:
    """The template as far as the task alone tells it."""
    return " ".join(_joined(_pieces(task)))


def _pieces(text: str) -> list[str]:
    return [GAP if _BY_ITSELF.fullmatch(piece) else piece.casefold() for piece in _PIECES.findall(text)]


def _words(text: str) -> list[str]:
    return [piece.casefold() for piece in re.findall(r"\w+", text)]


def _joined(sentence: Iterable[str]) -> tuple[str, ...]:
    """Neighbouring gaps are one: how many values there were varies too."""
    found: list[str] = []
    for word in sentence:
        if word != GAP or found[-1:] != [GAP]:
            found.append(word)
    return tuple(found)


def _thinned(sentence: Sequence[str], has: Mapping[str, int]) -> tuple[str, ...]:
    """The sentence without the words that may be values for being rare."""
    least = max(RARE, RARER * max((has[word] for word in sentence), default=0))
    return _joined(GAP if has[word] < least else word for word in sentence)


def _words_in(template: Sequence[str]) -> int:
    return sum(word != GAP for word in template)
