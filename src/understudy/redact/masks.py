"""Where in a window something stands that may not be shown, by the window's element tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import msgspec

from understudy.records.elements import Element, Node
from understudy.records.events import Tree, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import KeyLevel
from understudy.redact.beside import LABEL_CHARS, leads
from understudy.redact.narrow import masks_people
from understudy.redact.policy import AppRule
from understudy.redact.run import Typing
from understudy.redact.scope import address_allowed
from understudy.redact.scrub import TOKEN, Hit
from understudy.redact.secure import SecureMemory
from understudy.redact.third_parties import NOBODY, People, of_tree
from understudy.redact.words import CONTENT_ROLES, Words

SECURE_MARGIN_PX = 4
TEXT_MARGIN_PX = 2
ICON_PX = 32
"""Pictures up to this size on both sides are icons, and stay."""

DOCUMENTS = frozenset(("document web", "document frame", "document text", "document email", "document spreadsheet"))
_INLINE = frozenset(("static", "link", "text", "label", "mark", "subscript", "superscript", "content insertion"))
TITLED = frozenset(("frame", "window", "dialog", "application", "root pane")) | DOCUMENTS
"""Roles whose name is a title: it isn't drawn where their bounds are."""
_MENUS = frozenset(("menu", "popup menu", "menu item", "check menu item", "radio menu item", "tearoff menu item"))
_POPPING = frozenset(
    (
        "tool tip",
        "list box",
        "list",
        "tree",
        "table",
        "tree table",
        "window",
        "dialog",
        "alert",
        "notification",
        "panel",
    )
)
"""Roles of what may fill a popup window."""
_PICTURES = frozenset(
    ("image", "canvas", "video", "animation", "drawing area", "image map", "embedded", "chart", "icon")
)
_HOLDERS = frozenset(
    (
        *("panel", "filler", "layered pane", "glass pane", "root pane", "scroll pane", "split pane", "viewport"),
        *("internal frame", "document frame", "unknown", "redundant object", "frame", "window", "dialog"),
    )
)
"""Roles of what holds other elements. One of a program's own that holds none draws by itself what no tree tells: the
sheet of a spreadsheet, a map."""


class ReadAs(NamedTuple):
    """The text that an element's name is part of: all of it (`hit` None), or a piece of its find number `hit`.

    Scrubbed only when the name is kept: what merely stands on the screen, half typed perhaps, must use up no token.
    """

    text: str
    label: str
    hit: int | None

    def kept(self, words: Words) -> str:
        """The name as it may be kept."""
        scrubbed = words.scrub(self.text, self.label)
        if self.hit is None:
            return scrubbed.text
        tokens = TOKEN.findall(scrubbed.text)
        return str(tokens[self.hit]) if len(tokens) == len(scrubbed.hits) else ""


@dataclass
class Reading:
    """What a tree says of its window's picture; all rectangles in root px.

    `masks` is None when something that must be covered can't be located: then nothing of the window is shown.
    `names` tell the names of elements whose text is sensitive only together with others'.
    `typed_into` are fields with an open run: their text was not looked at, and they stay covered. `offered` are a
    page's fields where a browser offers to fill in one of them: it may preview in all of them what no tree tells.
    `places` are where the tree locates anything at all, each with the bounds of what may be a popup around it (None: it
    is part of a menu for sure); `documents` where pages stand, innermost last. `people` is what it shows of others, and
    the first `people_masks` of the masks cover that.
    """

    masks: tuple[Rect, ...] | None
    pid: int = 0
    names: dict[str, ReadAs] = field(default_factory=dict)
    places: tuple[tuple[Rect, tuple[Rect, ...] | None], ...] = ()
    documents: tuple[Rect, ...] = ()
    typed_into: frozenset[str] = frozenset()
    offered: tuple[Rect, ...] = ()
    people: People = NOBODY
    people_masks: int = 0
    _texts: tuple[tuple[str, str, Rect], ...] = ()

    def typing(self, now: Typing) -> tuple[Rect, ...]:
        """What to cover while runs are open: their elements, and whatever repeats the start of a secret."""
        found = [place for name, _, place in self._texts if name in self.typed_into]
        if self.pid in now.pids:
            found += now.places
            for name, told, place in self._texts:
                if name in now.ids or name in now.spread or now.echoed_in(told):
                    found.append(place)
        return tuple(place.grow(TEXT_MARGIN_PX) for place in found)


def read(
    tree: Tree, rule: AppRule, words: Words, memory: SecureMemory, typed_into: frozenset[str] = frozenset()
) -> Reading:
    """Find what of a window in scope may not be shown. `typed_into`: ids of fields with an open run."""
    return _Reader(tree, rule, words, memory, typed_into).read()


