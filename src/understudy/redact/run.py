"""One run of text that an element received, typed or not, and the keys that wait for its fate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from understudy.records.elements import Element
from understudy.records.events import Key, Reason
from understudy.records.geometry import Rect
from understudy.records.kept import Entered, KeyLevel
from understudy.redact.evidence import Field, View
from understudy.redact.policy import TERMINAL_PROGRAMS, AppRule

Fate = Literal["open", "keep", "drop"]


@dataclass(eq=False)
class Run:
    """One run. `lost` is the reason why it can only be dropped, "" while it may be kept.

    `entered` tells how the text came; other than "typed" its keys, if any, explain nothing. `hint` is what the tree
    says of the field beside its own name. `before` is what its element held when it first took something out (None:
    never); `blind`: what it took out had never been told. `erases` are the Backspaces that no change has answered yet,
    each as the number of presses before it. `given`: the element received something that no press explains; `spelled`:
    the keys spell out a code point. `words`: what was put in without keys.

    Once all its evidence is there it is `told`: what stood in the field then, and whose. It waits on until nothing that
    follows can belong to it: `left` once the focus has gone on, `free` when it may be decided; `likely` when it looks
    like the beginning of something sensitive. `joined`: it is part of such a thing, spread over fields; the token that
    stands in its place, "" where that stands with another run. `taken_ns`: when its window
    or the keyboard was taken away; `torn`: it is what was typed in a window that went, or the rest of that.
    """

    key: int
    rule: AppRule
    focus: Element | None
    start_ns: int
    entered: Entered = "typed"
    lost: Reason = ""
    element: Element | None = None
    hint: str = ""
    held: Field | None = None
    typed: list[str] = field(default_factory=list)
    words: tuple[str, ...] = ()
    matched: int = 0
    given: bool = False
    spelled: bool = False
    tried: int = -1
    received: bool = False
    erases: list[int] = field(default_factory=list)
    erased: bool = False
    states: list[View] = field(default_factory=list)
    before: str | None = None
    blind: bool = False
    corrections: int = 0
    last_ns: int = 0
    ended_ns: int | None = None
    cut: bool = False
    refocused_ns: int | None = None
    taken_ns: int | None = None
    torn: bool = False
    told: View | None = None
    left: bool = False
    free: bool = False
    joined: str | None = None
    likely: bool = False
    fate: Fate = "open"
    number: int | None = None

    @property
    def label(self) -> str:
        name = self.where.name if self.where else ""
        return f"{name} ({self.hint})" if name and self.hint else name or self.hint

    @property
    def level(self) -> KeyLevel:
        return self.rule.keys

    @property
    def complete(self) -> bool:
        """True when every press has been found in what the element received."""
        return self.received and self.matched == len(self.typed)

    @property
    def where(self) -> Element | None:
        """Its element, None while unknown."""
        return self.element or self.focus


@dataclass(eq=False)
class Entry:
    """A key that waits. `run` None: a key of no run; `leads`: it waits for the key that it modifies."""

    record: Key
    run: Run | None = None
    leads: bool = False
    press: int | None = None


class Typing(NamedTuple):
    """Where something is being typed: programs, ids and bounds (root px) of the elements, and the words so far.

    Programs and words of runs just dropped, such as secrets, stand here a little longer. `spread`: ids of fields that
    hold parts of something sensitive; they stay covered.
    """

    pids: frozenset[int] = frozenset()
    ids: frozenset[str] = frozenset()
    places: tuple[Rect, ...] = ()
    words: tuple[str, ...] = ()
    spread: frozenset[str] = frozenset()

    def echoed_in(self, text: str) -> bool:
        """True when `text` repeats the start of what may become a secret."""
        # Two characters may have been typed since the text was told.
        starts = (word[: max(4, len(word) - 3)] for word in self.words if len(word) >= 4 and not word.isalpha())
        told = text.lower()
        return any(start in told for start in starts)


NOTHING_TYPED = Typing()


def words_of(run: Run) -> tuple[str, ...]:
    """The words that were typed or put in, in lower case."""
    return (*"".join(run.typed).lower().split(), *run.words)


def hides_prompts(element: Element | None, rule: AppRule) -> bool:
    """True for a terminal inside a program that the policy doesn't know as one (an editor's, a file manager's)."""
    known = not TERMINAL_PROGRAMS.isdisjoint((rule.program.casefold(), rule.app.casefold()))
    return element is not None and element.role == "terminal" and not known
