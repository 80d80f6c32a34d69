"""Texts as they are put together: from pieces of the task's words, from what stands on the screen, from learnt parts.

A text is spelled by pointers. Neighbouring pieces of the task keep what stands between them; other parts are joined
without anything between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from understudy.learn.pieces import Piece, pieces_of

MOST_PARTS = 16
"""Longer spellings are not learnt."""
LEAST_NAME_CHARS = 2
APART = ""
"""The learnt part that keeps what stands between two neighbours out of the text."""
LEAST_PEOPLE, LEAST_TASKS = 3, 5
MOST_CHARACTERS = 4
"""More learnt characters than this in one text would be somebody's text learnt by heart: it isn't taught."""
VOCABULARY = 160
"""Most parts that are learnt beside single characters of texts."""


class Part(NamedTuple):
    """One pointer: the place among the task's pieces, the screen's elements, or the learnt vocabulary."""

    source: Literal["task", "screen", "learnt"]
    place: int


def spell(text: str, task: str, names: Sequence[str], vocabulary: Mapping[str, int]) -> tuple[Part, ...] | None:
    """The parts that make the text, the task's first; None when the vocabulary lacks what neither task nor screen has.

    A text that ends within a word of the task is spelled with the whole word: people stop where a completion came.
    Case may differ where nothing with the same case is there.
    """
    pieces = pieces_of(task)
    folded = task.casefold() if len(task.casefold()) == len(task) else task.lower()
    wholes = {place for part, place in vocabulary.items() if len(part) != 1}
    parts: list[Part] = []
    at, last = 0, None
    while at < len(text):
        step = _continued(text, at, task, pieces, last) or _from_task(text, at, folded, pieces, last)
        if step is not None:
            index, upto = step
            if (
                last == index - 1
                and pieces[last].end < pieces[index].start
                and not _continued(text, at, task, pieces, last)
            ):
                parts.append(Part("learnt", vocabulary[APART]))
            last, at = index, upto
            parts.append(Part("task", last))
            continue
        last = None
        name = _from_screen(text, at, names)
        if name is not None:
            parts.append(Part("screen", name))
            at += len(names[name])
            continue
        whole = vocabulary.get(text[at:])
        if whole is not None:
            parts.append(Part("learnt", whole))
            break
        single = vocabulary.get(text[at])
        if single is None:
            return None
        parts.append(Part("learnt", single))
        at += 1
    characters = sum(part.source == "learnt" and part.place not in wholes for part in parts)
    return tuple(parts) if 0 < len(parts) <= MOST_PARTS and characters <= MOST_CHARACTERS else None


def _continued(text: str, at: int, task: str, pieces: Sequence[Piece], last: int | None) -> tuple[int, int] | None:
    """(piece, place after it) where the text goes on as the task does."""
    if last is None or last + 1 >= len(pieces):
        return None
    upto = task[pieces[last].end : pieces[last + 1].end]
    if text[at : at + len(upto)].casefold() == upto.casefold():
        return last + 1, at + len(upto)
    apart = pieces[last + 1].start - pieces[last].end
    if 0 < apart < len(text) - at and upto.casefold().startswith(text[at:].casefold()):
        return last + 1, len(text)
    return None


def _from_task(text: str, at: int, folded: str, pieces: Sequence[Piece], last: int | None) -> tuple[int, int] | None:
    rest = text[at:].casefold()
    best: tuple[int, int, int] | None = None
    for index, piece in enumerate(pieces):
        word = folded[piece.start : piece.end]
        if not (word[:1].isalnum() or word.startswith("<")):
            continue
        if rest.startswith(word):
            exact = text[at : at + len(word)] == piece.text
            rank = (2 * len(word) + exact, _run(rest, folded, pieces, index), -index)
            if best is None or rank > best:
                best = rank
    if best is not None:
        index = -best[2]
        return index, at + pieces[index].end - pieces[index].start
    if at and len(rest) < 2:
        # One letter begins too many words: the next one's alone, as the p of "8:30 PM".
        following = last is not None and last + 1 < len(pieces) and folded.startswith(rest, pieces[last + 1].start)
        return (last + 1, len(text)) if last is not None and following and rest.isalpha() else None
    # A beginning of a word: the completion did the rest.
    starts = [index for index, piece in enumerate(pieces) if folded[piece.start : piece.end].startswith(rest)]
    starts = [index for index in starts if pieces[index].text[:1] == text[at : at + 1]] or starts
    return (starts[-1], len(text)) if starts and rest else None


def _run(rest: str, folded: str, pieces: Sequence[Piece], index: int) -> int:
    """How far the text goes on as the task does from a piece on, in characters."""
    begin = pieces[index].start
    length = 0
    for piece in pieces[index:]:
        if not rest.startswith(folded[begin : piece.end]):
            break
        length = piece.end - begin
    return length


def _from_screen(text: str, at: int, names: Sequence[str]) -> int | None:
    found = [index for index, name in enumerate(names) if len(name) >= LEAST_NAME_CHARS and text.startswith(name, at)]
    return max(found, key=lambda index: (len(names[index]), index)) if found else None


def assemble(parts: Sequence[Part], task: str, names: Sequence[str], vocabulary: Sequence[str]) -> str:
    """The text that parts spell."""
    pieces = pieces_of(task)
    text, last = "", None
    for part in parts:
        if part.source == "task":
            between = task[pieces[last].end : pieces[part.place].start] if last == part.place - 1 else ""
            text += between + pieces[part.place].text
            last = part.place
        else:
            text += names[part.place] if part.source == "screen" else vocabulary[part.place]
            last = None
    return text


def learn_vocabulary(texts: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Parts for texts that tasks don't explain: every character used, and what many type.

    `texts` are (text, task, contributor). What fewer than three people type is theirs, not a word to learn; where there
    are fewer people, what was typed for fewer than five tasks.
    """
    characters: set[str] = set()
    people: dict[str, set[str]] = {}
    tasks: dict[str, set[str]] = {}
    everybody: set[str] = set()
    for text, task, contributor in texts:
        characters.update(text)
        everybody.add(contributor)
        if len(text) > 1 and text.casefold() not in task.casefold():
            people.setdefault(text, set()).add(contributor)
            tasks.setdefault(text, set()).add(task)
    owners, least = (people, LEAST_PEOPLE) if len(everybody) >= LEAST_PEOPLE else (tasks, LEAST_TASKS)
    ranked = sorted(owners, key=lambda text: (-len(owners[text]), text))[:VOCABULARY]
    common = [text for text in ranked if len(owners[text]) >= least]
    return (APART, *sorted(characters), *sorted(common))
