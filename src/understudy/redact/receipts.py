"""What elements tell that they received or lost, and whose it is: a typed run's, or a run's that no key typed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from understudy.records.elements import Element
from understudy.records.events import Insert, Tree
from understudy.redact.evidence import Field, Mine
from understudy.redact.holds import Holds
from understudy.redact.policy import AppRule
from understudy.redact.run import Run, hides_prompts
from understudy.redact.triggers import Trigger, Triggers
from understudy.redact.waiting import Waiting

WITHOUT_KEYS_NS = 500_000_000
"""Text that comes later than this after the last key was not made by it."""
MOST_FIELDS = 64
MOST_STATES = 50
MOST_GIVEN_CHARS = 4_000
MOST_FILLED_CHARS = 200
"""Longer than this, and nobody asked for it, it is a document that was opened."""


class Receipts:
    """Follows the text of every field, and finds for each change the run that made it."""

    def __init__(self, waiting: Waiting, holds: Holds, triggers: Triggers) -> None:
        self._waiting, self._holds, self._triggers = waiting, holds, triggers
        self._fields: OrderedDict[str, Field] = OrderedDict()

    def insert(self, record: Insert, rule: AppRule, focus: Element | None) -> None:
        """What an element that isn't secure received or lost. `rule`: its window's; `focus`: what has the focus."""
        self._waiting.stirred = True
        own = self._field(record.element.id)
        if record.op == "delete":
            self._lost_text(own, record)
        else:
            self._got_text(own, record, rule, focus)

    def know(self, tree: Tree, secure: Callable[[Element], bool]) -> None:
        """What fields held when their tree was read, believed where nothing was told of them; and their labels."""
        self._waiting.hints.learn(tree)
        for node in tree.nodes:
            element = node.element
            text = node.text or element.value
            if "editable" not in element.states or element.id in self._fields or secure(element):
                continue
            if text and len(text) <= 10_000:
                self._fields[element.id] = Field(list(text), [None] * len(text))
                self._trim()

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
        self.remember_states(own)
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
            self._tell_cleared(own, record)
        gone = own.delete(record.offset, record.text, record.time_ns, by_key=eraser is not None)
        self._count(gone, 1)

    def _eraser(self, own: Field, record: Insert) -> Run | None:
        """The run with a Backspace that this change may be the answer to."""
        for run in self._waiting.runs:
            if not run.erases or run.lost or run.rule.keyboard_text or run.told is not None:
                continue
            fits = run.held is own or (run.held is None and (run.focus is None or run.focus.id == record.element.id))
            if fits and record.time_ns - run.last_ns <= WITHOUT_KEYS_NS:
                return run
        return None

    def _tell_cleared(self, own: Field, record: Insert) -> None:
        """A field that is emptied once a run has ended was sent, or it is undone: the run is what stood there."""
        end = record.offset + len(record.text)
        for run in self._waiting.runs:
            if run.held is not own or run.ended_ns is None or run.told is not None or not run.complete:
                continue
            undone = self._triggers.undoing(record.time_ns)
            if undone or all(record.offset <= at < end for at, _ in own.own(run.key)):
                run.left = run.left or not undone
                self._holds.tell(run, self._waiting.runs)

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
        if run.spelled and run.given and self._waiting.open is run:
            # It was spelled out by holding Control and Shift down: letting go commits it.
            self._waiting.end(record.time_ns)

    def _settle_on(self, run: Run, own: Field, element: Element) -> None:
        run.element, run.held, run.hint = element, own, self._waiting.hints.of(element.id)
        if hides_prompts(element, run.rule):
            run.lost = run.lost or "terminal"

    def _receivers(self, record: Insert) -> Iterator[Run]:
        """The runs whose keys may have made this change, first things first."""
        for run in self._waiting.runs:
            if run.lost or run.rule.keyboard_text or run.entered != "typed" or run.told is not None:
                continue
            if run.ended_ns is not None and (run.matched == len(run.typed) or (run.spelled and run.given)):
                continue
            if run.element is not None:
                fits = run.element.id == record.element.id
            else:
                fits = run.focus is not None and run.focus.id == record.element.id
                fits = fits or takes_text(record.element)
            if fits and record.time_ns - run.last_ns <= WITHOUT_KEYS_NS:
                yield run

    def _gone_on(self, record: Insert) -> Run | None:
        """A new run for what another element received of the open one: the focus went there and we weren't told yet."""
        run = self._waiting.open
        if run is None or run.lost or run.element is None or run.rule.keyboard_text or not run.matched:
            return None
        waiting = run.typed[run.matched :]
        late = record.time_ns - run.last_ns > WITHOUT_KEYS_NS
        if late or not waiting or not takes_text(record.element) or run.element.id == record.element.id:
            return None
        if len(record.text) > len(waiting) or not _same(waiting[0], record.text[:1]):
            return None
        rest = self._waiting.split(run, run.matched)
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
        if trigger is None or rule.keyboard_text or not takes_text(element):
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
        for run in self._waiting.runs:
            same = run.start_ns == trigger.start_ns and run.entered == trigger.entered
            if run.held is own and same and run.told is None:
                return run
        run = self._waiting.make(rule, element, trigger.start_ns)
        run.entered, run.received = trigger.entered, True
        if rule.terminal:
            run.lost = "terminal"
        elif rule.keys == "nothing":
            run.lost = "policy"
        self._settle_on(run, own, element)
        if self._waiting.open is None:
            self._waiting.runs.append(run)
        else:
            self._waiting.runs.insert(len(self._waiting.runs) - 1, run)
        return run

    def remember_states(self, own: Field) -> None:
        """Before characters are taken back: what stood there, since its keys are in the runs."""
        for run in self._waiting.runs:
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
            for run in self._waiting.runs:
                if run.key == tag.run and run.told is None and not tag.given:
                    run.corrections = max(0, run.corrections + sign)

    def forget(self) -> None:
        """Know no text any more."""
        self._fields.clear()
        self._waiting.hints.forget()


def _same(typed: str, told: str) -> bool:
    return typed == told or typed.lower() == told.lower() or (typed.isspace() and told.isspace())


def takes_text(element: Element) -> bool:
    """True for what a person may type into."""
    return "editable" in element.states or element.role in ("entry", "text", "terminal")
