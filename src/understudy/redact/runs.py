"""Runs: texts that elements received, kept or dropped together with the keys that made them, by the element's own word.

Keys wait here, in order, until their run's fate is known; keys outside runs wait behind them. What is kept of a run
is what its element says it received (`receipts`), scrubbed as a whole and in view of what stands around it (`verdict`).
A run ends when the focus changes, at Return, Tab, Escape, a shortcut or a pointer press; it is cut after 10 s or 200
characters, but only where no secret can straddle the cut. An ended run is held until what follows can't belong to it
any more (`holds`). What a program put there itself (a paste, a completion, an undo) is a run without keys.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal

from understudy.records.elements import Element
from understudy.records.events import Insert, Key, Mark, Pointer, Tree
from understudy.records.kept import KeyLevel, TextRun
from understudy.redact.cut import cut_place
from understudy.redact.holds import Holds
from understudy.redact.policy import AppRule
from understudy.redact.receipts import Receipts
from understudy.redact.run import NOTHING_TYPED, Entry, Run, Typing, words_of
from understudy.redact.scrub import Scrubber
from understudy.redact.shape import shape_of
from understudy.redact.strokes import Strokes
from understudy.redact.triggers import Triggers
from understudy.redact.verdict import Verdict, judge
from understudy.redact.waiting import Waiting

CUT_AFTER_NS = 10_000_000_000
CUT_AFTER_CHARS = 200
LOSE_AFTER_NS = 60_000_000_000
LOSE_AFTER_CHARS = 400
"""Where no safe place to cut was found by then, the run is dropped as "undecided"."""
WAIT_FOR_EVIDENCE_NS = 500_000_000
"""How long after its end a run waits for what it still lacks; text changes come in 7-9 ms on an idle machine."""
WAIT_FOR_EDITS_NS = 60_000_000
FOCUS_LAG_NS = 200_000_000
"""Keys this shortly before a focus change may belong to the element after it (25-40 ms, more on a busy machine)."""
UNCERTAIN_NS = 1_000_000_000
"""Keys without evidence this shortly before a change of the focus are taken for keys that went there."""
ECHO_NS = 5_000_000_000
"""How long after a secret what a page echoed of it while it was typed may still come: a tree read meanwhile."""
TORN_NS = 1_000_000_000
"""A window that goes this long after a press was closed by it; what is typed this soon after one went by itself is the
rest of what was typed there."""
SETTLE_EVERY_NS = 20_000_000
"""How often held runs are looked at while nothing happens to them: the pointer moves a thousand times a second."""
MOST_WAITING = 64
MOST_KEYS = 4_000
"""Held runs and keys: more are decided with what is known."""
SHORT_CHARS = 2
"""Words of a dropped run up to this length tell nothing of it."""


class TypedRuns:
    """Takes in-scope keys and the elements' evidence; gives kept `Key`, `TextRun` and `Mark` records (seq 0)."""

    def __init__(self, scrubber: Scrubber, redact: Callable[[Element, KeyLevel], Element]) -> None:
        self._scrubber, self._redact = scrubber, redact
        self._out: list[Key | TextRun | Mark] = []
        self._recent: deque[tuple[int, frozenset[int], tuple[str, ...]]] = deque()
        self._now_ns = self._settled_ns = self._pressed_ns = 0
        self._torn_ns: int | None = None
        self._focus: tuple[str | None, bool] | None = None
        self._kept = 0
        self.changes = 0
        """Grows whenever a run ends its waiting: what hung on it may be looked at again."""
        self._begin()

    def _begin(self) -> None:
        self._waiting = Waiting()
        self._holds = Holds(self._scrubber)
        self._triggers = Triggers()
        self._receipts = Receipts(self._waiting, self._holds, self._triggers)
        self._strokes = Strokes(self._waiting, self._receipts, self._holds, self._triggers)

    # Events

    def drop(self, record: Key) -> None:
        """A key that is out of scope or secure. Only the release of a key kept before passes."""
        self._waiting.stirred = True
        if record.down:
            self._waiting.keys.refuse(record)
            self._triggers.forget()
        else:
            self._waiting.keys.release(record)

    def plain(self, record: Key) -> None:
        """A key that is kept as it is."""
        if record.down:
            self._waiting.keys.enter(Entry(record))
        else:
            self._waiting.keys.release(record)

    def key(self, record: Key, rule: AppRule, focus: Element | None) -> bool:
        """A key in scope, outside secure fields. True when it begins something: a run, a shortcut, a plain press."""
        self._waiting.stirred = True
        if not record.down:
            self._waiting.keys.release(record)
            return False
        begins = self._strokes.press(record, rule, focus)
        run = self._waiting.open
        if run is None:
            self._pressed_ns = record.time_ns
        if begins and run is not None and self._torn_ns is not None and record.time_ns - self._torn_ns <= TORN_NS:
            run.lost, run.torn = run.lost or "focus_uncertain", True
        return begins

    def insert(self, record: Insert, rule: AppRule, focus: Element | None) -> None:
        """What an element that isn't secure received or lost. `rule`: its window's; `focus`: what has the focus."""
        self._receipts.insert(record, rule, focus)

    def know(self, tree: Tree, secure: Callable[[Element], bool]) -> None:
        """What fields held when their tree was read, believed where nothing was told of them; and their labels."""
        self._receipts.know(tree, secure)

    def pointer(self, record: Pointer) -> None:
        """A button went down or up in scope."""
        self._pressed_ns = record.time_ns
        self._triggers.pointer(record)

    def end(self, time_ns: int) -> None:
        """The open run ends: a pointer was pressed, a shortcut or another key came."""
        self._waiting.stirred = True
        self._strokes.end(time_ns)

    def refocus(self, element: Element | None, time_ns: int, *, secure: bool) -> None:
        """The focus moved to `element`, or the window or the keyboard was taken away (None)."""
        self._waiting.stirred = True
        run = self._waiting.open
        # Whoever reads its windows says so again; a spreadsheet's sheet keeps the focus while a cell's editor is told.
        focus = (None if element is None else element.id, secure)
        moved, self._focus = focus != self._focus, focus
        if element is None or secure:
            self._triggers.forget()
        if run is not None and moved and not self._stays(run, element, time_ns, secure=secure):
            if time_ns - run.last_ns <= UNCERTAIN_NS:
                run.refocused_ns = time_ns
            if not secure and (element is None or run.where is None or run.where.pid != element.pid):
                run.taken_ns = time_ns
            self.end(time_ns)
        self._holds.leave(self._waiting.runs, None if secure else element)
        if secure:
            self._holds.close()

    def vanished(self, pid: int, time_ns: int, *, hidden: bool = False, front_only: bool = False) -> None:
        """The window of process `pid` that had the focus is gone: what was being typed there was not finished.

        Programs that crash or are killed take their fields with them; half a secret looks harmless. `hidden`: a
        password was being typed there. `front_only`: nobody tells of windows but the one in front, which may only have
        been left; what is known by the keyboard alone, without a field, counts as finished then.
        """
        if (run := self._waiting.open) is not None:
            run.taken_ns = time_ns
            self.end(time_ns)
        able = [run for run in self._waiting.runs if not (front_only and run.rule.keyboard_text)]
        runs = [run for run in able if run.where is None or run.where.pid == pid]
        torn = [run for run in runs if run.taken_ns is not None and run.told is None]
        held = [run.held for run in torn if run.held is not None]
        closed = time_ns - self._pressed_ns <= TORN_NS
        for run in runs:
            beginning = run.likely and (run.held in held or not closed)
            if run in torn or beginning:
                run.lost, run.torn = run.lost or "undecided", True
        if torn or hidden:
            self._torn_ns = time_ns
            # What a field receives from now on are the keys of what was torn, not what a click before them put there.
            self._triggers.forget()
        self._waiting.stirred = True

    @staticmethod
    def _stays(run: Run, element: Element | None, time_ns: int, *, secure: bool) -> bool:
        if element is None or secure:
            return False
        if run.element is not None and run.element.id == element.id:
            return True
        if run.element is None and run.focus is not None and run.focus.id == element.id:
            return True
        if run.element is None and not run.received and time_ns - run.start_ns <= FOCUS_LAG_NS:
            # The keys were typed after the focus had moved and before we were told.
            run.focus = element
            return True
        return False

    # Time

    def advance(self, now_ns: int) -> None:
        """Let time pass: cut what is long, decide what has ended and waited."""
        self._now_ns = now_ns
        while self._recent and self._recent[0][0] + ECHO_NS < now_ns:
            self._recent.popleft()
        if not self._waiting.runs:
            return
        run = self._waiting.open
        if run is not None:
            age_ns, length = now_ns - run.start_ns, len(run.typed)
            if age_ns >= LOSE_AFTER_NS or length >= LOSE_AFTER_CHARS:
                run.lost = run.lost or "undecided"
                self.end(now_ns)
            elif age_ns >= CUT_AFTER_NS or length >= CUT_AFTER_CHARS:
                if run.lost:
                    self.end(now_ns)
                else:
                    self._cut(run)
        if len(self._waiting.runs) > MOST_WAITING or len(self._waiting.keys) > MOST_KEYS:
            self._holds.release(self._waiting.runs)
        self._settle(now_ns)

    def _settle(self, now_ns: int) -> None:
        """Decide, in order, what nothing can change any more."""
        if not self._waiting.stirred and now_ns < self._settled_ns + SETTLE_EVERY_NS:
            return
        self._waiting.stirred, self._settled_ns = False, now_ns
        for run in list(self._waiting.runs):
            if run.told is None and not run.lost and self._ripe(run, now_ns):
                self._save_what_is_proven(run)
                self._holds.tell(run, self._waiting.runs)
                self.changes += 1
        while self._waiting.runs:
            run = self._waiting.runs[0]
            if not self._ripe(run, now_ns) or self._holds.holds(self._waiting.runs, now_ns):
                return
            self._decide(self._waiting.runs.popleft())

    def finish(self, now_ns: int) -> None:
        """The recording ends or pauses: decide everything with what there is."""
        self.end(now_ns)
        self._waiting.keys.settle_leads(None)
        self._holds.finish(self._waiting.runs)
        while self._waiting.runs:
            self._decide(self._waiting.runs.popleft())
        self._waiting.keys.clear()
        self._triggers.forget()

    def forget(self) -> None:
        """Know no text any more (after a pause)."""
        self._focus = None
        self._recent.clear()
        self._receipts.forget()
        self._strokes.forget()
        self._triggers.forget()

    def abandon(self, kept: int) -> None:
        """Forget every run, what waits and what was decided included; the next one kept is run number `kept`."""
        self._focus = None
        self._recent.clear()
        self._out.clear()
        spread = self._holds.spread
        self._begin()
        # What stands in those fields isn't forgotten by the screen.
        self._holds.spread = spread
        self._kept = kept
        self.changes += 1

    # What others see

    def take(self) -> list[Key | TextRun | Mark]:
        """What has been decided since the last call, in order."""
        out, self._out = self._out, []
        out.extend(self._waiting.keys.take())
        return out

    @property
    def pending(self) -> bool:
        """True while a run is open or waits for evidence: what a program shows may repeat any part of it."""
        return any(run.told is None for run in self._waiting.runs)

    def repeated_in(self, text: str) -> Literal["", "held", "dropped"]:
        """Whether `text` repeats a word of a run that is held, or of one that was dropped lately."""
        if not self._waiting.runs and not self._recent:
            return ""
        told = text.lower()
        if any(word in told for _, _, words in self._recent for word in words if len(word) > SHORT_CHARS):
            return "dropped"
        words = (word for run in self._waiting.runs for word in words_of(run))
        return "held" if any(len(word) > 1 and word in told for word in words) else ""

    @property
    def typing(self) -> Typing:
        """Where runs are open or undecided, and what was typed there so far."""
        spread = self._holds.spread
        if not self._waiting.runs and not self._recent:
            return Typing(pids=frozenset(spread.values()), spread=frozenset(spread)) if spread else NOTHING_TYPED
        elements = [each for run in self._waiting.runs for each in (run.element, run.focus) if each is not None]
        words = [word for run in self._waiting.runs for word in words_of(run)]
        return Typing(
            pids=frozenset(each.pid for each in elements).union(spread.values(), *(p for _, p, _ in self._recent)),
            spread=frozenset(spread),
            ids=frozenset(each.id for each in elements),
            places=tuple(each.bounds for each in elements if each.bounds is not None),
            words=(*words, *(word for _, _, told in self._recent for word in told)),
        )

    def _ripe(self, run: Run, now_ns: int) -> bool:
        if run.ended_ns is None:
            return False
        if run.told is not None or run.cut or run.lost or run.rule.keyboard_text:
            return True
        waited_ns = now_ns - run.ended_ns
        if run.complete and not run.erases and run.taken_ns is None:
            return waited_ns >= WAIT_FOR_EDITS_NS
        return waited_ns >= WAIT_FOR_EVIDENCE_NS

    # Decisions

    def _decide(self, run: Run) -> None:
        verdict = judge(self._scrubber, run)
        if verdict.reason:
            self._fall(run, verdict)
        else:
            self._keep(run, verdict)
        self._holds.decided(run)
        if run.torn and run.where is not None:
            # Half a secret stands there, which no pattern knows.
            self._holds.cover(run.where)
        if run.held is not None and not verdict.hit:
            # A find told once is not told again by a run that goes on with it.
            run.held.release(run.key)
        if run.fate == "drop" and (words := words_of(run)):
            pids = frozenset(each.pid for each in (run.element, run.focus) if each is not None)
            self._recent.append((self._now_ns, pids, words))
        run.typed, run.states, run.before, run.told = [], [], None, None
        self.changes += 1

    def _save_what_is_proven(self, run: Run) -> None:
        """Keys just before the focus moved may have gone elsewhere; those that their element told of didn't."""
        refocused_ns = run.refocused_ns
        if refocused_ns is None or run.complete or not run.matched or run.given or run.spelled:
            return
        if self._waiting.keys.pressed_ns(run, run.matched) >= refocused_ns - UNCERTAIN_NS:
            rest = self._waiting.split(run, run.matched)
            rest.ended_ns, rest.refocused_ns, rest.received = refocused_ns, refocused_ns, False
            run.refocused_ns = None

    def _fall(self, run: Run, verdict: Verdict) -> None:
        run.fate = "drop"
        what = "keys" if run.typed or run.erased else "text"
        mark = Mark(time_ns=run.start_ns, seq=0, kind="dropped", reason=verdict.reason, what=what)  # type: ignore[arg-type]
        self._out.append(mark)

    def _keep(self, run: Run, verdict: Verdict) -> None:
        hit, text, level = verdict.hit, verdict.text, run.level
        keyless = verdict.entered not in ("typed", "completed")
        run.fate = "drop" if hit or keyless else "keep"
        if not text and not run.typed and not hit:
            self._waiting.keys.free(run)
            return
        run.number = self._kept
        self._kept += 1
        if not hit:
            self._waiting.keys.free_carets(run)
        element = run.where
        self._out.append(
            TextRun(
                # A secret's length and rhythm are secret too: a scrubbed run tells only when it began.
                time_ns=run.start_ns if hit else run.last_ns,
                seq=0,
                run=run.number,
                start_ns=run.start_ns,
                text={"text": text, "shape": shape_of(text)}.get(level, ""),
                level=level,
                element=None if element is None else self._redact(element, level),
                corrections=0 if hit or keyless else run.corrections,
                scrubbed=hit,
                source="keyboard" if run.rule.keyboard_text else "element",
                entered=verdict.entered,
            )
        )

    def _cut(self, run: Run) -> None:
        """Split the run where nothing that is sensitive can straddle; leave it whole where there is no such place."""
        if run.held is None or run.matched < len(run.typed) or run.tried == run.matched or run.spelled:
            return
        run.tried = run.matched
        own = run.held.own(run.key)
        place = cut_place(self._scrubber, run.label, run.typed, run.held, own)
        if place is None:
            return
        self._waiting.split(run, min(index for _, index in own[place:]))
        run.ended_ns, run.cut = run.last_ns, True
