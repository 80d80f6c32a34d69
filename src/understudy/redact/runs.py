"""Typed runs: keys that put text into one element, kept or dropped together, by the element's own word.

Keys wait here, in order, until their run's fate is known; keys outside runs wait behind them. What is kept of a run
is what its element says it received (`evidence`), scrubbed as a whole and in view of what stands around it. A run
ends when the focus changes, at Return, Tab, Escape, a shortcut or a pointer press; it is cut after 10 s or 200
characters, but only where no secret can straddle the cut.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

import msgspec

from understudy.records.elements import Element
from understudy.records.events import Insert, Key, Mark, Reason
from understudy.records.kept import KeyLevel, TextRun
from understudy.redact.cut import cut_place, own_text
from understudy.redact.evidence import CONTEXT_CHARS, Field, Mine
from understudy.redact.key_classes import CARET, COMMAND, ERASE, LEVEL_KEYS, MODIFIERS, PRESSABLE
from understudy.redact.policy import AppRule
from understudy.redact.run import NOTHING_TYPED, Entry, Run, Typing, hides_prompts, words_of
from understudy.redact.scrub import Scrubber
from understudy.redact.shape import shape_of

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
WITHOUT_KEYS_NS = 500_000_000
"""Text that comes later than this after the last key was not made by it."""
ECHO_NS = 5_000_000_000
"""How long after a secret what a page echoed of it while it was typed may still come: a tree read meanwhile."""
MOST_FIELDS = 64
MOST_STATES = 50


class TypedRuns:
    """Takes in-scope keys and the elements' evidence; gives kept `Key`, `TextRun` and `Mark` records (seq 0)."""

    def __init__(self, scrubber: Scrubber, redact: Callable[[Element, KeyLevel], Element]) -> None:
        self._scrubber, self._redact = scrubber, redact
        self._queue: deque[Entry] = deque()
        self._runs: deque[Run] = deque()
        self._fields: OrderedDict[str, Field] = OrderedDict()
        self._downs: dict[int, Entry | None] = {}
        self._out: list[Key | TextRun | Mark] = []
        self._recent: deque[tuple[int, frozenset[int], tuple[str, ...]]] = deque()
        self._by_hand: Field | None = None
        self._composing = False
        self._now_ns = 0
        self._keys_made = 0
        self._kept = 0

    # Keys

    def drop(self, record: Key) -> None:
        """A key that is out of scope or secure. Only the release of a key kept before passes."""
        if not record.down:
            self._release(record)
            return
        self._downs[record.keycode] = None
        for entry in [entry for entry in self._queue if entry.leads]:
            # A Shift that waited for this key shares its fate.
            self._queue.remove(entry)
            self._downs[entry.record.keycode] = None

    def plain(self, record: Key) -> None:
        """A key that is kept as it is."""
        if record.down:
            self._enter(Entry(record))
        else:
            self._release(record)

    def key(self, record: Key, rule: AppRule, focus: Element | None) -> bool:
        """A key in scope, outside secure fields. True when it begins something: a run, a shortcut, a plain press."""
        if not record.down:
            self._release(record)
            return False
        run = self._open_run()
        if record.keysym in MODIFIERS:
            # How often a Control helped while a secret was typed is part of its rhythm.
            self._enter(Entry(record, leads=run is not None))
            return False
        command = not COMMAND.isdisjoint(record.modifiers)
        starts = record.keysym == "Multi_key" or record.keysym.startswith("dead_")
        self._composing = starts or (self._composing and not record.text and not command)
        if self._composing or record.keysym in LEVEL_KEYS:
            self._enter(Entry(record, run=run, leads=run is None))
            return False
        printable = bool(record.text) and record.text.isprintable() and not command
        if record.text == " " and focus is not None and focus.role in PRESSABLE and run is None:
            printable = False
        edits = record.keysym in ERASE or record.keysym in CARET
        if rule.keyboard_text:
            # Nobody tells where the caret went: only Backspace at the end is understood.
            edits = record.keysym == "BackSpace" and not command
        # How many Backspaces a secret takes is its length: they wait for evidence like letters.
        erases = record.keysym in ERASE and not command and (focus is None or _takes_text(focus))
        begins = printable or erases
        if run is not None and (printable or (edits and COMMAND.isdisjoint({*record.modifiers} - {"ctrl"}))):
            self._into(run, record, printable=printable)
            return False
        if begins:
            self.end(record.time_ns)
            self._into(self._begin(record, rule, focus), record, printable=printable)
            return True
        self.end(record.time_ns)
        if record.text and record.keysym not in ERASE:
            self._by_hand = None
        self._settle_leads(None)
        self._enter(Entry(record))
        return not record.repeat

    def _begin(self, record: Key, rule: AppRule, focus: Element | None) -> Run:
        run = Run(self._keys_made, rule, focus, record.time_ns)
        self._keys_made += 1
        if rule.terminal or hides_prompts(focus, rule):
            run.lost = "terminal"
        elif rule.keys == "nothing":
            run.lost = "policy"
        elif rule.keyboard_text:
            # In view of what was typed before a click or a caret key, as an element would tell it.
            before = self._by_hand.chars[-CONTEXT_CHARS:] if self._by_hand is not None else []
            run.held = self._by_hand = Field(list(before), [None] * len(before))
        self._runs.append(run)
        return run

    def _into(self, run: Run, record: Key, *, printable: bool) -> None:
        self._settle_leads(run)
        run.last_ns = record.time_ns
        entry = Entry(record, run=run)
        self._enter(entry)
        if printable:
            entry.press = len(run.typed)
            run.typed.extend(record.text)
        elif record.keysym in ERASE:
            run.erased = True
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
            self._remember_state(run)
            own.delete(end - 1, own.chars[-1], record.time_ns)
            run.corrections += 1
        run.received = True

    def _enter(self, entry: Entry) -> None:
        self._downs[entry.record.keycode] = entry
        self._queue.append(entry)

    def _release(self, record: Key) -> None:
        down = self._downs.pop(record.keycode, None)
        if down is None:
            return
        if down.leads and not self._composing:
            # Pressed and released alone: it modified nothing.
            down.leads = False
        if down.run is None or down.run.fate != "drop":
            self._queue.append(Entry(record, run=down.run, leads=down.leads))

    def _settle_leads(self, run: Run | None) -> None:
        """The keys that waited for the one they modify belong where that one belongs."""
        for entry in self._queue:
            if entry.leads:
                entry.leads, entry.run = False, run

    # Evidence

    def insert(self, record: Insert) -> None:
        """What an element that isn't secure received or lost."""
        own = self._fields.get(record.element.id)
        if own is None:
            own = self._fields[record.element.id] = Field()
            while len(self._fields) > MOST_FIELDS:
                self._fields.popitem(last=False)
        self._fields.move_to_end(record.element.id)
        if record.op == "delete":
            self._lost_text(own, record)
        else:
            self._got_text(own, record)

    def know(self, element: str, text: str) -> None:
        """What an element held when its tree was read; believed only where nothing was told of it before."""
        if element not in self._fields and text and len(text) <= 10_000:
            self._fields[element] = Field(list(text), [None] * len(text))
            while len(self._fields) > MOST_FIELDS:
                self._fields.popitem(last=False)

    def _lost_text(self, own: Field, record: Insert) -> None:
        for each in self._runs:
            if each.held is own and not each.rule.keyboard_text:
                self._remember_state(each)
                each.received = each.received or each.erased
        run = self._receiver(record)
        if run is not None and run.held is None and run.erased:
            # Only backspaces so far: they say as well as letters which element it is.
            run.element, run.held, run.received = record.element, own, True
        if run is not None and run.before is None:
            run.before = "".join(own.chars)
        if run is not None and run.erased and not own.knows(record.offset, record.text):
            run.blind = True
        self._decide_cleared(own, record)
        gone = own.delete(record.offset, record.text, record.time_ns)
        self._count(gone, 1)

    def _decide_cleared(self, own: Field, record: Insert) -> None:
        """A field that is emptied once a run has ended was sent: the run is what stood there."""
        end = record.offset + len(record.text)
        while self._runs:
            run = self._runs[0]
            told = run.ended_ns is not None and run.received and run.matched == len(run.typed)
            if not told or run.held is not own or not all(record.offset <= at < end for at, _ in own.own(run.key)):
                return
            self._decide(self._runs.popleft())

    def _got_text(self, own: Field, record: Insert) -> None:
        run = self._receiver(record)
        at, fresh, back = own.insert(record.offset, record.text, record.time_ns)
        self._count(back, -1)
        if run is None or not fresh:
            if run is not None and back and run.states and run.corrections == 0:
                run.states.pop()
            return
        if run.ended_ns is not None and not self._wanted(run, fresh):
            return
        if run.held is None:
            run.element, run.held = record.element, own
            if hides_prompts(record.element, run.rule):
                run.lost = run.lost or "terminal"
        run.received = True
        tags: list[Mine] = []
        for char in fresh:
            if run.matched < len(run.typed) and _same(run.typed[run.matched], char):
                run.matched += 1
            tags.append(Mine(run.key, max(0, run.matched - 1)))
        own.claim(at, tags)

    def _receiver(self, record: Insert) -> Run | None:
        """The run whose keys may have made this change."""
        for run in self._runs:
            if run.lost or run.rule.keyboard_text or (run.matched == len(run.typed) and run.ended_ns is not None):
                continue
            if run.element is not None:
                fits = run.element.id == record.element.id
            else:
                fits = run.focus is not None and run.focus.id == record.element.id
                fits = fits or _takes_text(record.element)
            if fits and record.time_ns - run.last_ns <= WITHOUT_KEYS_NS:
                return run
        return None

    @staticmethod
    def _wanted(run: Run, fresh: str) -> bool:
        """True when text that came after a run's end is what it still waits for (and no paste)."""
        waiting = run.typed[run.matched :]
        return len(fresh) <= len(waiting) + 4 and _same(waiting[0], fresh[0])

    def _remember_state(self, run: Run) -> None:
        """Before characters are taken back: what stood there, since its keys are in the run."""
        if len(run.states) >= MOST_STATES:
            run.lost = run.lost or "undecided"
            return
        if run.held is not None and (own := run.held.own(run.key)):
            text = run.held.around(own[0][0], own[-1][0])[1]
            if text not in run.states:
                run.states.append(text)

    def _count(self, tags: list[Mine], sign: int) -> None:
        for tag in tags:
            for run in self._runs:
                if run.key == tag.run:
                    run.corrections = max(0, run.corrections + sign)

    # Ends

    def end(self, time_ns: int) -> None:
        """The open run ends: a pointer was pressed, a shortcut or another key came."""
        run = self._open_run()
        if run is not None:
            run.ended_ns = time_ns

    def refocus(self, element: Element | None, time_ns: int, *, secure: bool) -> None:
        """The focus moved to `element`, or the window or the keyboard was taken away (None)."""
        run = self._open_run()
        if run is None:
            return
        if element is not None and not secure:
            if run.element is not None and run.element.id == element.id:
                return
            if run.element is None and run.focus is not None and run.focus.id == element.id:
                return
            if run.element is None and not run.received and time_ns - run.start_ns <= FOCUS_LAG_NS:
                # The keys were typed after the focus had moved and before we were told.
                run.focus = element
                return
        if time_ns - run.last_ns <= FOCUS_LAG_NS:
            run.refocused_ns = time_ns
        run.ended_ns = time_ns

    def advance(self, now_ns: int) -> None:
        """Let time pass: cut what is long, decide what has ended and waited."""
        self._now_ns = now_ns
        while self._recent and self._recent[0][0] + ECHO_NS < now_ns:
            self._recent.popleft()
        if not self._runs:
            return
        run = self._open_run()
        if run is not None:
            age_ns, length = now_ns - run.start_ns, len(run.typed)
            if age_ns >= LOSE_AFTER_NS or length >= LOSE_AFTER_CHARS:
                run.lost = run.lost or "undecided"
                run.ended_ns = now_ns
            elif age_ns >= CUT_AFTER_NS or length >= CUT_AFTER_CHARS:
                if run.lost:
                    run.ended_ns = now_ns
                else:
                    self._cut(run)
        while self._runs and self._ripe(self._runs[0], now_ns):
            self._decide(self._runs.popleft())

    def finish(self, now_ns: int) -> None:
        """The recording ends or pauses: decide everything with what there is."""
        self.end(now_ns)
        self._settle_leads(None)
        while self._runs:
            self._decide(self._runs.popleft())
        self._downs.clear()

    def forget(self) -> None:
        """Know no text any more (after a pause)."""
        self._recent.clear()
        self._by_hand = None
        self._fields.clear()

    def abandon(self, kept: int) -> None:
        """Forget every run, what waits and what was decided included; the next one kept is run number `kept`."""
        self.forget()
        self._queue.clear()
        self._runs.clear()
        self._downs.clear()
        self._out.clear()
        self._composing = False
        self._kept = kept

    def take(self) -> list[Key | TextRun | Mark]:
        """What has been decided since the last call, in order."""
        queue = self._queue
        while queue and not queue[0].leads:
            entry = queue[0]
            run = entry.run
            if run is not None and run.fate == "open":
                break
            queue.popleft()
            if run is None:
                self._out.append(entry.record)
            elif run.fate == "keep":
                self._out.append(_run_key(entry.record, run))
        out, self._out = self._out, []
        return out

    @property
    def pending(self) -> bool:
        """True while a run is open or waits to be decided."""
        return bool(self._runs)

    @property
    def typing(self) -> Typing:
        """Where runs are open or undecided, and what was typed there so far."""
        if not self._runs and not self._recent:
            return NOTHING_TYPED
        elements = [each for run in self._runs for each in (run.element, run.focus) if each is not None]
        words = [word for run in self._runs for word in words_of(run)]
        return Typing(
            pids=frozenset(each.pid for each in elements).union(*(pids for _, pids, _ in self._recent)),
            ids=frozenset(each.id for each in elements),
            places=tuple(each.bounds for each in elements if each.bounds is not None),
            words=(*words, *(word for _, _, told in self._recent for word in told)),
        )

    def _open_run(self) -> Run | None:
        return self._runs[-1] if self._runs and self._runs[-1].ended_ns is None else None

    def _ripe(self, run: Run, now_ns: int) -> bool:
        if run.ended_ns is None:
            return False
        if run.cut or run.lost or run.rule.keyboard_text:
            return True
        waited_ns = now_ns - run.ended_ns
        if run.received and run.matched == len(run.typed):
            return waited_ns >= WAIT_FOR_EDITS_NS
        return waited_ns >= WAIT_FOR_EVIDENCE_NS

    # Decisions

    def _decide(self, run: Run) -> None:
        reason = self._fault(run)
        if not reason and run.held is not None:
            own = run.held.own(run.key)
            if own and own[-1][0] - own[0][0] > 10 * CUT_AFTER_CHARS:
                reason = "undecided"
            else:
                self._keep(run, run.held, own)
        if run.held is not None:
            run.held.release(run.key)
        if reason:
            run.fate = "drop"
            self._out.append(Mark(time_ns=run.start_ns, seq=0, kind="dropped", reason=reason, what="keys"))
        if run.fate == "drop" and (words := words_of(run)):
            pids = frozenset(each.pid for each in (run.element, run.focus) if each is not None)
            self._recent.append((self._now_ns, pids, words))
        run.typed, run.states, run.before = [], [], None

    @staticmethod
    def _fault(run: Run) -> Reason:
        """Why a run can't be kept, "" when it can."""
        if run.lost:
            return run.lost
        if run.received and run.matched == len(run.typed):
            return ""
        if run.refocused_ns is not None:
            return "focus_uncertain"
        if run.received:
            return "evidence_differs"
        return "no_tree" if run.focus is None else "no_evidence"

    def _keep(self, run: Run, field_: Field, own: list[tuple[int, int]]) -> None:
        text, hit = "", False
        if own:
            start, context = field_.around(own[0][0], own[-1][0])
            scrubbed = self._scrubber.scrub(context, label=run.label)
            text, hit = own_text(scrubbed, context, {at - start for at, _ in own})
        joined = "".join(run.typed)
        hit = hit or any(self._scrubber.hits(state, label=run.label) for state in (joined, *run.states))
        hit = hit or run.blind or self._took_out(run, field_)
        run.fate = "drop" if hit else "keep"
        if not run.typed and not hit:
            for entry in self._queue:
                if entry.run is run:
                    entry.run = None
            return
        level = run.level
        run.number = self._kept
        self._kept += 1
        if not hit:
            self._free_carets(run)
        element = run.element or run.focus
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
                corrections=0 if hit else run.corrections,
                scrubbed=hit,
                source="keyboard" if run.rule.keyboard_text else "element",
            )
        )

    def _took_out(self, run: Run, field_: Field) -> bool:
        """True when something sensitive that stood in the element before is gone."""
        if run.before is None:
            return False
        now = "".join(field_.chars)
        hits = self._scrubber.hits(run.before, label=run.label)
        return any(run.before[hit.start : hit.end] not in now for hit in hits)

    def _free_carets(self, run: Run) -> None:
        """Caret keys after the last change belong to no text."""
        for entry in reversed(self._queue):
            if entry.run is run and entry.record.keysym in CARET:
                entry.run = None
            elif entry.run is run and entry.record.down:
                break

    def _cut(self, run: Run) -> None:
        """Split the run where nothing that is sensitive can straddle; leave it whole where there is no such place."""
        if run.held is None or run.matched < len(run.typed) or run.tried == run.matched:
            return
        run.tried = run.matched
        own = run.held.own(run.key)
        place = cut_place(self._scrubber, run.label, run.typed, run.held, own)
        if place is None:
            return
        press = min(index for _, index in own[place:])
        rest = Run(self._keys_made, run.rule, run.focus, run.start_ns, element=run.element, held=run.held)
        self._keys_made += 1
        rest.typed, run.typed = run.typed[press:], run.typed[:press]
        rest.matched, run.matched = len(rest.typed), len(run.typed)
        rest.received, rest.states, rest.before, rest.blind = True, list(run.states), run.before, run.blind
        for at, index in own[place:]:
            run.held.tags[at] = Mine(rest.key, index - press)
        moving = False
        for entry in self._queue:
            if entry.run is not run:
                continue
            if not moving and entry.press is not None and entry.press >= press:
                moving, rest.start_ns = True, entry.record.time_ns
            if moving:
                entry.run = rest
                entry.press = None if entry.press is None else entry.press - press
        for part in (run, rest):
            part.last_ns = max((e.record.time_ns for e in self._queue if e.run is part and e.record.down), default=0)
        run.ended_ns, run.cut = run.last_ns, True
        self._runs.append(rest)


def _same(typed: str, told: str) -> bool:
    return typed == told or typed.lower() == told.lower() or (typed.isspace() and told.isspace())


def _takes_text(element: Element) -> bool:
    return "editable" in element.states or element.role in ("entry", "text", "terminal")


def _run_key(record: Key, run: Run) -> Key:
    if run.level == "text":
        return msgspec.structs.replace(record, run=run.number)
    return msgspec.structs.replace(record, keycode=0, keysym="", text="", modifiers=(), run=run.number)