class _Reader:
    def __init__(
        self, tree: Tree, rule: AppRule, words: Words, memory: SecureMemory, typed_into: frozenset[str]
    ) -> None:
        self._rule, self._words, self._memory, self._typed_into = rule, words, memory, typed_into
        self._pid = tree.pid
        # What is being typed is judged when its run ends: half a secret would be taken for another one.
        self._nodes = tuple(_unread(node) if node.element.id in typed_into else node for node in tree.nodes)
        self._level: KeyLevel = rule.keys
        self._masks: list[Rect] = []
        self._located: list[set[tuple[str, str]]] = [set() for _ in tree.nodes]
        self._lost = False
        self._names: dict[str, ReadAs] = {}
        self._parents = {node.parent for node in tree.nodes}
        # Most elements of a tree share one address, and the patterns that it is held against are many.
        self._allowed = cache(lambda url: address_allowed(rule, url))
        people = cache(lambda url: masks_people(rule, url))
        self._people = of_tree(tree.nodes, lambda element: people(element.url))

    def read(self) -> Reading:
        self._mask_people()
        people_masks = len(dict.fromkeys(self._masks))
        for block in self._blocks():
            self._read_block(block)
        # Children come after their parents: backwards, what is inside is located before what is around.
        for index in range(len(self._nodes) - 1, -1, -1):
            self._read_node(index)
            parent = self._nodes[index].parent
            if parent >= 0:
                self._located[parent] |= self._located[index]
        elements = [node.element for node in self._nodes]
        leaves = [(i, e) for i, e in enumerate(elements) if i not in self._parents and _told(e)]
        places = [(e.bounds, self._holders(i)) for i, e in leaves if e.bounds]
        return Reading(
            masks=None if self._lost else tuple(dict.fromkeys(self._masks)),
            pid=self._pid,
            names=self._names,
            typed_into=self._typed_into,
            offered=_offered(elements),
            people=self._people,
            people_masks=people_masks,
            places=tuple(places),
            documents=tuple(e.bounds for e in elements if e.bounds and e.role in DOCUMENTS),
            _texts=tuple(
                (node.element.id, node.text or node.element.value or node.element.name, node.element.bounds)
                for index, node in enumerate(self._nodes)
                if node.element.bounds and (index not in self._parents or node.element.role in CONTENT_ROLES)
            ),
        )

    def _mask_people(self) -> None:
        """Cover what is shown of other people, by the outermost elements that hold nothing else."""
        covered: dict[int, Rect] = {}
        for index in self._people.masked:
            element = self._nodes[index].element
            around = self._nodes[index].parent
            while around >= 0 and around not in covered:
                around = self._nodes[around].parent
            if element.bounds is None:
                # Inside what is covered anyway nothing is lost.
                self._lost = self._lost or (around < 0 and ("showing" in element.states or not element.states))
                continue
            if around < 0 or element.bounds.intersect(covered[around]) != element.bounds:
                self._mask(element, TEXT_MARGIN_PX)
            covered[index] = element.bounds

    def _holders(self, index: int) -> tuple[Rect, ...] | None:
        """The bounds of all that an element may pop up with; None where its role says that it is in a menu."""
        found: list[Rect] = []
        while index >= 0:
            element = self._nodes[index].element
            if element.role in _MENUS:
                return None
            if element.role in _POPPING and element.bounds is not None:
                found.append(element.bounds)
            index = self._nodes[index].parent
        return tuple(found)

    def _blocks(self) -> list[list[int]]:
        """Leaves with text, those of one paragraph together, in document order."""
        blocks: dict[int, list[int]] = {}
        for index, node in enumerate(self._nodes):
            if _text_of(node, leaf=index not in self._parents):
                block = node.parent
                while block >= 0 and self._nodes[block].element.role in _INLINE and node.element.role in _INLINE:
                    block = self._nodes[block].parent
                # Things that stand for themselves (fields, buttons) don't continue their neighbour's text.
                alone = node.element.role not in _INLINE or "editable" in node.element.states
                blocks.setdefault(-2 - index if alone else block, []).append(index)
        return list(blocks.values())

    def _read_block(self, block: list[int]) -> None:
        texts = [_text_of(self._nodes[index], leaf=True) for index in block]
        for index, text in zip(block, texts, strict=True):
            self._find(text, [(index, 0, len(text))], self._label(index, text))
        if len(block) > 1:
            for between in ("", " "):
                spans, at = [], 0
                for index, text in zip(block, texts, strict=True):
                    spans.append((index, at, at + len(text)))
                    at += len(text) + len(between)
                self._find(between.join(texts), spans, "")

    def _label(self, index: int, text: str) -> str:
        """What stands before a text and says what it is: its element's own name, or a short text with a colon."""
        element = self._nodes[index].element
        if element.name and element.name != text:
            return element.name
        before = self._nodes[index - 1] if index else None
        if before is None or not leads(before.element.bounds, element.bounds):
            return ""
        told = _text_of(before, leaf=True).strip()
        return told if told.endswith(":") and len(told) <= LABEL_CHARS else ""

    def _find(self, text: str, spans: list[tuple[int, int, int]], label: str) -> None:
        for number, hit in enumerate(self._words.hits(text, label)):
            for index, start, end in spans:
                if start < hit.end and hit.start < end:
                    self._located[index].add(_value(text, hit))
                    self._cover(index, hit.start - start, hit.end - start)
                    element = self._nodes[index].element
                    if element.name and element.name in text:
                        read_as = ReadAs(text, label, None if len(spans) == 1 else number)
                        self._names.setdefault(element.id, read_as)
                        self._name_around(index, read_as)

    def _name_around(self, index: int, read_as: ReadAs) -> None:
        """A link is called as the text in it: where that is a piece of something, its name is the same piece."""
        name, index = self._nodes[index].element.name, self._nodes[index].parent
        while index >= 0 and self._nodes[index].element.role in _INLINE:
            around = self._nodes[index].element
            if around.name and around.name in name:
                self._names.setdefault(around.id, read_as)
            index = self._nodes[index].parent

    def _cover(self, index: int, start: int, end: int) -> None:
        """Mask [start, end) of a node's text: its lines where they are told, else the whole element."""
        node = self._nodes[index]
        if node.lines and all(line.text in node.text for line in node.lines):
            # All lines in view are told. A line that stands in the text twice counts at each place.
            for line in node.lines:
                if line.text in node.text[max(0, start - len(line.text) + 1) : end + len(line.text) - 1]:
                    self._masks.append(line.bounds.grow(TEXT_MARGIN_PX))
        else:
            self._mask(node.element, TEXT_MARGIN_PX)

    def _read_node(self, index: int) -> None:
        node = self._nodes[index]
        element = node.element
        if self._memory.secure(element):
            self._mask(element, SECURE_MARGIN_PX)
        if node.unread:
            # Its program was too slow to say what stands there.
            self._mask(element, TEXT_MARGIN_PX)
        if element.url and not self._allowed(element.url):
            self._mask(element, 0)
        if self._level != "text" and _typed_into(element):
            # Where keys aren't kept as text, the picture of what they typed isn't either.
            self._mask(element, TEXT_MARGIN_PX)
        if other_tab(self._rule, element):
            self._mask(element, 0)
        if self._rule.images == "mask" and not _icon(element.bounds) and self._untold(index):
            self._mask(element, 0)
        if element.role in TITLED:
            return
        for text in dict.fromkeys((element.name, node.text, element.value)):
            values = {_value(text, hit) for hit in self._words.hits(text)}
            if values - self._located[index]:
                self._located[index] |= values
                self._mask(element, TEXT_MARGIN_PX)

    def _untold(self, index: int) -> bool:
        """True for what shows something that no tree tells: pictures, and holders of a program's own that hold nothing.

        Pages hold plenty of empty ones, for their colours.
        """
        node = self._nodes[index]
        element = node.element
        if element.role in _PICTURES:
            return True
        empty = element.role in _HOLDERS and not element.url and index not in self._parents
        return empty and not (node.text or element.value).strip()

    def _mask(self, element: Element, margin_px: int) -> None:
        if element.bounds is not None:
            self._masks.append(element.bounds.grow(margin_px))
        elif "showing" in element.states or not element.states:
            self._lost = True


