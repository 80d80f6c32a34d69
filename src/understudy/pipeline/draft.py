"""An action while it is being put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from understudy.pipeline.edits import Editor
from understudy.records.actions import Action, ActionKind, Button, Correction
from understudy.records.events import Key, Modifier
from understudy.records.kept import Entered, KeyLevel

MODIFIER_ORDER: tuple[Modifier, ...] = ("super", "ctrl", "alt", "shift")
"""The order in which hotkeys name their modifiers; locks and AltGr only shape text and are never named."""


@dataclass(slots=True)
class Draft:
    """A mutable `Action`, its fields the same. `last_ns` is when its latest part began (a press, a notch).

    `place` says where it happened, for joining: the element's id for typed runs, the window's id for scrolls, ""
    or None when unknown. `by_keyboard` True: typed text without a run, made from the keys' own text. `repeat` True:
    made by autorepeat. `held_on` True: one of its modifiers stayed down until another action began.
    `scrubbed` True: something in the typed text was replaced, and with it went the times of its keys. `typed` are the
    presses of a text whose keys are known, and `editor` what they write; None where they don't explain the text.
    """

    kind: ActionKind
    start_ns: int
    end_ns: int
    last_ns: int
    x: int | None = None
    y: int | None = None
    to_x: int | None = None
    to_y: int | None = None
    path: list[tuple[int, int, int]] = field(default_factory=list)
    button: Button = ""
    modifiers: tuple[Modifier, ...] = ()
    keys: tuple[str, ...] = ()
    count: int = 1
    text: str = ""
    text_level: KeyLevel | None = None
    corrections: int = 0
    corrected: tuple[Correction, ...] = ()
    entered: Entered = "typed"
    scroll_x: int = 0
    scroll_y: int = 0
    pointer_seqs: list[int] = field(default_factory=list)
    key_seqs: list[int] = field(default_factory=list)
    text_seqs: list[int] = field(default_factory=list)
    place: str | int | None = None
    by_keyboard: bool = False
    repeat: bool = False
    held_on: bool = False
    scrubbed: bool = False
    typed: list[Key] = field(default_factory=list)
    editor: Editor | None = None

    def absorb(self, other: Draft) -> None:
        """Take over another draft's records and time; what the joined action means is the caller's to set."""
        self.end_ns = max(self.end_ns, other.end_ns)
        self.last_ns = other.last_ns
        self.pointer_seqs += other.pointer_seqs
        self.key_seqs += other.key_seqs
        self.text_seqs += other.text_seqs
        self.typed += other.typed

    def finish(self) -> Action:
        """The action, its sequence numbers in order."""
        return Action(
            kind=self.kind,
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            x=self.x,
            y=self.y,
            to_x=self.to_x,
            to_y=self.to_y,
            path=tuple(self.path),
            button=self.button,
            modifiers=self.modifiers,
            keys=self.keys,
            count=self.count,
            text=self.text,
            text_level=self.text_level,
            corrections=self.corrections,
            corrected=self.corrected,
            entered=self.entered,
            scroll_x=self.scroll_x,
            scroll_y=self.scroll_y,
            pointer_seqs=tuple(sorted(self.pointer_seqs)),
            key_seqs=tuple(sorted(self.key_seqs)),
            text_seqs=tuple(sorted(self.text_seqs)),
        )


def named(modifiers: tuple[Modifier, ...]) -> tuple[Modifier, ...]:
    """The modifiers that mean something to a person, in one order."""
    return tuple(modifier for modifier in MODIFIER_ORDER if modifier in modifiers)
