"""The elements on screen as they may be kept: what an agent sees before the person acts.

A tree is told when the person is about to act on its window, and only when it says something new. It tells no more than
the picture beside it: names as in `Words`, nothing of what stands in fields, nothing beneath a mask but the tokens
that replace it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from understudy.records.elements import Element
from understudy.records.events import Tree
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, KeyLevel, TreeNode
from understudy.redact.masks import TITLED, Reading
from understudy.redact.scrub import TOKEN
from understudy.redact.third_parties import THIRD_PARTY
from understudy.redact.words import CONTENT_ROLES

MOST_NODES = 1_000
"""Beyond this a page is longer than anything that a person looks at; the rest is left out and `complete` False."""
_FIELDS = CONTENT_ROLES - frozenset(("paragraph", "combo box"))
_SHOW_VALUES = frozenset(("combo box", "slider", "progress bar", "level bar", "dial"))
"""Roles whose value is a choice or a reading, not a text of somebody's."""

_OPTIONS = frozenset(
    ("menu item", "check menu item", "radio menu item", "tearoff menu item", "list item", "table cell")
)

UNTOLD = "unknown"
"""The role of what is told for an element of which nothing may be."""

Keep = Callable[[Element], Element | None]
"""An element → the same as it may be kept: no value, its name scrubbed or ""; None: nothing of it may."""
KeepText = Callable[[str, str], str]
"""(what an element holds, its name) → the same as it may be kept."""


@dataclass
class _Seen:
    tree: Tree
    reading: Reading
    told: ElementTree | None = None


class Observed:
    """The newest tree of each window, told when somebody acts."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}

    def learn(self, window: int, tree: Tree, reading: Reading) -> None:
        """A window's tree was read."""
        known = self._seen.get(window)
        self._seen[window] = _Seen(tree, reading, known.told if known is not None else None)

    def forget(self) -> None:
        """Know nothing any more (after a pause)."""
        self._seen = {}

    def keep_only(self, windows: frozenset[int]) -> None:
        """Windows that are gone or out of scope: forget theirs."""
        for window in [window for window in self._seen if window not in windows]:
            del self._seen[window]

    def tell(self, window: int, level: KeyLevel, url: str, keep: Keep, keep_text: KeepText) -> ElementTree | None:
        """What may be kept of the window's newest tree; None when there is none or it says what was told before.

        `url` is the address of its page, `keep_text` scrubs what an element holds.
        """
        seen = self._seen.get(window)
        told = self.now(window, level, url, keep, keep_text)
        if seen is None or told is None:
            return None
        before = seen.told
        if before is not None and told == msgspec.structs.replace(
            before, time_ns=told.time_ns, started_ns=told.started_ns
        ):
            return None
        seen.told = told
        return told

    def now(
        self,
        window: int,
        level: KeyLevel,
        url: str,
        keep: Keep,
        keep_text: KeepText,
        typed_into: frozenset[str] = frozenset(),
    ) -> ElementTree | None:
        """As `tell`, told before or not. `typed_into`: ids of fields to be taken as having an open run."""
        seen = self._seen.get(window)
        if seen is None or seen.reading.masks is None:
            return None
        reading = replace(seen.reading, typed_into=seen.reading.typed_into | typed_into)
        nodes = kept_nodes(seen.tree, reading, level, keep, keep_text)
        return ElementTree(
            time_ns=seen.tree.time_ns,
            seq=0,
            started_ns=seen.tree.started_ns,
            window=window,
            bounds=seen.tree.bounds,
            nodes=nodes,
            url=url,
            complete=seen.tree.complete and len(seen.tree.nodes) <= MOST_NODES,
        )

    def tree(self, window: int) -> Tree | None:
        """The window's newest tree itself."""
        seen = self._seen.get(window)
        return None if seen is None else seen.tree


def holds_options(tree: Tree) -> bool:
    """True for the tree of a menu's own window, not for that of a tooltip."""
    return any(node.element.role in _OPTIONS for node in tree.nodes)


def kept_nodes(tree: Tree, reading: Reading, level: KeyLevel, keep: Keep, keep_text: KeepText) -> tuple[TreeNode, ...]:
    """The tree's nodes as they may be kept; `reading` must be the tree's own."""
    nodes: list[TreeNode] = []
    parents = {node.parent for node in tree.nodes}
    content: set[int] = set()
    # A button inside a message is covered with it, and yet it may be told.
    others = (reading.masks or ())[reading.people_masks :]
    for index, node in enumerate(tree.nodes[:MOST_NODES]):
        raw = node.element
        typed = "editable" in raw.states or raw.role in _FIELDS
        inside = node.parent in content
        if typed or inside:
            content.add(index)
        element = keep(raw)
        if element is None:
            # It keeps its place in the list, since others name their parents by it.
            nodes.append(TreeNode(id="", role=UNTOLD, parent=node.parent))
            continue
        name, text, hint, bounds = element.name, "", element.hint, element.bounds
        if inside and (level != "text" or raw.id in reading.typed_into):
            # Nor where they end: that is how long it is.
            bounds = None
        if inside or raw.id in reading.typed_into:
            # A field's inner elements are pieces of what stands in it.
            name = hint = ""
        elif typed and raw.name in (node.text, raw.value):
            name = ""
        elif (
            raw.role in _SHOW_VALUES
            and not typed
            and level == "text"
            and not element.secure
            and bool(name) == bool(raw.name)
        ):
            told = raw.value.strip()
            text = keep_text(told, raw.name) if told != raw.name and not element.secure else ""
        if name == THIRD_PARTY:
            text = hint = ""
        if raw.id in reading.people.others:
            text = hint = ""
        elif raw.role not in TITLED and index not in parents and _beneath(raw.bounds, others):
            name, text, hint = _tokens(name), _tokens(text), ""
        nodes.append(
            TreeNode(
                id=element.id,
                role=element.role,
                parent=node.parent,
                name=name,
                text=text,
                value_class=element.value_class,
                bounds=bounds,
                states=element.states,
                secure=element.secure,
                hint=hint,
            )
        )
    return tuple(nodes)


def _beneath(bounds: Rect | None, masks: tuple[Rect, ...]) -> bool:
    return bounds is not None and any(not bounds.intersect(mask).empty for mask in masks)


def _tokens(text: str) -> str:
    return " ".join(TOKEN.findall(text))
