"""Text made comparable: what looks the same becomes the same, and every place can be told in the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"
_HIDDEN_CATEGORIES = ("Cf", "Cc", "Me")
"""Format and control characters (zero-width spaces and joiners, direction marks, soft hyphens, tags), and signs drawn
around another character (keycaps)."""


class Normal:
    """A normalised text and where each of its characters stands in the original.

    `places` holds the original index of each character of `text`, None when text and original are alike.
    """

    __slots__ = ("length", "places", "text")

    def __init__(self, text: str, places: Sequence[int] | None, length: int) -> None:
        self.text = text
        self.places = places
        self.length = length
        """Length of the original, in characters."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that [start, end) of `text` (not empty) stands for, hidden characters included."""
        if self.places is None:
            return start, end
        first = self.places[start]
        after = self.places[end] if end < len(self.places) else self.length
        return first, max(after, self.places[end - 1] + 1)


def normalise(text: str) -> Normal:
    """Fold what people can't tell apart: full-width forms, digits of other scripts, dashes, spaces, hidden characters,
    accents put behind their letters, Cyrillic and Greek letters among Latin ones, and what an address percent-encodes.

    Case and accents stay. Takes any string, lone surrogates too; time is linear in its length.
    """
    encoded = "%" in text and _ENCODED.search(text) is not None
    if not encoded and text.isascii() and text.isprintable():
        return Normal(text, None, len(text))
    pieces: list[str] = []
    places: list[int] = []
    skip = 0
    for index, character in enumerate(text):
        if index < skip:
            continue
        if encoded and character == "%" and (match := _ENCODED.match(text, index)):
            for shown, place in _decoded(match.group(), index):
                pieces.append(shown)
                places.extend([place] * len(shown))
                skip = match.end()
            if skip > index:
                continue
        plain = _plain(character)
        if plain and not plain.isascii() and pieces and unicodedata.combining(plain[0]):
            plain = _onto(pieces, plain)
        pieces.append(plain)
        places.extend([index] * len(plain))
    whole = "".join(pieces)
    return Normal(whole if whole.isascii() else _MIXED.sub(_as_latin, whole), places, len(text))


def lowered(text: str) -> str:
    """`text` in lower case, each character at its place: for searches whose places count."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def fold(text: str) -> Normal:
    """A text for comparing names: lower case, no accents, every run of what is neither letter nor digit one space."""
    if text.isascii():
        lower = text.lower()
        if "  " not in (folded := lower.translate(_ASCII_WORDS)):
            return Normal(folded, None, len(text))
        words: list[str] = []
        at: list[int] = []
        for match in _ASCII_WORD.finditer(lower):
            words.append(match.group())
            at.extend(range(match.start(), match.end() + 1))
        # A blank behind the last word, so that it ends where it ends.
        return Normal(" ".join((*words, "")), at, len(text))
    pieces: list[str] = []
    places: list[int] = []
    spaced = False
    for index, character in enumerate(text):
        plain = _folded(character)
        if plain == " ":
            if spaced:
                continue
            spaced = True
        elif plain:
            spaced = False
        pieces.append(plain)
        places.extend([index] * len(plain))
    return Normal("".join(pieces), places, len(text))


_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_MOST_ENCODED = 300
"""Longer runs are data, not words, characters."""


def _decoded(encoded: str, start: int) -> list[tuple[str, int]]:
    """What a run of %XX that begins at `start` says, and where each character is written; [] for no printable "
    "text."""
    if len(encoded) > _MOST_ENCODED:
        return []
    try:
        told = bytes.fromhex(encoded.replace("%", "")).decode()
    except UnicodeDecodeError:
        return []
    if not told.isprintable():
        return []
    found = []
    for character in told:
        found.append((_plain(character), start))
        start += 3 * len(character.encode())
    return found


def _onto(pieces: list[str], mark: str) -> str:
    """A combining mark behind what stands already: composed with its letter there, dropped behind anything else.

    Returns what is left of the mark.
    """
    last = pieces[-1]
    if len(last) != 1:
        return "" if last else mark
    composed = unicodedata.normalize("NFC", last + mark)
    if len(composed) == 1:
        pieces[-1] = composed
        return ""
    return mark if last.isalpha() and not last.isascii() else ""


_MIXED = re.compile(r"[^\W\d_]+")
_LATIN_LOOKS = str.maketrans(
    "АВЕКМНОРСТХІЈЅаеорсухіјѕԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρυ",
    "ABEKMHOPCTXIJSaeopcyxijsdhABEZHIKMNOPTYXovpu",
)
"""Letters of other scripts that look like Latin ones."""


def _as_latin(word: re.Match[str]) -> str:
    """A word with letters of two scripts in Latin; one all in another script stays."""
    told = word.group()
    if told.isascii() or not any(character.isascii() for character in told):
        return told
    return told.translate(_LATIN_LOOKS)


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character in "\n\t":
        return character
    if character in "\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    if character in _DASHES:
        return "-"
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in _HIDDEN_CATEGORIES or "\ufe00" <= character <= "\ufe0f":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cs":
        return character
    return unicodedata.normalize("NFKC", character)


_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
"""Letters that Unicode doesn't decompose, as people write them without their key."""

_ASCII_WORD = re.compile("[a-z0-9]+")
_ASCII_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    if unicodedata.category(character) in ("Mn", "Me"):
        return ""
    bare = "".join(
        part for part in unicodedata.normalize("NFKD", character.casefold()) if unicodedata.category(part) != "Mn"
    )
    bare = bare.translate(_LETTERS)
    return "".join(part if part.isalnum() else " " for part in bare) if not bare.isspace() else " "
