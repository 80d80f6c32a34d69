"""What a text element says it holds: its text, and which typed run put each character there.

Programs report changes in different ways: GTK character by character, Chromium by taking a stretch out and putting
the new one in. Here both come out the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

CONTEXT_CHARS = 100
"""How much of what stands around a run is looked at with it."""
REPLACED_WITHIN_NS = 60_000_000
"""An insert this soon after a delete at the same place is one change (bus events came 7-9 ms apart)."""
MAX_CHARS = 50_000
UNKNOWN = "￼"
"""Stands for characters that were there before we looked; no pattern spans it."""


class Mine(NamedTuple):
    """Whose character it is: the run's key (any identity) and the index of the press that made it.

    `given`: no press explains it, the program put it there. `serial` tells it from every other character of the field,
    wherever it stands by now.
    """

    run: int
    press: int
    given: bool = False
    serial: int = -1


class View(NamedTuple):
    """A run's text among what stands around it, at one moment.

    `own` are the places of its characters in `text`, in order, each with its serial; `others` those of characters whose
    runs aren't decided either.
    """

    text: str
    own: Mapping[int, int]
    others: frozenset[int] = frozenset()

    @property
    def mine(self) -> str:
        """The run's own characters, in the text's order."""
        return "".join(char for at, char in enumerate(self.text) if at in self.own)


@dataclass
class _Gap:
    """A stretch just taken out."""

    offset: int
    chars: list[str]
    tags: list[Mine | None]
    time_ns: int
    by_key: bool


@dataclass
class Field:
    """The text of one element, as far as it was told."""

    chars: list[str] = field(default_factory=list)
    tags: list[Mine | None] = field(default_factory=list)
    _gap: _Gap | None = None
    _serial: int = 0

    def knows(self, offset: int, text: str) -> bool:
        """True when `text` was known to stand at `offset`; False for text that isn't told."""
        return bool(text) and "".join(self.chars[offset : offset + len(text)]) == text.replace("\u00a0", " ")

    def delete(self, offset: int, text: str, time_ns: int, *, by_key: bool = False) -> list[Mine]:
        """Take `text` out at `offset`; returns the tags of typed characters that went. `by_key`: a Backspace did it."""
        start = min(max(offset, 0), len(self.chars))
        end = min(start + len(text), len(self.chars))
        self._gap = _Gap(start, self.chars[start:end], self.tags[start:end], time_ns, by_key)
        del self.chars[start:end], self.tags[start:end]
        return [tag for tag in self._gap.tags if tag is not None]

    def insert(self, offset: int, text: str, time_ns: int, waiting: str = "") -> tuple[int, str, list[Mine]]:
        """Put `text` in at `offset`. `waiting`: what was typed and not received yet.

        Returns where the really new part begins, the new part, and the tags of typed characters that only seemed to
        go in the delete before. The new part carries no tags yet: see `claim`.
        """
        if offset > len(self.chars) + MAX_CHARS or len(self.chars) + len(text) > 2 * MAX_CHARS:
            self.chars, self.tags, offset = [], [], 0
        offset = max(offset, 0)
        missing = offset - len(self.chars)
        if missing > 0:
            self.chars += [UNKNOWN] * missing
            self.tags += [None] * missing
        new = list(text.replace("\u00a0", " "))
        head = tail = 0
        restored: list[Mine | None] = []
        gap, self._gap = self._gap, None
        back: list[Mine | None] = []
        if gap is not None and gap.by_key and text and waiting.lower().startswith(text.lower()):
            # Taken back and typed anew at once, the same character perhaps: two changes, both by keys.
            gap = None
        if gap is not None and gap.offset == offset and time_ns - gap.time_ns <= REPLACED_WITHIN_NS:
            most = min(len(new), len(gap.chars))
            while head < most and new[head] == gap.chars[head]:
                head += 1
            while tail < most - head and new[-1 - tail] == gap.chars[-1 - tail]:
                tail += 1
            restored, back = gap.tags[:head], gap.tags[len(gap.tags) - tail :]
        tags = [*restored, *([None] * (len(new) - head - tail)), *back]
        self.chars[offset:offset] = new
        self.tags[offset:offset] = tags
        fresh = "".join(new[head : len(new) - tail])
        return offset + head, fresh, [tag for tag in (*restored, *back) if tag is not None]

    def claim(self, at: int, tags: list[Mine]) -> None:
        """Say who typed the characters from `at` on."""
        for place, tag in enumerate(tags, at):
            self._serial += 1
            self.tags[place] = tag._replace(serial=self._serial)

    def own(self, run: int) -> list[tuple[int, int]]:
        """(position, press) of each character of a run, in the text's order."""
        return [(at, tag.press) for at, tag in enumerate(self.tags) if tag is not None and tag.run == run]

    def view(self, run: int) -> View | None:
        """A run's text among what stands around it; None when nothing of it stands there."""
        own = {at: tag.serial for at, tag in enumerate(self.tags) if tag is not None and tag.run == run}
        if not own:
            return None
        start, text = self.around(next(iter(own)), next(reversed(own)))
        tags = self.tags[start : start + len(text)]
        others = frozenset(at for at, tag in enumerate(tags) if tag is not None and tag.run != run)
        return View(text, {at - start: serial for at, serial in own.items()}, others)

    def around(self, first: int, last: int) -> tuple[int, str]:
        """Where the text in view of [first, last] begins, and that text."""
        start = max(0, first - CONTEXT_CHARS)
        return start, "".join(self.chars[start : last + 1 + CONTEXT_CHARS])

    def release(self, run: int) -> None:
        """Forget whose the characters of a run were."""
        self.tags = [None if tag is not None and tag.run == run else tag for tag in self.tags]
