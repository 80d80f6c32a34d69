"""Keys that wait, in order, until the fate of their run is known; keys outside runs wait behind them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from understudy.records.events import Key
from understudy.redact.key_classes import CARET
from understudy.redact.run import Entry, Run


class KeyQueue:
    """What has been pressed and released in scope, and not been decided yet."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._downs: dict[int, Entry | None] = {}
        self.composing = False

    def __len__(self) -> int:
        return len(self._entries)

    def enter(self, entry: Entry) -> None:
        """A press that may be kept."""
        self._downs[entry.record.keycode] = entry
        self._entries.append(entry)

    def refuse(self, record: Key) -> None:
        """A press that is dropped. A Shift that waited for it shares its fate."""
        self._downs[record.keycode] = None
        for entry in [entry for entry in self._entries if entry.leads]:
            self._entries.remove(entry)
            self._downs[entry.record.keycode] = None

    def release(self, record: Key) -> None:
        """A key came up: its release goes where its press went."""
        down = self._downs.pop(record.keycode, None)
        if down is None:
            return
        if down.leads and not self.composing:
            # Pressed and released alone: it modified nothing.
            down.leads = False
        if down.run is None or down.run.fate != "drop":
            self._entries.append(Entry(record, run=down.run, leads=down.leads))

    def settle_leads(self, run: Run | None) -> None:
        """The keys that waited for the one they modify belong where that one belongs."""
        for entry in self._entries:
            if entry.leads:
                entry.leads, entry.run = False, run

    def free(self, run: Run) -> None:
        """The keys of a run that turned out to hold no text are plain ones."""
        for entry in self._entries:
            if entry.run is run:
                entry.run = None

    def free_carets(self, run: Run) -> None:
        """Caret keys after the last change belong to no text."""
        for entry in reversed(self._entries):
            if entry.run is run and entry.record.keysym in CARET:
                entry.run = None
            elif entry.run is run and entry.record.down:
                break

    def pressed_ns(self, run: Run, press: int) -> int:
        """When a run's press number `press`, or the first one after it, was made; 0 when there is none."""
        return next((e.record.time_ns for e in self._of(run) if e.press is not None and e.press >= press), 0)

    def move(self, run: Run, rest: Run, press: int) -> None:
        """From press number `press` on, a run's keys belong to `rest`, which begins there."""
        moving = False
        for entry in self._of(run):
            if not moving and entry.press is not None and entry.press >= press:
                moving, rest.start_ns = True, entry.record.time_ns
            if moving:
                entry.run = rest
                entry.press = None if entry.press is None else entry.press - press
        for part in (run, rest):
            part.last_ns = max((e.record.time_ns for e in self._of(part) if e.record.down), default=part.start_ns)

    def take(self) -> Iterator[Key]:
        """What is decided, in order, as it may be kept."""
        while self._entries and not self._entries[0].leads:
            entry = self._entries[0]
            run = entry.run
            if run is not None and run.fate == "open":
                return
            self._entries.popleft()
            if run is None:
                yield entry.record
            elif run.fate == "keep":
                yield _of_run(entry.record, run)

    def clear(self) -> None:
        """Forget which keys are down."""
        self._downs.clear()

    def _of(self, run: Run) -> list[Entry]:
        return [entry for entry in self._entries if entry.run is run]


def _of_run(record: Key, run: Run) -> Key:
    if run.level == "text":
        return msgspec.structs.replace(record, run=run.number)
    return msgspec.structs.replace(record, keycode=0, keysym="", text="", modifiers=(), run=run.number)
