"""What may be seen of a window by who acts on it: told beside each act, or shown to an agent in the person's place.

Trees as in `Observed`, under the rule and the scope that hold when somebody acts.
"""

from __future__ import annotations

from typing import NamedTuple

from understudy.records.events import Tree, WindowState
from understudy.records.kept import ElementTree
from understudy.redact.elements import Elements
from understudy.redact.masks import Reading
from understudy.redact.observed import Observed, holds_options
from understudy.redact.runs import TypedRuns
from understudy.redact.scope import Scope
from understudy.redact.snapshots import Snapshots

TOGETHER_NS = 500_000_000
"""A program's windows are read one after the other, within this."""


class Shown(NamedTuple):
    """A window as its program told it (`tree`, `raw_window`: memory only) beside what would be kept of it.

    The nodes of `kept` stand for the first ones of `tree`, one for one.
    """

    tree: Tree
    kept: ElementTree
    window: WindowState
    raw_window: WindowState


class Views:
    """The newest trees of the windows in scope, as they may be seen."""

    def __init__(self, scope: Scope, elements: Elements, snapshots: Snapshots, runs: TypedRuns) -> None:
        self._scope, self._elements, self._snapshots, self._runs = scope, elements, snapshots, runs
        self._observed = Observed()

    def learn(self, window: int, tree: Tree, reading: Reading) -> None:
        """A window's tree was read."""
        self._observed.learn(window, tree, reading)

    def forget(self) -> None:
        """Know nothing any more (after a pause)."""
        self._observed.forget()

    def keep_only(self, windows: frozenset[int]) -> None:
        """Windows that are gone or out of scope: forget theirs."""
        self._observed.keep_only(windows)

    def told(self, window: WindowState) -> list[ElementTree]:
        """What the trees of a window say that is new, now that the person is about to act on it.

        Of a menu, its window's first, since some programs hang their options there.
        """
        owner = self._scope.owner(window)
        before = [] if owner is None else self.told(owner)
        rule = self._scope.rule(window.id)
        if rule is None:
            return before
        url = self._snapshots.url(rule, self._scope.url(window))
        tree = self._observed.tell(window.id, rule.keys, url, *self._elements.keepers(window, rule, self._runs.typing))
        return before if tree is None else [*before, tree]

    def shown(self, typed_into: frozenset[str]) -> Shown | None:
        """What would be kept of the active window if the person acted on it now, whether it is new or not.

        None where nothing would. Nothing counts as told by this. `typed_into`: ids of fields typed into just now.
        """
        active = self._scope.active
        if active is None or (rule := self._scope.rule(active.id)) is None or self._scope.grabbed:
            return None
        tree, window = self._observed.tree(active.id), active
        for popup in self._scope.popups(active):
            # A menu of its own lies over the window; Chromium's hang in the window's tree.
            menu = self._observed.tree(popup.id)
            if tree and menu and menu.started_ns > tree.started_ns - TOGETHER_NS and holds_options(menu):
                tree, window = menu, popup
                break
        url = self._snapshots.url(rule, self._scope.url(window))
        told = self._observed.now(
            window.id, rule.keys, url, *self._elements.keepers(window, rule, self._runs.typing), typed_into
        )
        return None if told is None or tree is None else Shown(tree, told, self._snapshots.window(active), active)
