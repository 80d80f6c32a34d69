"""Finds planted things in what was written, whatever it was wrapped in. Pure: takes bytes or text, gives matches.

A secret counts as found when any of these occurs, always without regard to case:
- the whole of it, any run of `part_length` signs of it, or one of its own `parts` (a surname alone);
- plain, reversed, in UTF-16 of either byte order, in hexadecimal, in base64 (standard and URL alphabet, each of the
  three alignments, broken into lines too), percent-encoded;
- with anything but letters and digits between its signs, or without separators of its own;
- in text: with a sign or two wrong, as OCR reads them (O for 0, l for 1, rn for m).

How long a part must be is chosen so that chance does not meet a random secret: a sign carries about 3.2 bits, a run
searches some ten million places, and recordings are full of numbers. Hence eight letters but eleven digits.
"""

from __future__ import annotations

import base64
import math
import re
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ahocorasick

from demo.secrets import Secret

PART_SHARE = 0.6
PART_MIN_SIGNS = 8
PART_MIN_DIGITS = 11
SPLIT_SHARE = 0.75
"""Parts that appear only when separators are taken out must be longer: that joins numbers that lie apart."""
TWO_ERRORS_FROM_SIGNS = 14
"""From this length on two signs may be misread, below it one."""
MAX_MATCHES = 50
"""How many matches one text yields at most; one is a failure already."""

_SEPARATORS = re.compile(r"[^0-9a-z]+")
_SPACE = re.compile(r"\s+")
_LOOKALIKES = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_LOOKALIKE_SIGNS = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1", "!": "1", "s": "5", "b": "8", "z": "2"})


@dataclass(frozen=True)
class Match:
    """A secret was found: which (`secret` is its name), how it was wrapped, and where (an offset in signs or bytes).

    What was found is left out, so that a report of a leak is no leak.
    """

    secret: str
    form: str
    offset: int


def squeezed(text: str) -> str:
    """Lower-case letters and digits of `text`, everything else taken out."""
    return _SEPARATORS.sub("", text.lower())


def folded(text: str) -> str:
    """`squeezed`, with signs that OCR confuses made one."""
    text = text.lower()
    for seen, meant in _LOOKALIKES:
        text = text.replace(seen, meant)
    return squeezed(text.translate(_LOOKALIKE_SIGNS))


def part_length(value: str, share: float = PART_SHARE) -> int:
    """How many signs of `value` in a row count as the secret itself; never more than it has."""
    least = PART_MIN_DIGITS if value.isdigit() else PART_MIN_SIGNS
    return min(len(value), max(least, math.ceil(share * len(value))))


def runs(value: str, share: float = PART_SHARE) -> list[str]:
    """Every run of `part_length` signs in `value`: who finds none of them has found no longer one either."""
    length = part_length(value, share)
    return [value[start : start + length] for start in range(len(value) - length + 1)]


def wrappings(run: str) -> Iterator[tuple[str, str]]:
    """(form, text) for each way in which `run` (lower case) may lie in a file, as lower-case text.

    Bytes are searched as Latin-1 text, hence UTF-16 shows as letters with NULs between them. Encodings in which a
    letter's case shows (base64, hexadecimal) are made from the value as it was typed, in `Finder`.
    """
    yield "plain", run
    yield "reversed", run[::-1]
    for order in ("le", "be"):
        # A NUL at the run's outer edge belongs to the neighbouring sign in the other byte order.
        yield f"UTF-16{order.upper()}", run.encode(f"utf-16-{order}").decode("latin-1").strip("\0")


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


class Finder:
    """Searches for a fixed set of secrets. Built once, used on any number of texts; holds no state between them."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._direct = ahocorasick.Automaton()
        self._split = ahocorasick.Automaton()
        self._seeds = ahocorasick.Automaton()
        self._targets: dict[str, list[tuple[str, int]]] = {}
        for secret in secrets:
            for value in (secret.value, *secret.parts):
                self._add(secret.name, value)
        for automaton in (self._direct, self._split, self._seeds):
            automaton.make_automaton()

    def _add(self, name: str, value: str) -> None:
        for run in runs(value):
            for cased in {run, run.lower()}:
                for core in base64_cores(cased.encode()):
                    self._direct.add_word(core, (name, "base64"))
                for core in base64_cores(cased.encode("utf-16-le")):
                    self._direct.add_word(core, (name, "base64 of UTF-16"))
                for automaton in (self._direct, self._split):
                    automaton.add_word(cased.encode().hex(), (name, "hexadecimal"))
                every = "".join(f"%{byte:02x}" for byte in cased.encode())
                self._direct.add_word(every, (name, "percent-encoded"))
            if (quoted := urllib.parse.quote(run, safe="").lower()) != run.lower():
                self._direct.add_word(quoted, (name, "percent-encoded"))
            for form, text in wrappings(run.lower()):
                self._direct.add_word(text, (name, form))
        bare = squeezed(value)
        for run in runs(bare, SPLIT_SHARE):
            self._split.add_word(run, (name, "split"))
            self._split.add_word(run[::-1], (name, "split, reversed"))
        whole = folded(value)
        targets = [(whole, 2 if len(whole) >= TWO_ERRORS_FROM_SIGNS else 1), *((run, 1) for run in runs(whole))]
        # Of k + 1 pieces of a target one is free of its k errors: only where such a piece occurs is there work to do.
        for target, errors in targets:
            size = len(target) // (errors + 1)
            for start in range(0, size * (errors + 1), size):
                self._seed(name, target[start : start + size], target, errors)

    def _seed(self, name: str, seed: str, target: str, errors: int) -> None:
        known = self._seeds.get(seed, None)
        entries = known if known is not None else []
        if (name, target, errors) not in entries:
            entries.append((name, target, errors))
        self._seeds.add_word(seed, entries)

    def in_bytes(self, data: bytes) -> list[Match]:
        """Matches in a file as it lies."""
        return self._scan(data.decode("latin-1").lower())

    def in_text(self, text: str) -> list[Match]:
        """Matches in text, misread signs included."""
        found = self._scan(text.lower())
        return found if found else self._misread(text)

    def _scan(self, lowered: str) -> list[Match]:
        found: list[Match] = []
        for haystack, automaton in (
            (lowered, self._direct),
            (_SPACE.sub("", lowered), self._direct),
            (_SEPARATORS.sub("", lowered), self._split),
        ):
            for end, (name, form) in automaton.iter(haystack):
                found.append(Match(name, form, end))
                if len(found) >= MAX_MATCHES:
                    return found
            if found:
                return found
        return found

    def _misread(self, text: str) -> list[Match]:
        folded_text = folded(text)
        found: list[Match] = []
        tried: set[tuple[str, str]] = set()
        for end, entries in self._seeds.iter(folded_text):
            for name, target, errors in entries:
                reach = len(target) + errors
                window = folded_text[max(0, end - reach) : end + reach]
                if (window, target) in tried:
                    continue
                tried.add((window, target))
                if distance_within(window, target, errors):
                    found.append(Match(name, "misread", end))
                    if len(found) >= MAX_MATCHES:
                        return found
        return found


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
