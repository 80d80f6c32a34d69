"""Finds given words in what was written, whatever they were wrapped in. Pure: takes bytes or text, gives matches.

A word counts as found when any of these occurs, always without regard to case and, in text, to accents:
- the whole of it, any run of `part_length` signs of it (half of it, at least eight), or one of its own `parts`;
- plain, reversed, in UTF-16 of either byte order, in hexadecimal, in base64 (standard and URL alphabet, each of the
  three alignments, broken into lines too), percent-encoded;
- with anything but letters and digits between its signs, or without separators of its own;
- in text: with a sign or two wrong, as OCR reads them (O for 0, l for 1, rn for m); of parts two signs more then.

How long a part must be is chosen so that chance does not meet a random word: a sign carries about 3.2 bits, a search
sees some ten million places, and recordings are full of numbers. Hence eight letters but eleven digits. Words shorter
than that are looked for in text alone, whole, and as words of their own.
"""

from __future__ import annotations

import base64
import functools
import json
import math
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ahocorasick

PART_SHARE = 0.5
PART_MIN_SIGNS = 8
PART_MIN_DIGITS = 11
SPLIT_SHARE = 0.75
"""Parts that appear only when separators are taken out must be longer: that joins words and numbers that lie apart."""
SHORT_MIN_SIGNS = 4
"""Shorter words are in every text; who gives one is told that it can't be looked for."""
SHORT_GAP_SIGNS = 2
"""So many separators may stand between two signs of a short word ("555 - 12")."""
MISREAD_MORE_SIGNS = 2
"""A part in which one sign may be wrong must be longer: that freedom is worth some 8 bits, and recordings of a few
thousand random words met halves of them by chance ("name" and the beginning of a button's name)."""
TWO_ERRORS_FROM_SIGNS = 14
"""From this length on two signs may be misread, below it one."""

_NOT_ASCII_SIGNS = re.compile(r"[^0-9a-z]+")
_LOOKALIKES = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_LOOKALIKE_SIGNS = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1", "!": "1", "s": "5", "b": "8", "z": "2"})


@dataclass(frozen=True)
class Sought:
    """Something that may be written nowhere.

    `name` is what reports call it, never the thing itself. `value` is the whole; `parts` are pieces of it of which
    each alone is a leak (a surname, the distinctive half of an address), searched besides the whole.
    """

    name: str
    value: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """Something sought was found: which (`secret` is its name), how it was wrapped, and where (an offset in signs or
    bytes of the text as it was compared).

    What was found is left out, so that a report of a leak is no leak.
    """

    secret: str
    form: str
    offset: int


@functools.cache
def _bare(sign: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))


def comparable(text: str) -> str:
    """`text` without case and accents."""
    if text.isascii():
        return text.lower()
    # Twice: what decomposing makes may have a case of its own.
    return "".join(map(_bare, text.casefold())).casefold()


def squeezed(text: str) -> str:
    """Letters and digits of `text` without case and accents, everything else taken out."""
    return "".join(filter(str.isalnum, comparable(text)))


def folded(text: str) -> str:
    """`squeezed`, with signs that OCR confuses made one."""
    text = comparable(text)
    for seen, meant in _LOOKALIKES:
        text = text.replace(seen, meant)
    return squeezed(text.translate(_LOOKALIKE_SIGNS))


def part_length(value: str, share: float = PART_SHARE) -> int:
    """How many signs of `value` in a row count as the secret itself; never more than it has."""
    least = PART_MIN_DIGITS if value.isdigit() else PART_MIN_SIGNS
    return min(len(value), max(least, math.ceil(share * len(value))))


def is_short(value: str) -> bool:
    """Whether `value` is looked for as a whole word in text alone: bytes and numbers hold so few signs by chance."""
    signs = squeezed(value)
    return len(signs) < (PART_MIN_DIGITS if signs.isdigit() else PART_MIN_SIGNS)


def is_too_short(value: str) -> bool:
    """Whether `value` can't be looked for at all."""
    return len(squeezed(value)) < SHORT_MIN_SIGNS


