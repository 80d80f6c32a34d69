"""What a policy may see of a live page or window: the way that a recording of it would take, through the guard."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from understudy.act.miniwob import AREA, PageState
from understudy.cli.importing import TASK_CHARS
from understudy.importers.miniwob_events import Action, Following, State
from understudy.learn.acting import Observation, Shown
from understudy.recorder.merge import Merge
from understudy.records.events import Mark, Raw
from understudy.records.kept import ElementTree, TreeNode
from understudy.redact.directory import Directory
from understudy.redact.guard import Guard
from understudy.redact.policy import Policy
from understudy.redact.scrub import TOKEN, Scrubber
from understudy.redact.scrub_span import kinds_of


class PageSeer:
    """Sees pages of MiniWoB++ as an import of the demonstrations would keep them, by `policy`.

    Every event of the episode goes through the importer and one guard as it happens: focus, typed runs and tokens are
    then what they are in a dataset.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._directory = Directory(policy.directory)
        self._begin("")

    def _begin(self, page: str) -> None:
        self._page = page
        self._scrubber = Scrubber(kinds_of(self._policy.categories), self._directory)
        self._guard = Guard(self._policy, self._scrubber)
        self._following = Following(page)
        self._values: dict[str, str] = {}

    def begin(self, page: str, task: str) -> str:
        """An episode begins; the task's words, scrubbed."""
        self._begin(page)
        words = " ".join(task.split())[:TASK_CHARS]
        self._guard.feed(Mark(time_ns=0, seq=0, kind="start", detail="import"))
        # First of all: its tokens have the first numbers.
        self._guard.feed(Mark(time_ns=0, seq=0, kind="task", detail=words))
        return self._learn(words)

    def see(self, states: Sequence[PageState]) -> Observation:
        """What would be kept of the page if somebody acted on it now. `states` since the last look, now the last."""
        for record in _ordered(self._following.add([_state(each) for each in states])):
            self._guard.feed(record)
        shown = self._guard.shown()
        if shown is None:
            return Observation(elements=(), bounds=AREA, title=self._page, complete=False)
        for raw, kept in zip(shown.tree.nodes, shown.kept.nodes, strict=False):
            if "<" in kept.name:
                self._learn(raw.element.name)
        return seen(shown.kept, app=shown.window.app, title=shown.window.title)

    def fill(self, text: str) -> str:
        """`text` with the values behind its tokens, as far as this episode showed them."""
        return TOKEN.sub(lambda found: self._values.get(found[0], found[0]), text)

    def _learn(self, text: str) -> str:
        """`text` scrubbed; what its tokens stand for is remembered for `fill`, in memory only."""
        scrubbed = self._scrubber.scrub(text)
        tokens = TOKEN.findall(scrubbed.text)
        if len(tokens) == len(scrubbed.hits):
            for token, hit in zip(tokens, scrubbed.hits, strict=True):
                self._values.setdefault(token, text[hit.start : hit.end])
        return scrubbed.text


_TOLD = tuple(name for name in Shown.__struct_fields__ if name in TreeNode.__struct_fields__)
"""What a kept node tells a policy."""


def seen(tree: ElementTree, *, app: str = "", title: str = "") -> Observation:
    """A kept tree as a policy sees it: what a dataset made of it would tell."""
    return Observation(
        elements=tuple(Shown(**{name: getattr(node, name) for name in _TOLD}) for node in tree.nodes),
        bounds=tree.bounds,
        app=app,
        title=title,
        url=tree.url,
        complete=tree.complete,
    )


def _state(told: PageState) -> State:
    action = None if told.action is None else msgspec.convert(told.action, Action)
    return State(time=told.time_ms, dom=msgspec.Raw(told.dom), action=action)


def _ordered(records: Sequence[Raw]) -> list[Raw]:
    """As a recorder's guard gets them."""
    merge = Merge()
    merge.add(records)
    return merge.release(2**63 - 1)
