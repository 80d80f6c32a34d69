"""Reads what a program's windows show: its visible elements, in document order, as quickly as the program allows.

What hangs beneath what comes from `atspi_structure`; here each element gets its place, its text and its address.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from understudy.capture.x11.atspi_bus import AtspiBus
from understudy.capture.x11.atspi_calls import Call, NoAnswer, Program, Ref
from understudy.capture.x11.atspi_lines import lines_of
from understudy.capture.x11.atspi_names import (
    ACTING,
    ACTIVE,
    CONTAINERS,
    DOCUMENTS,
    FOCUSED,
    MULTI_LINE,
    NAMED_TEXT,
    POPUPS,
    SHOWING,
    state_bits,
)
from understudy.capture.x11.atspi_reader import Facts, Reader, extents, rect_of
from understudy.capture.x11.atspi_structure import (
    MAX_CHILDREN,
    MAX_NODES,
    Branch,
    Cache,
    Cut,
    Item,
    StructureReader,
)
from understudy.records.elements import Element, Node, TextLine
from understudy.records.geometry import Rect

MAX_READ_S = 1.5
CLOSED_LIST = ("combo box", "menu")
"""Roles of a combo box and, beneath it, of the list that it opens."""


@dataclass
class WindowTree:
    """One top-level window as read between `started_ns` and `ended_ns` (monotonic). `focused` is the
    element with the keyboard focus, None when there is none in this window or the window isn't the active one;
    `popups` the items of menus and lists."""

    frame: Ref
    bounds: Rect
    started_ns: int
    ended_ns: int
    title: str
    url: str
    nodes: tuple[Node, ...]
    complete: bool
    focused: Ref | None
    popups: list[Item]


class TreeReader:
    """Reads the windows of programs; remembers what they showed last."""

    def __init__(self, bus: AtspiBus, reader: Reader) -> None:
        self._bus, self._reader = bus, reader
        self._structure = StructureReader(bus, reader)
        self._last: dict[str, list[WindowTree]] = {}
        self._opened: dict[str, list[Item]] = {}

    async def windows(self, program: Program) -> list[WindowTree]:
        """Every showing top-level window of a program, read within MAX_READ_S. Raises NoAnswer."""
        frames = [Ref(*pair) for pair in await self._bus.call(program.root, "Accessible", "GetChildren")]
        cache = await self._structure.cache(program) if frames else Cache()
        others = frozenset(frames)
        trees = [await self._window(program, frame, cache, others) for frame in frames[:MAX_CHILDREN]]
        self._last[program.name] = found = [tree for tree in trees if tree is not None]
        if any(tree.popups for tree in found):
            self._opened.pop(program.name, None)
        return found

    async def opened(self, program: Program, option: Ref, role: str) -> None:
        """An option of a pop-up got the focus: it and its neighbours can be pointed at before all has been read again.

        Raises NoAnswer.
        """
        above = await self._reader.ancestors(option)
        if not above:
            return
        refs = [Ref(*pair) for pair in await self._bus.call(above[0][0], "Accessible", "GetChildren")][:MAX_NODES]
        kinds = frozenset(("Component",))
        self._opened[program.name] = [Item(ref, role, "", SHOWING, kinds, i, 0) for i, ref in enumerate(refs)]

    def left(self, name: str) -> None:
        """A program left the bus."""
        self._last.pop(name, None)
        self._opened.pop(name, None)
        self._structure.left(name)

    def shows(self, program: Program, element: str) -> bool:
        """True when the program's windows, as they were read last, show the element of this id."""
        return any(node.element.id == element for tree in self._last.get(program.name, ()) for node in tree.nodes)

    def inside(self, program: Program, element: str, x: int, y: int) -> Element | None:
        """What the window last read shows at (x, y), root px, inside the element of this id; None: nothing more.

        The last and deepest that holds the point, then up to what acts. The list that a combo box opens lies over it in
        Chromium's tree, open or not: it shows nothing more.
        """
        for tree in self._last.get(program.name, ()):
            top = next((i for i, node in enumerate(tree.nodes) if node.element.id == element), None)
            if top is None:
                continue
            within, found = {top}, top
            for i in range(top + 1, len(tree.nodes)):
                node = tree.nodes[i]
                if node.parent in within and (tree.nodes[node.parent].element.role, node.element.role) != CLOSED_LIST:
                    within.add(i)
                    if node.element.bounds is not None and node.element.bounds.contains(x, y):
                        found = i
            if found == top:
                return None
            at = found
            while at != top and tree.nodes[at].element.role not in CONTAINERS:
                if tree.nodes[at].element.role in ACTING:
                    return tree.nodes[at].element
                at = tree.nodes[at].parent
            return tree.nodes[found].element
        return None

    async def popup_items(self, program: Program, roles: Iterable[str], *, cached: bool) -> list[Facts]:
        """What shows of the given roles anywhere in the program, with bounds: menus that hang over other things.

        From the program's cache, or from what its windows showed when they were last read and what `opened` since,
        asked whether it still shows: quicker, and Chromium keeps pages out of its cache. Raises NoAnswer.
        """
        wanted = frozenset(roles)
        if cached:
            known = [*(await self._structure.cache(program)).items.values()]
        else:
            known = [item for tree in self._last.get(program.name, ()) for item in tree.popups]
            read = {item.ref for item in known}
            known += [item for item in self._opened.get(program.name, ()) if item.ref not in read]
        items = [
            item for item in known if item.role in wanted and item.states & SHOWING and "Component" in item.interfaces
        ][:MAX_NODES]
        if not cached:
            states = await self._bus.calls([Call(item.ref, "Accessible", "GetState") for item in items])
            told = zip(items, states, strict=True)
            items = [item for item, words in told if words is not None and state_bits(words) & SHOWING]
        places = await self._bus.calls([extents(item.ref) for item in items])
        return [
            Facts(item.ref, item.role, item.name, item.states, item.interfaces, bounds)
            for item, place in zip(items, places, strict=True)
            if place is not None and (bounds := rect_of(place)) is not None
        ]

    async def _window(self, program: Program, frame: Ref, cache: Cache, frames: frozenset[Ref]) -> WindowTree | None:
        started_ns = time.monotonic_ns()
        try:
            facts = await self._reader.facts(frame)
        except NoAnswer:
            return None
        if not facts.states & SHOWING or facts.bounds is None or facts.bounds.empty:
            return None
        count = await self._bus.get(frame, "Accessible", "ChildCount")
        top = Branch(Item(frame, facts.role, facts.name, facts.states, facts.interfaces, 0, int(count)), None)
        complete = True
        nodes: list[Node] = []
        shown: list[Branch] = []
        url = ""
        focused: Ref | None = None
        popups: list[Item] = []
        bounds, scale = facts.bounds, self._reader.scales.of(program.name)
        try:
            async with asyncio.timeout(MAX_READ_S):
                complete = await self._structure.grow(top, cache, frames)
                shown = [branch for branch in top.in_order() if branch.item.states & SHOWING]
                popups = [each.item for each in shown if each.item.role in POPUPS]
                nodes, whole, url = await self._nodes(program, shown, bounds)
                if self._reader.scales.of(program.name) != scale:
                    # The window and what stood beside it were taken for smaller than they are.
                    bounds = (await self._reader.facts(frame)).bounds or bounds
                    nodes, whole, url = await self._nodes(program, shown, bounds)
                complete = complete and whole
        except (TimeoutError, Cut):
            complete = False
        if facts.states & ACTIVE:
            focused = next((each.item.ref for each in reversed(shown) if each.item.states & FOCUSED), None)
        return WindowTree(
            frame=frame,
            bounds=bounds,
            started_ns=started_ns,
            ended_ns=time.monotonic_ns(),
            title=facts.name,
            url=url,
            nodes=tuple(nodes),
            complete=complete,
            focused=focused,
            popups=popups,
        )

    async def _nodes(self, program: Program, shown: Sequence[Branch], window: Rect) -> tuple[list[Node], bool, str]:
        """The nodes that lie in the window, whether all was told, and the main document's address."""
        places = self._in_px(program, shown, await self._places([branch.item for branch in shown]))
        kept: list[tuple[Branch, Facts]] = []
        for branch, place in zip(shown, places, strict=True):
            if place is None:
                continue
            bounds = place[0]
            item = branch.item
            # Menus stand outside their window.
            beside = item.role not in POPUPS and bounds is not None and bounds.intersect(window).empty
            if branch.parent is not None and bounds is not None and (bounds.empty or beside):
                continue
            kept.append((branch, Facts(item.ref, item.role, item.name, item.states, item.interfaces, bounds)))
        urls = await self._urls(facts for _, facts in kept)
        texts = await self._texts(kept, window)
        nodes: list[Node] = []
        index_of: dict[Ref, int] = {}
        around: dict[int, tuple[tuple[str, ...], str]] = {}
        for (branch, facts), answer in zip(kept, texts, strict=True):
            text, lines = answer or (None, ())
            path, url = _around(branch.parent, urls, around)
            url = urls.get(facts.ref, url)
            parent = -1
            at = branch.parent
            while at is not None and (parent := index_of.get(at.item.ref, -1)) < 0:
                at = at.parent
            value = text if facts.takes_text else None
            element: Element = self._reader.made(facts, value, path, url, program.pid)
            told = "" if element.secure or text is None else text
            index_of[facts.ref] = len(nodes)
            shown_lines = () if element.secure else lines
            nodes.append(Node(element=element, parent=parent, text=told, lines=shown_lines, unread=answer is None))
        return nodes, None not in places, _main_url(kept, urls)

    def _in_px(
        self, program: Program, shown: Sequence[Branch], told: Sequence[tuple[Rect | None] | None]
    ) -> list[tuple[Rect | None] | None]:
        """The places in screen px; the pages among them tell the program's scale first."""
        scales, bus = self._reader.scales, program.name
        at = {id(branch): place[0] for branch, place in zip(shown, told, strict=True) if place is not None}
        for branch in shown:
            page, around = at.get(id(branch)), at.get(id(branch.parent))
            if branch.item.role not in DOCUMENTS or page is None or around is None:
                continue
            # A page in a page is told as that one is.
            if not any(each.role in DOCUMENTS for each in branch.above()):
                scales.learn(bus, page, around)
        if scales.of(bus) == 1.0:
            return list(told)
        own = (not any(each.role in DOCUMENTS for each in (branch.item, *branch.above())) for branch in shown)
        return [
            (scales.px(bus, place[0]),) if place is not None and mine else place
            for place, mine in zip(told, own, strict=True)
        ]

    async def _places(self, items: Sequence[Item]) -> list[tuple[Rect | None] | None]:
        # In a tuple, so that "no bounds" and "no answer" stay apart.
        places = iter(await self._bus.calls([extents(item.ref) for item in items if "Component" in item.interfaces]))
        found: list[tuple[Rect | None] | None] = []
        for item in items:
            place = next(places) if "Component" in item.interfaces else ()
            found.append(None if place is None else (rect_of(place) if place else None,))
        return found

    async def _urls(self, facts: Iterable[Facts]) -> dict[Ref, str]:
        documents = [each.ref for each in facts if each.role in DOCUMENTS]
        addresses = await asyncio.gather(*(self._reader.document_url(ref) for ref in documents))
        return dict(zip(documents, addresses, strict=True))

    async def _texts(
        self, kept: Sequence[tuple[Branch, Facts]], window: Rect
    ) -> list[tuple[str | None, tuple[TextLine, ...]] | None]:
        """(text, lines) of each leaf that has text of its own; text None for all others and for secure fields.

        None in the place of a text that nobody told: it is not one that isn't there.
        """
        found: list[tuple[str | None, tuple[TextLine, ...]] | None] = [(None, ())] * len(kept)
        asked: list[int] = []
        for index, (branch, facts) in enumerate(kept):
            if self._reader.secure(facts.ref, facts.role) or "Text" not in facts.interfaces:
                continue
            if not facts.takes_text:
                if any(child.item.states & SHOWING for child in branch.children):
                    continue
                if facts.role in NAMED_TEXT and facts.name:
                    found[index] = facts.name, ()
                    continue
            asked.append(index)
        for index, text in zip(asked, await self._reader.texts([kept[index][1].ref for index in asked]), strict=True):
            facts = kept[index][1]
            lines: tuple[TextLine, ...] = ()
            if text and facts.states & MULTI_LINE and facts.takes_text and facts.bounds is not None:
                lines = await lines_of(self._bus, facts.ref, text, facts.bounds.intersect(window))
            found[index] = None if text is None else (text, lines)
        return found


def _around(
    branch: Branch | None, urls: dict[Ref, str], known: dict[int, tuple[tuple[str, ...], str]]
) -> tuple[tuple[str, ...], str]:
    """The roles from the window down to an element, itself included, and the address that holds there."""
    waiting: list[Branch] = []
    while branch is not None and id(branch) not in known:
        waiting.append(branch)
        branch = branch.parent
    path, url = ((), "") if branch is None else known[id(branch)]
    for each in reversed(waiting):
        path, url = (*path, each.item.role), urls.get(each.item.ref, url)
        known[id(each)] = path, url
    return path, url


def _main_url(kept: Sequence[tuple[Branch, Facts]], urls: dict[Ref, str]) -> str:
    """The address of the largest document that has one."""
    documents = [facts for _, facts in kept if urls.get(facts.ref) and facts.bounds is not None]
    if not documents:
        return ""
    largest = max(documents, key=lambda facts: facts.bounds.width * facts.bounds.height if facts.bounds else 0)
    return urls[largest.ref]
