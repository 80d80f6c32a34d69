"""Runs and keys that wait: what keys, elements and time all work on."""

from __future__ import annotations

from collections import deque

from understudy.records.elements import Element
from understudy.redact.hints import Hints
from understudy.redact.key_queue import KeyQueue
from understudy.redact.policy import AppRule
from understudy.redact.run import Run


class Waiting:
    """`runs` in the order of their beginning, undecided all; `open` is the last of them while keys still go there.

    `stirred` is True when something happened to them since they were last looked at.
    """

    def __init__(self) -> None:
        self.runs: deque[Run] = deque()
        self.open: Run | None = None
        self.keys = KeyQueue()
        self.hints = Hints()
        self.stirred = False
        self._made = 0

    def make(self, rule: AppRule, focus: Element | None, start_ns: int) -> Run:
        """A new run, in no order yet."""
        run = Run(self._made, rule, focus, start_ns, last_ns=start_ns)
        run.hint = self.hints.of(focus.id) if focus is not None else ""
        self._made += 1
        return run

    def end(self, time_ns: int) -> None:
        """The open run ends."""
        self.stirred = True
        if self.open is not None:
            self.open.ended_ns, self.open = time_ns, None

    def split(self, run: Run, press: int) -> Run:
        """From press number `press` on, a run is another one, which it returns: open where the run was."""
        rest = self.make(run.rule, run.focus, run.start_ns)
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
                    run.held.tags[at] = tag._replace(run=rest.key, press=tag.press - press)
        self.keys.move(run, rest, press)
        self.runs.insert(self.runs.index(run) + 1, rest)
        if self.open is run:
            self.open = rest
        return rest
