"""Words that were read out of a picture: which of them may be shown.

A reader errs, and an error hides a secret from the rules: one digit of a card misread, and its checksum is wrong. So
what merely looks like a number, an address or a key is covered here too, and so is what the reader isn't sure of.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from understudy.records.events import ReadWord
from understudy.records.geometry import Rect
from understudy.redact.scrub import Hit
from understudy.redact.spread import may_go_on
from understudy.redact.tiles import around

SURE = 70
"""Least confidence of a word that is shown; benchmarks/bench_ocr.py tells how many words above it are wrong."""
MARGIN_PX = 3
STEP_PX = 32
"""Masks begin and end at multiples of this: how long a text beneath is shows only roughly."""
MOST_DIGITS = 6
"""More digits in a row than this are covered, whatever they are; dates, times and amounts aside."""
LONGEST_MIXED = 11
"""A word of more characters than this with letters and digits is covered."""
LONGEST_WORD = 24
LABEL_CHARS = 40
WIDE_GAP = 2.0
"""Words that stand further apart than this many times their height belong to two columns."""

Find = Callable[[str, str], Sequence[Hit]]
"""(text, label) → what is sensitive in it."""

_LIKE_DIGITS = str.maketrans("OoQDIl|!SsBZzgqA", "0000111155822994")
_HARMLESS_NUMBER = re.compile(
    r"(?:(?:19|20)\d\d-[01]\d-[0-3]\d|[0-3]?\d[./][01]?\d[./](?:19|20)?\d\d|[0-2]?\d:[0-5]\d(?::[0-5]\d)?"
    r"|[-+(]?[$€£]?\d{1,3}(?:[,.]\d{3}){1,2}(?:[.,]\d\d)?[)%€$£]?)[.,;:]?"
)
_LIKE_ADDRESS = re.compile(
    r"@|©|®|\(a\)|\(at\)|\[at\]"
    r"|\w[.,](?:com|org|net|edu|gov|mil|int|io|dev|app|info|biz|name|example|test|local|internal|invalid|co|uk|eu|us|de"
    r"|at|ch|fr|it|es|nl|be|pl|cz|se|no|dk|fi|pt|ie|ca|au|jp|cn|in|br|ru)\W*\Z",
    re.IGNORECASE,
)


class Judged(NamedTuple):
    """Boxes, px of the part that was read: `secret` must be covered, `plain` are words that may be shown.

    `wide` holds each secret, and as much to its sides that its length doesn't show, plain words aside.
    """

    secret: tuple[Rect, ...]
    wide: tuple[Rect, ...]
    plain: tuple[Rect, ...]


class _Piece(NamedTuple):
    """Words side by side, as one text; `starts` tells where in it each begins."""

    words: tuple[ReadWord, ...]
    text: str
    starts: tuple[int, ...]
    rect: Rect


def judge(words: Sequence[ReadWord], find: Find, *, typing: bool = False) -> Judged:
    """Which words may be shown. `typing`: something is being typed, so a text may go on where it ends."""
    told = [word for word in words if word.text.strip() and not word.rect.empty]
    rows = [_pieces(row) for row in in_rows(told)]
    bad: set[int] = set()
    for row in rows:
        whole = _joined([word for piece in row for word in piece.words])
        bad |= _found(whole, find(whole.text, ""))
        bad |= _alike(whole)
        if typing:
            bad |= {id(piece.words[-1]) for piece in row if may_go_on(piece.text)}
        for before, piece in zip((None, *row), row, strict=False):
            bad |= _found(piece, find(piece.text, _label(before)))
    for above, below in itertools.pairwise(rows):
        for piece in below:
            for over in above:
                if over.rect.x < piece.rect.right and piece.rect.x < over.rect.right:
                    bad |= _found(piece, find(piece.text, _label(over)))
                    both = _joined([*over.words, *piece.words], at=len(over.words))
                    bad |= _found(both, find(both.text, ""))
    secret = tuple(word.rect.grow(MARGIN_PX) for word in told if id(word) in bad)
    plain = tuple(word.rect for word in told if id(word) not in bad and _sure(word))
    return Judged(secret, tuple(map(_stepped, secret)), plain)


def in_rows(words: Sequence[ReadWord]) -> list[list[ReadWord]]:
    """Words as a person reads them: row by row, from the left; a reader's own order follows columns."""
    rows: list[list[ReadWord]] = []
    for word in sorted(words, key=lambda word: _middle(word.rect)):
        if rows and abs(_middle(rows[-1][-1].rect) - _middle(word.rect)) < 0.5 * max(
            rows[-1][-1].rect.height, word.rect.height
        ):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.rect.x) for row in rows]


