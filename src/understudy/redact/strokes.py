"""What presses mean for the runs: which begin one, belong to it, end it, or stand for themselves."""

from __future__ import annotations

from understudy.records.elements import Element
from understudy.records.events import Key
from understudy.redact.evidence import CONTEXT_CHARS, Field, Mine
from understudy.redact.holds import Holds
from understudy.redact.key_classes import CARET, COMMAND, ERASE, LEVEL_KEYS, MODIFIERS, PRESSABLE
from understudy.redact.policy import AppRule
from understudy.redact.receipts import Receipts, takes_text
from understudy.redact.run import Entry, Run, hides_prompts
from understudy.redact.triggers import Triggers
from understudy.redact.waiting import Waiting

HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
COMMITTING = frozenset((" ", "\r", "\n"))
LEAVING = frozenset(("Return", "KP_Enter", "Tab", "ISO_Left_Tab", "Escape"))
BY_HAND_CHARS = 2_000
"""So much of what was typed without an element's word is looked back at."""


class Strokes:
    """Takes presses in scope; puts them into runs or behind them."""

    def __init__(self, waiting: Waiting, receipts: Receipts, holds: Holds, triggers: Triggers) -> None:
        self._waiting, self._receipts, self._holds, self._triggers = waiting, receipts, holds, triggers
        self._by_hand: Field | None = None
        self._spelling = False
        self._speller: Run | None = None

    def press(self, record: Key, rule: AppRule, focus: Element | None) -> bool:
        """A press in scope, outside secure fields. True when it begins something: a run, a shortcut, a plain press."""
        run = self._waiting.open
        if record.keysym in MODIFIERS:
            # How often a Control helped while a secret was typed is part of its rhythm.
            self._waiting.keys.enter(Entry(record, leads=run is not None))
            return False
        if self._spelling and (self._speller is None or self._speller is run):
            return self._spell(record, rule, focus)
        command = not COMMAND.isdisjoint(record.modifiers)
        starts = record.keysym == "Multi_key" or record.keysym.startswith("dead_")
        self._waiting.keys.composing = starts or (self._waiting.keys.composing and not record.text and not command)
        if self._waiting.keys.composing or record.keysym in LEVEL_KEYS:
            self._waiting.keys.enter(Entry(record, run=run, leads=run is None))
            return False
        printable = bool(record.text) and record.text.isprintable() and not command
        if record.text == " " and focus is not None and focus.role in PRESSABLE and run is None:
            printable = False
        edits = record.keysym in ERASE or record.keysym in CARET
        if rule.keyboard_text:
            # Nobody tells where the caret went: only Backspace at the end is understood.
            edits = record.keysym == "BackSpace" and not command
        # How many Backspaces a secret takes is its length: they wait for evidence like letters.
        erases = record.keysym in ERASE and not command and (focus is None or takes_text(focus))
        begins = printable or erases
        if run is not None and (printable or (edits and COMMAND.isdisjoint({*record.modifiers} - {"ctrl"}))):
            self._into(run, record, printable=printable)
            return False
        if begins:
            self.end(record.time_ns)
            self._into(self._begin(record, rule, focus), record, printable=printable)
            return True
        self._plain_press(record)
        return not record.repeat

    def _plain_press(self, record: Key) -> None:
        self.end(record.time_ns)
        if record.text and record.keysym not in ERASE:
            self._by_hand = None
        if record.keysym in LEAVING:
            self._holds.leave(self._waiting.runs, None)
        self._speller = None
        # GTK spells code points: Ctrl+Shift+U, hexadecimal digits, a blank or Return.
        self._spelling = record.keysym in ("u", "U") and {"ctrl", "shift"} <= set(record.modifiers)
        self._triggers.key(record)
        self._waiting.keys.settle_leads(None)
        self._waiting.keys.enter(Entry(record))

    def _spell(self, record: Key, rule: AppRule, focus: Element | None) -> bool:
        """A key after Ctrl+Shift+U: part of a code point, or the end of it."""
        run = self._waiting.open
        digit = record.text in HEXADECIMAL if record.text else record.keysym in HEXADECIMAL
        if record.keysym in LEVEL_KEYS:
            self._waiting.keys.enter(Entry(record, run=run, leads=run is None))
            return False
        commits = run is not None and record.text in COMMITTING
        if not (digit or commits or (run is not None and record.keysym == "BackSpace")):
            self._spelling = False
            self.end(record.time_ns)
            return self.press(record, rule, focus)
        begins = run is None
        if run is None:
            run = self._begin(record, rule, focus)
            run.spelled, self._speller = True, run
        self._into(run, record, printable=digit or record.text == " ")
        if commits:
            run.ended_ns, self._waiting.open, self._spelling = record.time_ns, None, False
        return begins

    def _begin(self, record: Key, rule: AppRule, focus: Element | None) -> Run:
        run = self._waiting.make(rule, focus, record.time_ns)
        if rule.terminal or hides_prompts(focus, rule):
            run.lost = "terminal"
        elif rule.keys == "nothing":
            run.lost = "policy"
        elif rule.keyboard_text:
            # In view of what was typed before a click or a caret key, as an element would tell it.
            old = self._by_hand
            if old is None or len(old.chars) > BY_HAND_CHARS:
                before = [] if old is None else old.chars[-CONTEXT_CHARS:]
                self._by_hand = Field(list(before), [None] * len(before))
            run.held = self._by_hand
        self._waiting.runs.append(run)
        self._waiting.open = run
        return run

    def _into(self, run: Run, record: Key, *, printable: bool) -> None:
        self._waiting.keys.settle_leads(run)
        run.last_ns = record.time_ns
        entry = Entry(record, run=run)
        self._waiting.keys.enter(entry)
        if printable:
            entry.press = len(run.typed)
            run.typed.extend(record.text or record.keysym)
        elif record.keysym in ERASE:
            run.erased = True
            run.erases.append(len(run.typed))
        if run.rule.keyboard_text and run.held is not None:
            self._by_keyboard(run, record, run.held, printable=printable)

    def _by_keyboard(self, run: Run, record: Key, own: Field, *, printable: bool) -> None:
        end = len(own.chars)
        if printable:
            own.insert(end, record.text, record.time_ns)
            first = len(run.typed) - len(record.text)
            own.claim(end, [Mine(run.key, first + index) for index in range(len(record.text))])
            run.matched = len(run.typed)
        elif end:
            run.before = run.before or "".join(own.chars)
            self._receipts.remember_states(own)
            own.delete(end - 1, own.chars[-1], record.time_ns)
            run.corrections += 1
        run.received = True

    def end(self, time_ns: int) -> None:
        """Whatever was being typed ends here."""
        self._spelling = False
        self._waiting.end(time_ns)

    def forget(self) -> None:
        """Know no text any more."""
        self._by_hand = None
        self._spelling = False
