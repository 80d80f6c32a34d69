"""One typed run, and the keys that wait for its fate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from understudy.records.elements import Element
from understudy.records.events import Key, Reason
from understudy.records.geometry import Rect
from understudy.records.kept import KeyLevel
from understudy.redact.evidence import Field
from understudy.redact.policy import TERMINAL_PROGRAMS, AppRule

Fate = Literal["open", "keep", "drop"]


@dataclass(eq=False)
class Run:
    """One typed run. `lost` is the reason why it can only be dropped, "" while it may be kept.

    `before` is what its element held when it first took something out (None: never); `blind`: what it took out had
    never been told.
    """

    key: int
    rule: AppRule
    focus: Element | None
    start_ns: int
    lost: Reason = ""
    element: Element | None = None
    held: Field | None = None
    typed: list[str] = field(default_factory=list)
    matched: int = 0
    tried: int = -1
    received: bool = False
    erased: bool = False
    states: list[str] = field(default_factory=list)
    before: str | None = None
    blind: bool = False
    corrections: int = 0
    last_ns: int = 0
    ended_ns: int | None = None
    cut: bool = False
    refocused_ns: int | None = None
    fate: Fate = "open"
    number: int | None = None

    @property
    def label(self) -> str:
        element = self.element or self.focus
        return element.name if element else ""

    @property
    def level(self) -> KeyLevel:
        return self.rule.keys


@dataclass(eq=False)
class Entry:
    """A key that waits. `run` None: a key of no run; `leads`: it waits for the key that it modifies."""

    record: Key
    run: Run | None = None
    leads: bool = False
    press: int | None = None


class Typing(NamedTuple):
    """Where something is being typed: programs, ids and bounds (root px) of the elements, and the words so far.

    Programs and words of runs just dropped, such as secrets, stand here a little longer.
    """

    pids: frozenset[int] = frozenset()
    ids: frozenset[str] = frozenset()
    places: tuple[Rect, ...] = ()
    words: tuple[str, ...] = ()

    def echoed_in(self, text: str) -> bool:
        """True when `text` repeats the start of what may become a secret."""
        # Two characters may have been typed since the text was told.
        starts = (word[: max(4, len(word) - 3)] for word in self.words if len(word) >= 4 and not word.isalpha())
        told = text.lower()
        return any(start in told for start in starts)


NOTHING_TYPED = Typing()


def words_of(run: Run) -> tuple[str, ...]:
    """The words that were typed, in lower case."""
    return tuple("".join(run.typed).lower().split())


def hides_prompts(element: Element | None, rule: AppRule) -> bool:
    """True for a terminal inside a program that the policy doesn't know as one (an editor's, a file manager's)."""
    known = not TERMINAL_PROGRAMS.isdisjoint((rule.program.casefold(), rule.app.casefold()))
    return element is not None and element.role == "terminal" and not known
