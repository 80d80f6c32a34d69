"""What a person did last that may make a program put text into an element: paste, undo, a drag, a choice."""

from __future__ import annotations

from typing import NamedTuple

from understudy.records.events import Key, Pointer
from understudy.records.kept import Entered

WITHIN_NS = 500_000_000
"""Text that comes later than this after a key or button has another cause (7-40 ms on an idle machine)."""
DRAG_PX = 6
COMPLETING = frozenset(("Return", "KP_Enter", "Tab", "Up", "Down", "Right", "End", "space", "Prior", "Next"))
"""Keys that take over what a program offers."""


class Trigger(NamedTuple):
    """`start_ns`: when it was pressed, which is where the action begins that the text belongs to."""

    entered: Entered
    start_ns: int
    time_ns: int


class Triggers:
    """Remembers the last of them."""

    def __init__(self) -> None:
        self._last: Trigger | None = None
        self._down: dict[int, Pointer] = {}

    def key(self, record: Key) -> None:
        """A press that types nothing."""
        entered = _by_key(record)
        self._last = None if entered is None else Trigger(entered, record.time_ns, record.time_ns)

    def pointer(self, record: Pointer) -> None:
        """A button went down or up over something in scope."""
        if record.kind == "down":
            self._down[record.button] = record
            self._last = Trigger("pasted" if record.button == 2 else "filled", record.time_ns, record.time_ns)
        elif record.kind == "up" and (down := self._down.pop(record.button, None)) is not None:
            far = max(abs(record.x - down.x), abs(record.y - down.y)) > DRAG_PX
            entered: Entered = "pasted" if record.button == 2 else "moved" if far else "filled"
            self._last = Trigger(entered, down.time_ns, record.time_ns)

    def behind(self, time_ns: int) -> Trigger | None:
        """What a text that came at `time_ns` may come from; None when nothing was done before it."""
        last = self._last
        return last if last is not None and 0 <= time_ns - last.time_ns <= WITHIN_NS else None

    def undoing(self, time_ns: int) -> bool:
        """True when text that goes at `time_ns` goes by undo."""
        last = self.behind(time_ns)
        return last is not None and last.entered == "restored"

    def forget(self) -> None:
        """What was done elsewhere made nothing here."""
        self._last = None
        self._down.clear()


def _by_key(record: Key) -> Entered | None:
    name, modifiers = record.keysym.lower(), set(record.modifiers) & {"ctrl", "alt", "super", "shift"}
    if (name == "v" and modifiers in ({"ctrl"}, {"ctrl", "shift"})) or name == "xf86paste":
        return "pasted"
    if name in ("insert", "kp_insert") and modifiers == {"shift"}:
        return "pasted"
    if name in ("z", "y") and modifiers in ({"ctrl"}, {"ctrl", "shift"}):
        return "restored"
    return "filled" if record.keysym in COMPLETING and not modifiers else None