def runs(value: str, share: float = PART_SHARE, *, more: int = 0) -> list[str]:
    """Every run of `part_length` and `more` signs in `value`: who finds none has found no longer one either."""
    length = min(len(value), part_length(value, share) + more)
    return [value[start : start + length] for start in range(len(value) - length + 1)]


def wrappings(run: str) -> Iterator[tuple[str, str]]:
    """(form, text) for each way in which `run` (as it is cased) may lie in a file, as lower-case text.

    Bytes are searched as Latin-1 text, hence UTF-16 shows as letters with NULs between them, and what isn't ASCII as
    the bytes of UTF-8.
    """
    for order in ("le", "be"):
        # A NUL at the run's outer edge belongs to the neighbouring sign in the other byte order.
        yield f"UTF-16{order.upper()}", run.encode(f"utf-16-{order}").decode("latin-1").strip("\0").lower()
    if not run.isascii():
        yield "plain", run.encode().decode("latin-1").lower()
        yield "escaped", json.dumps(run)[1:-1].lower()


def base64_cores(raw: bytes) -> Iterator[str]:
    """What `raw` looks like inside base64, for each of the three places at which it may begin within a triple.

    Only signs that `raw` alone decides; lower case.
    """
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode()
        core = encoded[math.ceil(8 * before / 6) : 8 * (before + len(raw)) // 6].lower()
        yield core
        if "+" in core or "/" in core:
            yield core.replace("+", "-").replace("/", "_")


def distance_within(text: str, pattern: str, most: int) -> bool:
    """Whether some stretch of `text` is `pattern` with at most `most` signs changed, missing or added (Sellers)."""
    row = list(range(len(pattern) + 1))
    for sign in text:
        diagonal, row[0] = row[0], 0
        for place, wanted in enumerate(pattern, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (sign != wanted))
        if row[-1] <= most:
            return True
    return False


class _Words:
    """An Aho-Corasick automaton of which each word stands for several things. `find` gives (end, thing)."""

    def __init__(self) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        self._things: dict[str, list[Any]] = {}

    def add(self, word: str, thing: Any) -> None:  # noqa: ANN401 - whatever the caller wants back
        things = self._things.setdefault(word, [])
        if word and thing not in things:
            things.append(thing)

    def done(self) -> None:
        for word, things in self._things.items():
            if word:
                self._automaton.add_word(word, tuple(things))
        self._automaton.make_automaton()
        self._things.clear()

    def find(self, text: str) -> Iterator[tuple[int, Any]]:
        if len(self._automaton):
            for end, things in self._automaton.iter(text):
                for thing in things:
                    yield end, thing


class Finder:
    """Searches for a fixed set of things. Built once, used on any number of texts; holds no state between them.

    Each thing is told once a text, however often it stands there.
    """

    def __init__(self, sought: Iterable[Sought]) -> None:
        self._direct, self._split, self._seeds, self._short = _Words(), _Words(), _Words(), _Words()
        self._lettered: set[str] = set()
        for one in sought:
            for value in (one.value, *one.parts):
                if is_short(value):
                    self._short.add(squeezed(value), (one.name, len(squeezed(value))))
                else:
                    self._add(one.name, value)
        for words in (self._direct, self._split, self._seeds, self._short):
            words.done()

    def _add(self, name: str, value: str) -> None:
        if not squeezed(value).isdigit():
            self._lettered.add(name)
        for run in runs(value):
            for cased in {run, run.lower(), run.upper()}:
                for core in base64_cores(cased.encode()):
                    self._direct.add(core, (name, "base64"))
                for core in base64_cores(cased.encode("utf-16-le")):
                    self._direct.add(core, (name, "base64 of UTF-16"))
                for words in (self._direct, self._split):
                    words.add(cased.encode().hex(), (name, "hexadecimal"))
                self._direct.add("".join(f"%{byte:02x}" for byte in cased.encode()), (name, "percent-encoded"))
                if (quoted := urllib.parse.quote(cased, safe="").lower()) != cased.lower():
                    self._direct.add(quoted, (name, "percent-encoded"))
                for form, text in wrappings(cased):
                    self._direct.add(text, (name, form))
        for run in runs(comparable(value)):
            self._direct.add(run, (name, "plain"))
            self._direct.add(run[::-1], (name, "reversed"))
        for run in runs(squeezed(value), SPLIT_SHARE):
            self._split.add(run, (name, "split"))
            self._split.add(run[::-1], (name, "split, reversed"))
        whole = folded(value)
        misread = runs(whole, more=MISREAD_MORE_SIGNS)
        targets = [(whole, 2 if len(whole) >= TWO_ERRORS_FROM_SIGNS else 1), *((run, 1) for run in misread)]
        # Of k + 1 pieces of a target one is free of its k errors: only where such a piece occurs is there work to do.
        for target, errors in targets:
            size = len(target) // (errors + 1)
            for start in range(0, size * (errors + 1), size):
                self._seeds.add(target[start : start + size], (name, target, errors))

    def in_bytes(self, data: bytes) -> list[Match]:
        """Matches in a file as it lies; short words are not looked for."""
        lowered = data.decode("latin-1").lower()
        return self._scan(lowered, _NOT_ASCII_SIGNS.sub("", lowered))

    def in_text(self, text: str) -> list[Match]:
        """Matches in text, misread signs included."""
        found = self._scan(comparable(text), squeezed(text)) + self._words_in(text)
        return found + self._misread(text, {match.secret for match in found})

    def _scan(self, lowered: str, bare: str) -> list[Match]:
        """The first match of each thing sought, in the first way of looking that shows it."""
        found: dict[str, Match] = {}
        for haystack, words in (
            (lowered, self._direct),
            ("".join(lowered.split()), self._direct),
            (bare, self._split),
        ):
            for end, (name, form) in words.find(haystack):
                found.setdefault(name, Match(name, form, end))
        return list(found.values())

    def _words_in(self, text: str) -> list[Match]:
        plain = comparable(text)
        places: list[int] | None = None
        found: dict[str, Match] = {}
        for end, (name, length) in self._short.find("".join(filter(str.isalnum, plain))):
            if name in found:
                continue
            if places is None:
                places = [place for place, sign in enumerate(plain) if sign.isalnum()]
            first, last = places[end + 1 - length], places[end]
            apart = any(
                right - left > 1 + SHORT_GAP_SIGNS for left, right in pairwise(places[end + 1 - length : end + 1])
            )
            before, after = plain[first - 1 : first], plain[last + 1 : last + 2]
            if not apart and not before.isalnum() and not after.isalnum():
                found[name] = Match(name, "plain", last)
        return list(found.values())

    def _misread(self, text: str, known: Set[str]) -> list[Match]:
        """Things sought that are not `known` to be there, with a sign or two wrong."""
        if not any(map(str.isalpha, text)):
            # A column of numbers was read by nobody; taken for letters, its digits spell something sooner or later.
            known = known | self._lettered
        folded_text = folded(text)
        found: dict[str, Match] = {}
        tried: set[tuple[str, str]] = set()
        for end, (name, target, errors) in self._seeds.find(folded_text):
            if name in known or name in found:
                continue
            reach = len(target) + errors
            window = folded_text[max(0, end - reach) : end + reach]
            if (window, target) in tried:
                continue
            tried.add((window, target))
            if distance_within(window, target, errors):
                found[name] = Match(name, "misread", end)
        return list(found.values())


def holds_word(text: str, word: str) -> bool:
    """Whether a harmless word stands in `text`, one misread sign allowed; split by nothing."""
    if word.lower() in text.lower():
        return True
    wanted = folded(word)
    half = len(wanted) // 2
    plain = folded(text)
    for seed in (wanted[:half], wanted[half:]):
        start = plain.find(seed)
        while start >= 0:
            if distance_within(plain[max(0, start - len(wanted) - 1) : start + len(wanted) + 1], wanted, 1):
                return True
            start = plain.find(seed, start + 1)
    return False
