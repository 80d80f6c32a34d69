"""Where in a window something stands that may not be shown, by the window's element tree."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from understudy.records.elements import Element, Node
from understudy.records.events import Tree, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import KeyLevel
from understudy.redact.policy import AppRule
from understudy.redact.runs import Typing
from understudy.redact.scope import address_allowed
from understudy.redact.scrub import TOKEN
from understudy.redact.secure import SecureMemory
from understudy.redact.words import CONTENT_ROLES, Words

SECURE_MARGIN_PX = 4
TEXT_MARGIN_PX = 2
ICON_PX = 32
"""Pictures up to this size on both sides are icons, and stay."""
LABEL_CHARS = 40

DOCUMENTS = frozenset(("document web", "document frame", "document text", "document email", "document spreadsheet"))
_INLINE = frozenset(("static", "link", "text", "label", "mark", "subscript", "superscript", "content insertion"))
_TITLED = frozenset(("frame", "window", "dialog", "application", "root pane")) | DOCUMENTS
"""Roles whose name is a title: it isn't drawn where their bounds are."""
_PICTURES = frozenset(
    ("image", "canvas", "video", "animation", "drawing area", "image map", "embedded", "chart", "icon")
)


@dataclass
class Reading:
    """What a tree says of its window's picture; all rectangles in root px.

    `masks` is None when something that must be covered can't be located: then nothing of the window is shown.
    `names` are the names, as they may be kept, of elements whose text is sensitive only together with others'.
    `typed_into` are fields with an open run: their text was not looked at, and they stay covered.
    `places` are where the tree locates anything at all; `documents` where pages stand, innermost last.
    """

    masks: tuple[Rect, ...] | None
    pid: int = 0
    names: dict[str, str] = field(default_factory=dict)
    places: tuple[Rect, ...] = ()
    documents: tuple[Rect, ...] = ()
    typed_into: frozenset[str] = frozenset()
    _texts: tuple[tuple[str, str, Rect], ...] = ()

    def typing(self, now: Typing) -> tuple[Rect, ...]:
        """What to cover while runs are open: their elements, and whatever repeats the start of a secret."""
        found = [place for name, _, place in self._texts if name in self.typed_into]
        if self.pid in now.pids:
            found += now.places
            # What was typed between the tree and now is not on it yet.
            starts = [word[: max(4, len(word) - 3)] for word in now.words if len(word) >= 4 and not word.isalpha()]
            for name, told, place in self._texts:
                if name in now.ids or any(start in told for start in starts):
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
        self._located: list[set[str]] = [set() for _ in tree.nodes]
        self._lost = False
        self._names: dict[str, str] = {}
        self._parents = {node.parent for node in tree.nodes}

    def read(self) -> Reading:
        for block in self._blocks():
            self._read_block(block)
        # Children come after their parents: backwards, what is inside is located before what is around.
        for index in range(len(self._nodes) - 1, -1, -1):
            self._read_node(index)
            parent = self._nodes[index].parent
            if parent >= 0:
                self._located[parent] |= self._located[index]
        elements = [node.element for node in self._nodes]
        places = [e.bounds for i, e in enumerate(elements) if e.bounds and i not in self._parents and _told(e)]
        return Reading(
            masks=None if self._lost else tuple(dict.fromkeys(self._masks)),
            pid=self._pid,
            names=self._names,
            typed_into=self._typed_into,
            places=tuple(places),
            documents=tuple(e.bounds for e in elements if e.bounds and e.role in DOCUMENTS),
            _texts=tuple(
                (node.element.id, (node.text or node.element.value or node.element.name).lower(), node.element.bounds)
                for index, node in enumerate(self._nodes)
                if node.element.bounds and (index not in self._parents or node.element.role in CONTENT_ROLES)
            ),
        )

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
        told = _text_of(before, leaf=True).strip() if before is not None else ""
        return told if told.endswith(":") and len(told) <= LABEL_CHARS else ""

    def _find(self, text: str, spans: list[tuple[int, int, int]], label: str) -> None:
        scrubbed = self._words.scrub(text, label)
        tokens = TOKEN.findall(scrubbed.text) if scrubbed.hits else []
        for hit, token in zip(scrubbed.hits, tokens, strict=False):
            for index, start, end in spans:
                if start < hit.end and hit.start < end:
                    self._cover(index, hit.start - start, hit.end - start, token)
                    element = self._nodes[index].element
                    if element.name and element.name in text:
                        self._names.setdefault(element.id, scrubbed.text if len(spans) == 1 else token)

    def _cover(self, index: int, start: int, end: int, token: str) -> None:
        """Mask [start, end) of a node's text: its lines where they are told, else the whole element."""
        node = self._nodes[index]
        self._located[index].add(token)
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
        if element.url and not address_allowed(self._rule, element.url):
            self._mask(element, 0)
        if self._level != "text" and _typed_into(element):
            # Where keys aren't kept as text, the picture of what they typed isn't either.
            self._mask(element, TEXT_MARGIN_PX)
        if self._rule.images == "mask" and element.role in _PICTURES and not _icon(element.bounds):
            self._mask(element, 0)
        if element.role in _TITLED:
            return
        for text in {element.name, node.text, element.value}:
            tokens = set(TOKEN.findall(self._words.scrub(text).text)) if text else set()
            if tokens - self._located[index] and self._words.scrub(text).hits:
                self._located[index] |= tokens
                self._mask(element, TEXT_MARGIN_PX)

    def _mask(self, element: Element, margin_px: int) -> None:
        if element.bounds is not None:
            self._masks.append(element.bounds.grow(margin_px))
        elif "showing" in element.states or not element.states:
            self._lost = True


def popup_places(popup: WindowState, reading: Reading) -> tuple[Rect, ...]:
    """The parts of a menu or tooltip that a tree tells about, root px."""
    return tuple(place for place in reading.places if not place.intersect(popup.rect).empty)


def _unread(node: Node) -> Node:
    element = msgspec.structs.replace(node.element, value="")
    return msgspec.structs.replace(node, element=element, text="", lines=())


def _text_of(node: Node, *, leaf: bool) -> str:
    text = node.text or node.element.value
    if text.strip("￼ \n"):
        return text
    return node.element.name if leaf and node.element.role not in _TITLED else ""


def _typed_into(element: Element) -> bool:
    return "editable" in element.states or element.role in ("entry", "spin button", "editbar", "autocomplete")


def _told(element: Element) -> bool:
    return bool(element.name or element.value) or element.role in ("separator", "icon")


def _icon(bounds: Rect | None) -> bool:
    return bounds is not None and bounds.width <= ICON_PX and bounds.height <= ICON_PX
