"""Snapshots of the windows as they may be kept: those in scope, each with a title that tells nothing half typed."""

from __future__ import annotations

import msgspec

from understudy.records.events import Windows, WindowState
from understudy.redact.policy import AppRule
from understudy.redact.runs import TypedRuns
from understudy.redact.scope import Scope
from understudy.redact.third_parties import origin
from understudy.redact.words import Words

MOST_REFUSED = 256


class Snapshots:
    """The latest snapshot, and the one that was kept last."""

    def __init__(self, scope: Scope, runs: TypedRuns, words: Words) -> None:
        self._scope, self._runs, self._words = scope, runs, words
        self._desktop: Windows | None = None
        self._kept: Windows | None = None
        self._waits, self._seen = False, 0
        self._refused: set[str] = set()

    def learn(self, snapshot: Windows) -> None:
        """The windows as they are now."""
        self._desktop = snapshot

    def forget(self) -> None:
        """Know nothing any more (after a pause)."""
        self._desktop = self._kept = None
        self._refused.clear()

    def calm(self) -> None:
        """What titles waited for is forgotten."""
        self._waits = False

    @property
    def due(self) -> bool:
        """True when a title waited for something that has been decided since."""
        return self._waits and self._seen != self._runs.changes

    def take(self, *, in_scope: bool) -> Windows | None:
        """What may be kept of the windows now (time and number 0), None when it was kept already.

        `in_scope`: the keyboard is. While it isn't, one snapshot says so and no more is kept.
        """
        desktop = self._desktop
        if desktop is None or (not in_scope and (self._kept is None or self._kept.active is None)):
            return None
        # Programs put what is being typed into their titles; half a secret would be taken for harmless.
        self._waits, self._seen = self._runs.pending, self._runs.changes
        record = msgspec.structs.replace(
            desktop,
            time_ns=0,
            seq=0,
            active=desktop.active if in_scope else None,
            windows=tuple(self.window(each) for each in desktop.windows if self._scope.rule(each.id)),
        )
        if record == self._kept:
            return None
        self._kept = record
        return record

    def window(self, window: WindowState) -> WindowState:
        """A window as it may be kept."""
        rule = self._scope.rule(window.id)
        title = ""
        if rule is not None and rule.titles and self._scope.title_sure(window):
            title = self._old_title(window) if self._title_waits(window) else self._words.scrub(window.title).text
        url = self.url(rule, self._scope.url(window))
        # A program may call itself anything, and imported recordings put titles where programs' names belong.
        program, app = (self._words.scrub(name).text for name in (window.program, window.app))
        return msgspec.structs.replace(window, title=title, url=url, program=program, app=app)

    def url(self, rule: AppRule | None, url: str) -> str:
        """An address as it may be kept: without its path where that may name other people."""
        return self._words.url(origin(url) if rule is not None and rule.third_parties == "mask" else url)

    def _title_waits(self, window: WindowState) -> bool:
        """True while a title may be half of something that is being typed, and for good once it proved to be."""
        if self._runs.pending:
            return True
        if window.title in self._refused:
            return True
        rest, done = "", 0
        for hit in self._words.hits(window.title):
            rest, done = f"{rest}{window.title[done : hit.start]} ", hit.end
        repeated = self._runs.repeated_in(rest + window.title[done:])
        if repeated == "dropped":
            if len(self._refused) >= MOST_REFUSED:
                self._refused.clear()
            self._refused.add(window.title)
        self._waits = self._waits or repeated == "held"
        return bool(repeated)

    def _old_title(self, window: WindowState) -> str:
        known = () if self._kept is None else self._kept.windows
        return next((each.title for each in known if each.id == window.id), "")
