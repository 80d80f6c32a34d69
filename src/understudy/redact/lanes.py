"""Windows that no tree vouches for: those that are read (`ocr_lane`) and those that are blurred (`blur`)."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.records.events import Patch, Read
from understudy.records.geometry import Rect
from understudy.redact.blur import BlurredWindow
from understudy.redact.ocr_lane import OcrLane, Question, ReadWindow
from understudy.redact.ocr_words import Find
from understudy.redact.pixels import Change
from understudy.redact.policy import AppRule

Stirred = tuple[int, Change]
"""A window, and what looks different in it (px in the window)."""


class Lanes:
    """`find` tells what is sensitive in a text that was read."""

    def __init__(self, find: Find) -> None:
        self._read = OcrLane(find)
        self._blurred: dict[int, BlurredWindow] = {}

    @property
    def windows(self) -> dict[int, ReadWindow | BlurredWindow]:
        """What may be shown of each window."""
        return {**self._read.windows, **self._blurred}

    def place(self, window: int, rect: Rect, rule: AppRule | None) -> bool:
        """A window that may be shown stands at `rect`. True when it is one of these lanes', by its rule."""
        level = "drop" if rule is None else rule.pixels
        if level == "ocr":
            self._blurred.pop(window, None)
            self._read.place(window, rect)
        elif level == "blur":
            self._read.drop(window)
            old = self._blurred.get(window)
            if old is None or (old.area.width, old.area.height) != (rect.width, rect.height):
                self._blurred[window] = BlurredWindow(rect.width, rect.height)
        else:
            self.drop(window)
        return level in ("ocr", "blur")

    def drop(self, window: int) -> None:
        """A window is gone, or out of scope."""
        self._read.drop(window)
        self._blurred.pop(window, None)

    def forget(self) -> None:
        """Know no pixels any more."""
        self._read.forget()
        self._blurred = {}

    def draw(self, window: int, patches: Sequence[Patch], read_ns: int) -> None:
        """New pixels of a window."""
        for patch in patches:
            if (read := self._read.windows.get(window)) is not None:
                read.patch(patch, read_ns)
            elif (blurred := self._blurred.get(window)) is not None:
                blurred.patch(patch)

    def typed(self, window: int, time_ns: int) -> None:
        """A key that makes text went to a window."""
        self._read.typed(window, time_ns)

    @property
    def used(self) -> bool:
        """False while no window goes through a lane of these."""
        return bool(self._read.windows or self._blurred)

    def advance(self, now_ns: int) -> list[Stirred]:
        """Time has passed: what looks different by now."""
        if not self.used:
            return []
        stirred = self._read.advance(now_ns)
        for window, blurred in self._blurred.items():
            if (change := blurred.advance(now_ns)) is not None:
                stirred.append((window, change))
        return stirred

    def answer(self, read: Read, covered: Sequence[Rect]) -> Stirred | None:
        """What was read in the part that was asked about; `covered` (px in its window) is masked in any case."""
        return self._read.answer(read, covered)

    @property
    def asked_window(self) -> int | None:
        """The window that the question under way is about."""
        return self._read.asked_window

    def question(self) -> Question | None:
        """What to have read now; told once."""
        return self._read.question()

    def missed(self) -> int:
        """How many spells of parts not read in time have begun since the last call."""
        return self._read.missed()
