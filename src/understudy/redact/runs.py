"""Runs: texts that elements received, kept or dropped together with the keys that made them, by the element's own word.

Keys wait here, in order, until their run's fate is known; keys outside runs wait behind them. What is kept of a run
is what its element says it received (`evidence`), scrubbed as a whole and in view of what stands around it. A run
ends when the focus changes, at Return, Tab, Escape, a shortcut or a pointer press; it is cut after 10 s or 200
characters, but only where no secret can straddle the cut. An ended run is held until what follows can't belong to it
any more (`holds`). What a program put there itself (a paste, a completion, an undo) is a run without keys.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Literal

from understudy.records.elements import Element
from understudy.records.events import Insert, Key, Mark, Pointer, Tree
from understudy.records.kept import KeyLevel, TextRun
from understudy.redact.cut import cut_place
from understudy.redact.evidence import CONTEXT_CHARS, Field, Mine
from understudy.redact.hints import Hints
from understudy.redact.holds import Holds
from understudy.redact.key_classes import CARET, COMMAND, ERASE, LEVEL_KEYS, MODIFIERS, PRESSABLE
from understudy.redact.key_queue import KeyQueue
from understudy.redact.policy import AppRule
from understudy.redact.run import NOTHING_TYPED, Entry, Run, Typing, hides_prompts, words_of
from understudy.redact.scrub import Scrubber
from understudy.redact.shape import shape_of
from understudy.redact.triggers import Trigger, Triggers
from understudy.redact.verdict import Verdict, judge

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
WITHOUT_KEYS_NS = 500_000_000
"""Text that comes later than this after the last key was not made by it."""
ECHO_NS = 5_000_000_000
"""How long after a secret what a page echoed of it while it was typed may still come: a tree read meanwhile."""
SETTLE_EVERY_NS = 20_000_000
"""How often held runs are looked at while nothing happens to them: the pointer moves a thousand times a second."""
MOST_FIELDS = 64
MOST_STATES = 50
SHORT_CHARS = 2
"""Words of a dropped run up to this length tell nothing of it."""
MOST_WAITING = 64
MOST_KEYS = 4_000
"""Held runs and keys: more are decided with what is known."""
MOST_GIVEN_CHARS = 4_000
MOST_FILLED_CHARS = 200
"""Longer than this, and nobody asked for it, it is a document that was opened."""
HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
COMMITTING = frozenset((" ", "\r", "\n"))


class TypedRuns:
    """Takes in-scope keys and the elements' evidence; gives kept `Key`, `TextRun` and `Mark` records (seq 0)."""

    def __init__(self, scrubber: Scrubber, redact: Callable[[Element, KeyLevel], Element]) -> None:
        self._scrubber, self._redact = scrubber, redact
        self._keys = KeyQueue()
        self._runs: deque[Run] = deque()
        self._open: Run | None = None
        self._holds = Holds(scrubber)
        self._triggers = Triggers()
        self._hints = Hints()
        self._fields: OrderedDict[str, Field] = OrderedDict()
        self._out: list[Key | TextRun | Mark] = []
        self._recent: deque[tuple[int, frozenset[int], tuple[str, ...]]] = deque()
        self._by_hand: Field | None = None
        self._spelling = False
        self._now_ns = 0
        self._made = 0
        self._kept = 0
        self._stirred = False
        self._settled_ns = 0
        self.changes = 0
        """Grows whenever a run ends its waiting: what hung on it may be looked at again."""

    # Keys

    def drop(self, record: Key) -> None:
        """A key that is out of scope or secure. Only the release of a key kept before passes."""
        self._stirred = True
        if record.down:
            self._keys.refuse(record)
            self._triggers.forget()
        else:
            self._keys.release(record)

    def plain(self, record: Key) -> None:
        """A key that is kept as it is."""
        if record.down:
            self._keys.enter(Entry(record))
        else:
            self._keys.release(record)

    def key(self, record: Key, rule: AppRule, focus: Element | None) -> bool:
        """A key in scope, outside secure fields. True when it begins something: a run, a shortcut, a plain press."""
        self._stirred = True
        if not record.down:
            self._keys.release(record)
            return False
        run = self._open
        if record.keysym in MODIFIERS:
            # How often a Control helped while a secret was typed is part of its rhythm.
            self._keys.enter(Entry(record, leads=run is not None))
            return False
        if self._spelling:
            return self._spell(record, rule, focus)
        command = not COMMAND.isdisjoint(record.modifiers)
        starts = record.keysym == "Multi_key" or record.keysym.startswith("dead_")
        self._keys.composing = starts or (self._keys.composing and not record.text and not command)
        if self._keys.composing or record.keysym in LEVEL_KEYS:
            self._keys.enter(Entry(record, run=run, leads=run is None))
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
        self._plain_press(record)
        return not record.repeat

    def _plain_press(self, record: Key) -> None:
        self.end(record.time_ns)
        if record.text and record.keysym not in ERASE:
            self._by_hand = None
        if record.keysym in ("Return", "KP_Enter", "Tab", "ISO_Left_Tab", "Escape"):
            self._holds.leave(self._runs, None)
        # GTK spells code points: Ctrl+Shift+U, hexadecimal digits, a blank or Return.
        self._spelling = record.keysym in ("u", "U") and {"ctrl", "shift"} <= set(record.modifiers)
        self._triggers.key(record)
        self._keys.settle_leads(None)
        self._keys.enter(Entry(record))

    def _spell(self, record: Key, rule: AppRule, focus: Element | None) -> bool:
        """A key after Ctrl+Shift+U: part of a code point, or the end of it."""
        run = self._open
        digit = record.text in HEXADECIMAL if record.text else record.keysym in HEXADECIMAL
        if record.keysym in LEVEL_KEYS:
            self._keys.enter(Entry(record, run=run, leads=run is None))
            return False
        commits = run is not None and record.text in COMMITTING
        if not (digit or commits or (run is not None and record.keysym == "BackSpace")):
            self._spelling = False
            self.end(record.time_ns)
            return self.key(record, rule, focus)
        begins = run is None
        if run is None:
            run = self._begin(record, rule, focus)
            run.spelled = True
        self._into(run, record, printable=digit or record.text == " ")
        if commits:
            run.ended_ns, self._open, self._spelling = record.time_ns, None, False
        return begins

    def _begin(self, record: Key, rule: AppRule, focus: Element | None) -> Run:
        run = self._made_run(rule, focus, record.time_ns)
        if rule.terminal or hides_prompts(focus, rule):
            run.lost = "terminal"
        elif rule.keys == "nothing":
            run.lost = "policy"
        elif rule.keyboard_text:
            # In view of what was typed before a click or a caret key, as an element would tell it.
            old = self._by_hand
            if old is None or len(old.chars) > 10 * CUT_AFTER_CHARS:
                before = [] if old is None else old.chars[-CONTEXT_CHARS:]
                self._by_hand = Field(list(before), [None] * len(before))
            run.held = self._by_hand
        self._runs.append(run)
        self._open = run
        return run

    def _made_run(self, rule: AppRule, focus: Element | None, start_ns: int) -> Run:
        run = Run(self._made, rule, focus, start_ns, last_ns=start_ns)
        run.hint = self._hints.of(focus.id) if focus is not None else ""
        self._made += 1
        return run

    def _into(self, run: Run, record: Key, *, printable: bool) -> None:
        self._keys.settle_leads(run)
        run.last_ns = record.time_ns
        entry = Entry(record, run=run)
        self._keys.enter(entry)
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
            self._remember_states(own)
            own.delete(end - 1, own.chars[-1], record.time_ns)
            run.corrections += 1
        run.received = True

    # Evidence

    def insert(self, record: Insert, rule: AppRule, focus: Element | None) -> None:
        """What an element that isn't secure received or lost. `rule`: its window's; `focus`: what has the focus."""
        self._stirred = True
        own = self._field(record.element.id)
        if record.op == "delete":
            self._lost_text(own, record)
        else:
            self._got_text(own, record, rule, focus)

    def know(self, tree: Tree, secure: Callable[[Element], bool]) -> None:
        """What fields held when their tree was read, believed where nothing was told of them; and their labels."""
        self._hints.learn(tree)
        for node in tree.nodes:
            element = node.element
            text = node.text or element.value
            if "editable" not in element.states or element.id in self._fields or secure(element):
                continue
            if text and len(text) <= 10_000:
                self._fields[element.id] = Field(list(text), [None] * len(text))
                self._trim()

    def pointer(self, record: Pointer) -> None:
        """A button went down or up in scope."""
        self._triggers.pointer(record)

    def _field(self, element: str) -> Field:
        own = self._fields.get(element)
        if own is None:
            own = self._fields[element] = Field()
            self._trim()
        self._fields.move_to_end(element)
        return own

    def _trim(self) -> None:
        while len(self._fields) > MOST_FIELDS:
            self._fields.popitem(last=False)

    def _lost_text(self, own: Field, record: Insert) -> None:
        self._remember_states(own)
        eraser = self._eraser(own, record)
        run = eraser or next(self._receivers(record), None)
        if eraser is not None:
            eraser.erases.pop(0)
        if run is not None and run.held is None and run.erased:
            # Only backspaces so far: they say as well as letters which element it is.
            self._settle_on(run, own, record.element)
            run.received = True
        if run is not None and run.held is own:
            run.received = run.received or run.erased
        if run is not None and run.before is None:
            run.before = "".join(own.chars)
        if run is not None and run.erased and not own.knows(record.offset, record.text):
            run.blind = True
        if eraser is None or len(record.text) > 1:
            self._decide_cleared(own, record)
        gone = own.delete(record.offset, record.text, record.time_ns, by_key=eraser is not None)
        self._count(gone, 1)

    def _eraser(self, own: Field, record: Insert) -> Run | None:
        """The run with a Backspace that this change may be the answer to."""
        for run in self._runs:
            if not run.erases or run.lost or run.rule.keyboard_text or run.told is not None:
                continue
            fits = run.held is own or (run.held is None and (run.focus is None or run.focus.id == record.element.id))
            if fits and record.time_ns - run.last_ns <= WITHOUT_KEYS_NS:
                return run
        return None

    def _decide_cleared(self, own: Field, record: Insert) -> None:
        """A field that is emptied once a run has ended was sent, or it is undone: the run is what stood there."""
        end = record.offset + len(record.text)
        for run in self._runs:
            if run.held is not own or run.ended_ns is None or run.told is not None or not run.complete:
                continue
            undone = self._triggers.undoing(record.time_ns)
            if undone or all(record.offset <= at < end for at, _ in own.own(run.key)):
                run.left = run.left or not undone
                self._holds.tell(run, self._runs)

    def _got_text(self, own: Field, record: Insert, rule: AppRule, focus: Element | None) -> None:
        able = list(self._receivers(record))
        if not able and (gone_on := self._gone_on(record)) is not None:
            able = [gone_on]
        waiting = next(("".join(run.typed[run.matched :]) for run in able if run.erased), "")
        at, fresh, back = own.insert(record.offset, record.text, record.time_ns, waiting)
        self._count(back, -1)
        if not fresh:
            return
        run = next((each for each in able if each.ended_ns is None or each.spelled or self._wanted(each, fresh)), None)
        if run is None:
            self._given(own, record, at, fresh, rule, focus)
            return
        if run.held is None:
            self._settle_on(run, own, record.element)
        run.received = True
        tags: list[Mine] = []
        for char in fresh:
            typed = run.matched < len(run.typed) and _same(run.typed[run.matched], char)
            run.matched += typed
            run.given = run.given or not typed
            tags.append(Mine(run.key, max(0, run.matched - 1), given=not typed))
        run.erases = [pressed for pressed in run.erases if pressed >= run.matched]
        own.claim(at, tags)
        if run.spelled and run.given and self._open is run:
            # It was spelled out by holding Control and Shift down: letting go commits it.
            run.ended_ns, self._open, self._spelling = record.time_ns, None, False

    def _settle_on(self, run: Run, own: Field, element: Element) -> None:
        run.element, run.held, run.hint = element, own, self._hints.of(element.id)
        if hides_prompts(element, run.rule):
            run.lost = run.lost or "terminal"

    def _receivers(self, record: Insert) -> Iterator[Run]:
        """The runs whose keys may have made this change, first things first."""
        for run in self._runs:
            if run.lost or run.rule.keyboard_text or run.entered != "typed" or run.told is not None:
                continue
            if run.ended_ns is not None and (run.matched == len(run.typed) or (run.spelled and run.given)):
                continue
            if run.element is not None:
                fits = run.element.id == record.element.id
            else:
                fits = run.focus is not None and run.focus.id == record.element.id
                fits = fits or _takes_text(record.element)
            if fits and record.time_ns - run.last_ns <= WITHOUT_KEYS_NS:
                yield run

    def _gone_on(self, record: Insert) -> Run | None:
        """A new run for what another element received of the open one: the focus went there and we weren't told yet."""
        run = self._open
        if run is None or run.lost or run.element is None or run.rule.keyboard_text or not run.matched:
            return None
        waiting = run.typed[run.matched :]
        late = record.time_ns - run.last_ns > WITHOUT_KEYS_NS
        if late or not waiting or not _takes_text(record.element) or run.element.id == record.element.id:
            return None
        if len(record.text) > len(waiting) or not _same(waiting[0], record.text[:1]):
            return None
        rest = self._split(run, run.matched)
        rest.focus, rest.element, rest.held, rest.received = record.element, None, None, False
        run.ended_ns = run.last_ns
        return rest

    @staticmethod
    def _wanted(run: Run, fresh: str) -> bool:
        """True when text that came after a run's end is what it still waits for (and no paste)."""
        waiting = run.typed[run.matched :]
        return bool(fresh and waiting) and len(fresh) <= len(waiting) + 4 and _same(waiting[0], fresh[0])

    def _given(self, own: Field, record: Insert, at: int, fresh: str, rule: AppRule, focus: Element | None) -> None:
        """Text that no key typed: a run of its own where the person asked for it."""
        trigger, element = self._triggers.behind(record.time_ns), record.element
        if trigger is None or rule.keyboard_text or not _takes_text(element):
            return
        focused = focus is None or focus.id == element.id
        if trigger.entered == "filled":
            single = element.role != "text" and "multi line" not in element.states
            # A blank is what Return and Tab put in themselves.
            if len(fresh) > MOST_FILLED_CHARS or not fresh.strip() or not (focused or single):
                return
        elif not focused and trigger.entered != "moved":
            return
        run = self._given_run(trigger, own, element, rule)
        run.last_ns = run.ended_ns = record.time_ns
        run.words += tuple(fresh.lower().split())[:MOST_STATES]
        if len(fresh) > MOST_GIVEN_CHARS:
            run.lost = run.lost or "undecided"
        own.claim(at, [Mine(run.key, 0, given=True)] * len(fresh))

    def _given_run(self, trigger: Trigger, own: Field, element: Element, rule: AppRule) -> Run:
        for run in self._runs:
            same = run.start_ns == trigger.start_ns and run.entered == trigger.entered
            if run.held is own and same and run.told is None:
                return run
        run = self._made_run(rule, element, trigger.start_ns)
        run.entered, run.received = trigger.entered, True
        if rule.terminal:
            run.lost = "terminal"
        elif rule.keys == "nothing":
            run.lost = "policy"
        self._settle_on(run, own, element)
        if self._open is None:
            self._runs.append(run)
        else:
            self._runs.insert(len(self._runs) - 1, run)
        return run

    def _remember_states(self, own: Field) -> None:
        """Before characters are taken back: what stood there, since its keys are in the runs."""
        for run in self._runs:
            if run.held is not own:
                continue
            state = own.view(run.key)
            if state is None or state in run.states:
                continue
            if len(run.states) >= MOST_STATES:
                if run.told is None:
                    run.lost = run.lost or "undecided"
                run.free = True
            else:
                run.states.append(state)

    def _count(self, tags: list[Mine], sign: int) -> None:
        for tag in tags:
            for run in self._runs:
                if run.key == tag.run and run.told is None and not tag.given:
                    run.corrections = max(0, run.corrections + sign)

    # Ends

    def end(self, time_ns: int) -> None:
        """The open run ends: a pointer was pressed, a shortcut or another key came."""
        self._stirred = True
        self._spelling = False
        if self._open is not None:
            self._open.ended_ns, self._open = time_ns, None

    def refocus(self, element: Element | None, time_ns: int, *, secure: bool) -> None:
        """The focus moved to `element`, or the window or the keyboard was taken away (None)."""
        self._stirred = True
        run = self._open
        if element is None or secure:
            self._triggers.forget()
        if run is not None and not self._stays(run, element, time_ns, secure=secure):
            if time_ns - run.last_ns <= UNCERTAIN_NS:
                run.refocused_ns = time_ns
            self.end(time_ns)
        self._holds.leave(self._runs, None if secure else element)
        if secure:
            self._holds.close()

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

    def advance(self, now_ns: int) -> None:
        """Let time pass: cut what is long, decide what has ended and waited."""
        self._now_ns = now_ns
        while self._recent and self._recent[0][0] + ECHO_NS < now_ns:
            self._recent.popleft()
        if not self._runs:
            return
        run = self._open
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
        if len(self._runs) > MOST_WAITING or len(self._keys) > MOST_KEYS:
            self._holds.release(self._runs)
        self._settle(now_ns)

    def _settle(self, now_ns: int) -> None:
        """Decide, in order, what nothing can change any more."""
        if not self._stirred and now_ns < self._settled_ns + SETTLE_EVERY_NS:
            return
        self._stirred, self._settled_ns = False, now_ns
        for run in list(self._runs):
            if run.told is None and not run.lost and self._ripe(run, now_ns):
                self._save_what_is_proven(run)
                self._holds.tell(run, self._runs)
                self.changes += 1
        while self._runs:
            run = self._runs[0]
            if not self._ripe(run, now_ns) or self._holds.holds(self._runs, now_ns):
                return
            self._decide(self._runs.popleft())

    def finish(self, now_ns: int) -> None:
        """The recording ends or pauses: decide everything with what there is."""
        self.end(now_ns)
        self._keys.settle_leads(None)
        self._holds.finish(self._runs)
        while self._runs:
            self._decide(self._runs.popleft())
        self._keys.clear()
        self._triggers.forget()

    def forget(self) -> None:
        """Know no text any more (after a pause)."""
        self._recent.clear()
        self._by_hand = None
        self._fields.clear()
        self._hints.forget()
        self._triggers.forget()

    def abandon(self, kept: int) -> None:
        """Forget every run, what waits and what was decided included; the next one kept is run number `kept`."""
        self.forget()
        self._keys = KeyQueue()
        self._runs.clear()
        self._open = None
        self._holds = Holds(self._scrubber)
        self._out.clear()
        self._spelling = False
        self._kept = kept
        self.changes += 1

    def take(self) -> list[Key | TextRun | Mark]:
        """What has been decided since the last call, in order."""
        out, self._out = self._out, []
        out.extend(self._keys.take())
        return out

    @property
    def pending(self) -> bool:
        """True while a run is open or waits for evidence: what a program shows may repeat any part of it."""
        return any(run.told is None for run in self._runs)

    def repeated_in(self, text: str) -> Literal["", "held", "dropped"]:
        """Whether `text` repeats a word of a run that is held, or of one that was dropped lately."""
        if not self._runs and not self._recent:
            return ""
        told = text.lower()
        if any(word in told for _, _, words in self._recent for word in words if len(word) > SHORT_CHARS):
            return "dropped"
        return "held" if any(word in told for run in self._runs for word in words_of(run) if len(word) > 1) else ""

    @property
    def typing(self) -> Typing:
        """Where runs are open or undecided, and what was typed there so far."""
        spread = self._holds.spread
        if not self._runs and not self._recent:
            return Typing(pids=frozenset(spread.values()), spread=frozenset(spread)) if spread else NOTHING_TYPED
        elements = [each for run in self._runs for each in (run.element, run.focus) if each is not None]
        words = [word for run in self._runs for word in words_of(run)]
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
        if run.complete and not run.erases:
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
        if self._keys.pressed_ns(run, run.matched) >= refocused_ns - UNCERTAIN_NS:
            rest = self._split(run, run.matched)
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
            self._keys.free(run)
            return
        run.number = self._kept
        self._kept += 1
        if not hit:
            self._keys.free_carets(run)
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
        self._split(run, min(index for _, index in own[place:]))
        run.ended_ns, run.cut = run.last_ns, True

    def _split(self, run: Run, press: int) -> Run:
        """From press number `press` on, a run is another one, which it returns: open where the run was."""
        rest = self._made_run(run.rule, run.focus, run.start_ns)
        rest.element, rest.held, rest.hint = run.element, run.held, run.hint
        rest.typed, run.typed = run.typed[press:], run.typed[:press]
        rest.matched, run.matched = max(0, run.matched - press), min(run.matched, press)
        rest.received, rest.states, rest.before, rest.blind = run.received, list(run.states), run.before, run.blind
        rest.erases, run.erases = [each - press for each in run.erases if each >= press], []
        rest.erased = run.erased
        rest.given = run.given
        if run.held is not None:
            for at, tag in enumerate(run.held.tags):
                if tag is not None and tag.run == run.key and tag.press >= press:
                    run.held.tags[at] = Mine(rest.key, tag.press - press, tag.given)
        self._keys.move(run, rest, press)
        self._runs.insert(self._runs.index(run) + 1 if run in self._runs else 0, rest)
        if self._open is run:
            self._open = rest
        return rest


def _same(typed: str, told: str) -> bool:
    return typed == told or typed.lower() == told.lower() or (typed.isspace() and told.isspace())


def _takes_text(element: Element) -> bool:
    return "editable" in element.states or element.role in ("entry", "text", "terminal")
