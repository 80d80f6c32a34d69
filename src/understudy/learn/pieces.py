"""Words in pieces: what a network knows a word by, and what it knows it again by where no weight ever saw it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BUCKETS = 4096
"""Rows of the table of learnt vectors that character n-grams share; collisions cost little at a few thousand words."""
GRAMS = 12
"""Most n-grams of a piece that are looked at."""
IDENTITIES = 4
"""By what two pieces may be alike: as they stand, without case, by their first letters, as a number."""
STEM_CHARS = 4

_ALNUM = re.compile(r"<[A-Z_]+_\d+>|[^\W_]+|[^\w\s]|_")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)?\Z")


class Piece(NamedTuple):
    """A piece of a text and where it stands in it: [start, end) in characters."""

    text: str
    start: int
    end: int


def pieces_of(text: str) -> list[Piece]:
    """The text's words and signs in order: runs of letters and digits, redaction's tokens, each sign alone."""
    return [Piece(found.group(), found.start(), found.end()) for found in _ALNUM.finditer(text)]


class PieceTable:
    """Numbers pieces as they come and remembers what each is known by. 0 stands for no piece.

    `grams`: int32 (n, GRAMS), rows of the learnt table, 0 where there are fewer. `identities`: int64 (n, IDENTITIES),
    0 where a piece has none (no number, too short for a stem).
    """

    def __init__(self) -> None:
        self._known: dict[str, int] = {"": 0}
        self._grams: list[list[int]] = [[0] * GRAMS]
        self._identities: list[list[int]] = [[0] * IDENTITIES]
        self._tokens: set[int] = set()
        self._arrays: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self._grams)

    def number(self, piece: str) -> int:
        """The piece's number, given when it is first asked for."""
        known = self._known.get(piece)
        if known is None:
            known = self._known[piece] = len(self._grams)
            self._grams.append(_grams(piece))
            self._identities.append(_identities(piece))
            self._arrays = None
            if piece.startswith("<") and len(piece) > 1:
                self._tokens.add(known)
        return known

    def is_token(self, number: int) -> bool:
        """True for a redaction's token, such as <EMAIL_1>."""
        return number in self._tokens

    def numbers(self, text: str, most: int) -> list[int]:
        """The numbers of the first `most` pieces of a text."""
        return [self.number(piece.text) for piece in pieces_of(text)[:most]]

    def arrays(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(`grams`, `identities`) of all pieces known so far."""
        if self._arrays is None:
            self._arrays = np.array(self._grams, np.int64), np.array(self._identities, np.int64)
        return self._arrays


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())


def _grams(piece: str) -> list[int]:
    folded = piece.casefold()
    padded = f"^{folded}$"
    grams = [f"w{folded}", f"W{piece}", f"l{min(len(piece), 12)}{_shape(piece)}"]
    grams += [padded[at : at + 3] for at in range(len(padded) - 2)]
    found = [1 + _hash(gram) % (BUCKETS - 1) for gram in grams[:GRAMS]]
    return found + [0] * (GRAMS - len(found))


def _shape(piece: str) -> str:
    if piece.startswith("<"):
        return "token"
    if piece.isdigit():
        return "digits"
    if piece.isalpha():
        return "upper" if piece.isupper() else "title" if piece[:1].isupper() else "lower"
    return "mixed" if piece.isalnum() else "sign"


def _identities(piece: str) -> list[int]:
    if not piece[:1].isalnum() and not piece.startswith("<"):
        return [1 + _hash(f"e{piece}"), 0, 0, 0]
    folded = piece.casefold()
    number = value_of(folded)
    return [
        1 + _hash(f"e{piece}"),
        1 + _hash(f"f{folded}"),
        1 + _hash(f"s{folded[:STEM_CHARS]}") if len(folded) >= STEM_CHARS and folded.isalpha() else 0,
        0 if number is None else number_identity(number),
    ]


def value_of(piece: str) -> int | None:
    """The whole number that a piece stands for, also as an ordinal ("3rd"); None for others."""
    found = _ORDINAL.match(piece)
    return int(found[1]) if found is not None and len(found[1]) <= 6 else None


def number_identity(number: int) -> int:
    """What a number is known again by, whoever writes it how: 02, 2 and 2nd are alike."""
    return 1 + _hash(f"n{number}")


def between(text: str, pieces: Sequence[Piece], first: int, second: int) -> str:
    """What stands between two neighbouring pieces of a text."""
    return text[pieces[first].end : pieces[second].start]
