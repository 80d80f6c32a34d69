"""What presses write, their edits applied: a line of text with a caret, and what was taken back on the way.

It starts empty, whatever the field held before, and the caret stays inside what was typed. Where there was more, a
caret that left it comes out wrong: callers compare the outcome with what the element said that it received.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from understudy.records.actions import Correction
from understudy.records.events import Key

COMMANDS = frozenset(("ctrl", "alt", "super"))

BACKWARD, FORWARD, LEFT, RIGHT, HOME, END = "BackSpace", "Delete", "Left", "Right", "Home", "End"
_EDITS = {
    **{name: name for name in (BACKWARD, FORWARD, LEFT, RIGHT, HOME, END)},
    **{f"KP_{name}": name for name in (FORWARD, LEFT, RIGHT, HOME, END)},
}


@dataclass(slots=True)
class _Removal:
    """A `Correction` in the making; `kind` is the key that took back."""

    at: int
    removed: str
    kind: str


@dataclass(slots=True)
class Editor:
    """A text being typed. `part` is the number given to the characters typed from now on.

    `sure` turns False for good at the first key whose effect can't be told from the keys alone: a selection, a word
    taken back at once.
    """

    part: int = 0
    sure: bool = True
    _chars: list[str] = field(default_factory=list)
    _parts: list[int] = field(default_factory=list)
    _caret: int = 0
    _removals: list[_Removal] = field(default_factory=list)
    _last: _Removal | None = None

    @property
    def text(self) -> str:
        """What stands there now."""
        return "".join(self._chars)

    def text_of(self, part: int) -> str:
        """The characters of one part that stand there now, in the order of the text."""
        return "".join(char for char, own in zip(self._chars, self._parts, strict=True) if own == part)

    @property
    def in_order(self) -> bool:
        """True when no part has a character before one of an earlier part."""
        return all(earlier <= later for earlier, later in zip(self._parts, self._parts[1:], strict=False))

    @property
    def corrected(self) -> tuple[Correction, ...]:
        """What was taken back, in the order in which that happened."""
        return tuple(Correction(removal.at, removal.removed) for removal in self._removals)

    @property
    def corrections(self) -> int:
        """How many characters were taken back."""
        return sum(len(removal.removed) for removal in self._removals)

    def press(self, keys: Iterable[Key]) -> Editor:
        """Apply presses in order (releases and keys that write nothing are passed over); returns itself."""
        for key in keys:
            if not key.down:
                continue
            edit = _EDITS.get(key.keysym) if not key.text or not key.text.isprintable() else None
            if edit is None:
                if key.text.isprintable() and COMMANDS.isdisjoint(key.modifiers):
                    self.type(key.text)
            elif not COMMANDS.isdisjoint(key.modifiers) or ("shift" in key.modifiers and edit != BACKWARD):
                self.sure = False
            else:
                self._edit(edit)
        return self

    def type(self, text: str) -> None:
        """Write characters at the caret."""
        for char in text:
            for removal in self._removals:
                removal.at += removal.at > self._caret
            self._chars.insert(self._caret, char)
            self._parts.insert(self._caret, self.part)
            self._caret += 1
            self._last = None

    def erase(self) -> None:
        """Take back the character before the caret; what stood before the text is no part of it."""
        if self._caret:
            self._caret -= 1
            self._remove(BACKWARD)

    def _edit(self, edit: str) -> None:
        if edit == BACKWARD:
            self.erase()
            return
        if edit == FORWARD:
            if self._caret < len(self._chars):
                self._remove(FORWARD)
            return
        self._last = None
        if edit == LEFT:
            self._caret = max(0, self._caret - 1)
        elif edit == RIGHT:
            self._caret = min(len(self._chars), self._caret + 1)
        elif edit == HOME:
            self._caret = 0
        elif edit == END:
            self._caret = len(self._chars)
        else:
            raise ValueError(f"an edit of the kind {edit!r} is unknown")

    def _remove(self, kind: str) -> None:
        at = self._caret
        char = self._chars.pop(at)
        self._parts.pop(at)
        for removal in self._removals:
            removal.at -= removal.at > at
        last = self._last
        if last is not None and last.kind == kind and last.at == at:
            last.removed = char + last.removed if kind == BACKWARD else last.removed + char
        else:
            self._last = _Removal(at, char, kind)
            self._removals.append(self._last)