def _middle(rect: Rect) -> float:
    return rect.y + rect.height / 2


def _pieces(row: Sequence[ReadWord]) -> list[_Piece]:
    """The columns of a row."""
    columns: list[list[ReadWord]] = []
    for word in row:
        last = columns[-1][-1].rect if columns else None
        if last is not None and word.rect.x - last.right <= WIDE_GAP * max(last.height, word.rect.height):
            columns[-1].append(word)
        else:
            columns.append([word])
    return [_joined(column) for column in columns]


def _joined(words: Sequence[ReadWord], at: int | None = None) -> _Piece:
    """Words as one text, a line's end before number `at`."""
    text, starts = "", []
    for number, word in enumerate(words):
        if number:
            text += "\n" if number == at else " "
        starts.append(len(text))
        text += word.text
    rect = words[0].rect
    for word in words[1:]:
        rect = around(rect, word.rect)
    return _Piece(tuple(words), text, tuple(starts), rect)


def _label(piece: _Piece | None) -> str:
    """What a piece says of the one beside or beneath it: nothing where it holds its own value already."""
    if piece is None or len(piece.text) > LABEL_CHARS or ":" in piece.text.rstrip(": "):
        return ""
    return piece.text


def _found(piece: _Piece, hits: Sequence[Hit]) -> set[int]:
    return {
        id(word)
        for word, start in zip(piece.words, piece.starts, strict=True)
        if any(start < hit.end and hit.start < start + len(word.text) for hit in hits)
    }


def _alike(row: _Piece) -> set[int]:
    """Words that look like part of something sensitive."""
    found: set[int] = set()
    for run in _numbers(row.words):
        if sum(sum(map(str.isalnum, word.text)) for word in run) > MOST_DIGITS:
            found |= {id(word) for word in run}
    for number, word in enumerate(row.words):
        text = word.text
        if _LIKE_ADDRESS.search(text):
            # A reader that sees a gap in an address splits it.
            near = row.words[max(0, number - 1) : number + 2]
            found |= {id(each) for each in near if _touch(each.rect, word.rect)} | {id(word)}
        mixed = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
        if len(text) > (LONGEST_MIXED if mixed else LONGEST_WORD):
            found.add(id(word))
    return found


def _touch(one: Rect, other: Rect) -> bool:
    gap = max(one.x, other.x) - min(one.right, other.right)
    return gap < 0.5 * max(one.height, other.height)


def _numbers(words: Sequence[ReadWord]) -> Iterator[list[ReadWord]]:
    """Runs of words that are digits, or may have been before they were read."""
    run: list[ReadWord] = []
    for word in words:
        if _numeric(word.text):
            run.append(word)
        elif any(map(str.isalnum, word.text)) or _HARMLESS_NUMBER.fullmatch(word.text):
            yield run
            run = []
    yield run


def _numeric(text: str) -> bool:
    if _HARMLESS_NUMBER.fullmatch(text):
        return False
    signs = [sign for sign in text if sign.isalnum()]
    digits = sum(map(str.isdigit, signs))
    like = sum(map(str.isdigit, "".join(signs).translate(_LIKE_DIGITS)))
    return digits > 0 and like == len(signs) and 2 * digits >= len(signs)


def _stepped(rect: Rect) -> Rect:
    left, right = rect.x // STEP_PX * STEP_PX, -(-rect.right // STEP_PX) * STEP_PX
    return Rect(left, rect.y, right - left, rect.height)


def _sure(word: ReadWord) -> bool:
    """True for a word that the reader is sure of, in a box that fits it; its sign for a frame or a picture doesn't."""
    signs = sum(map(str.isalnum, word.text))
    width, height = word.rect.width, word.rect.height
    fits = 0.12 * height * len(word.text) <= width <= 1.8 * max(height, 6) * len(word.text)
    return word.confidence >= SURE and signs > 0 and fits