def _offered(elements: Sequence[Element]) -> tuple[Rect, ...]:
    """Where a page's fields of one line stand, if one of them has something to choose from."""
    fields = [e for e in elements if e.url and "editable" in e.states and "multi line" not in e.states]
    if not any("has popup" in each.states for each in fields):
        return ()
    return tuple(each.bounds.grow(TEXT_MARGIN_PX) for each in fields if each.bounds is not None)


def other_tab(rule: AppRule, element: Element) -> bool:
    """True for a browser's tab that isn't in front: its title is that of a page whose address nobody has told."""
    behind = element.role == "page tab" and not element.url and "selected" not in element.states
    return behind and rule.looks_at_addresses


def popup_places(popup: WindowState, reading: Reading) -> tuple[Rect, ...]:
    """The parts of a menu or tooltip that a tree tells about, root px; not what stands beneath it."""
    return tuple(
        place
        for place, holders in reading.places
        if not place.intersect(popup.rect).empty and (holders is None or any(_fills(h, popup.rect) for h in holders))
    )


def _fills(holder: Rect, popup: Rect) -> bool:
    inside = holder.intersect(popup)
    return inside == holder and 2 * inside.width * inside.height >= popup.width * popup.height


def _unread(node: Node) -> Node:
    element = msgspec.structs.replace(node.element, value="")
    return msgspec.structs.replace(node, element=element, text="", lines=())


def _text_of(node: Node, *, leaf: bool) -> str:
    text = node.text or node.element.value
    if text.strip("￼ \n"):
        return text
    return node.element.name if leaf and node.element.role not in TITLED else ""


def _typed_into(element: Element) -> bool:
    return "editable" in element.states or element.role in ("entry", "spin button", "editbar", "autocomplete")


def _told(element: Element) -> bool:
    return bool(element.name or element.value) or element.role in ("separator", "icon")


def _value(text: str, hit: Hit) -> tuple[str, str]:
    """What was found, however its blanks are told."""
    return hit.kind, "".join(text[hit.start : hit.end].casefold().split())


def _icon(bounds: Rect | None) -> bool:
    return bounds is not None and bounds.width <= ICON_PX and bounds.height <= ICON_PX
