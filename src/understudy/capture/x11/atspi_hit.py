"""Which element is at a point: the program's own hit test asked down to the leaf, then up to the thing that acts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from understudy.capture.x11.atspi_bus import AtspiBus
from understudy.capture.x11.atspi_calls import Call, NoAnswer, Program, Ref, patient
from understudy.capture.x11.atspi_names import ACTING, ACTIVE, CONTAINERS, FOCUSABLE, POPUPS, SHOWING, state_bits
from understudy.capture.x11.atspi_pointed import Pointed
from understudy.capture.x11.atspi_reader import SCREEN, Facts, Reader, batched, extents, rect_of
from understudy.capture.x11.atspi_tree import TreeReader
from understudy.records.elements import Element
from understudy.records.geometry import Rect

MAX_STEPS = 24
MAX_CLIMB = 8
MAX_ROUNDS = 4
AGAIN_S = 0.02
"""Pause between two hit tests. Chromium answers from what its renderer last said and asks it anew meanwhile."""
ONE_LINE_PX = 40
"""What is higher may be a text over several lines, whose bounds hold places beside its words."""
MAX_SIBLINGS = 400
SAME_WINDOW = 0.3
"""Common area over joint area from which a pop-up and a window of the program's tree are the same one."""
TAB_PADDING_PX = 20
"""How far around its label a tab may reach (16 px to each side in GTK 3's own theme)."""


class _Frame(NamedTuple):
    """A window of the program's tree; `overlap` with the X window at the point, 0 to 1."""

    ref: Ref
    overlap: float


class HitTest:
    """Answers "what is at (x, y)?" for programs on the bus."""

    def __init__(self, bus: AtspiBus, reader: Reader, trees: TreeReader) -> None:
        self._bus, self._reader, self._trees = bus, reader, trees

    async def at(
        self, program: Program, pointed: Pointed, x: int, y: int, *, unchanged: Callable[[], bool] = lambda: True
    ) -> tuple[Element | None, bool]:
        """(the element that acts at (x, y) in root px, whether two answers in a row agreed).

        `unchanged` False: the program has told of a change that the press itself may have made; then the first answer
        is the better one. Never raises NoAnswer: a program that doesn't answer gives (None, False).
        """
        leaf: Ref | None = None
        found: Element | None = None
        same = 0
        try:
            if pointed.override:
                item = await self._popup_item(program, pointed, x, y, cached=False)
                if item is not None:
                    # Found by its place in the pop-up, asked just now: no page is behind with an answer. A press may
                    # close the pop-up before the rest is told, and the option have another place then.
                    element = await self._acting(item.ref, in_popup=True)
                    if element.bounds is None or not element.bounds.contains(x, y):
                        element = msgspec.structs.replace(element, bounds=item.bounds)
                    return element, True
            frame = await self._frame(program, pointed, x, y)
            for attempt in range(MAX_ROUNDS):
                if attempt:
                    await asyncio.sleep(AGAIN_S)
                now = await self._leaf(program, pointed, frame, x, y)
                if now is None:
                    return None, False
                if found is not None and now == leaf:
                    same += 1
                    # Chromium repeats an old answer until its page has given a new one: a busy page takes longer.
                    plain = found.id == self._reader.id_of(now)
                    if not plain or self._trees.inside(program, found.id, x, y) is None:
                        return found, True
                elif found is not None and not unchanged():
                    return found, False
                else:
                    leaf, found = now, await self._acting(now, in_popup=pointed.override)
        except NoAnswer:
            pass
        if found is not None and same == MAX_ROUNDS - 1:
            inside = self._trees.inside(program, found.id, x, y)
            if inside is None or inside.bounds is None or inside.bounds.height > ONE_LINE_PX:
                return found, True
            found = inside
        return found, False

    async def _leaf(self, program: Program, pointed: Pointed, frame: _Frame | None, x: int, y: int) -> Ref | None:
        if pointed.override or frame is None:
            # A menu hangs in the tree beneath its menu bar, wherever it stands on the screen.
            popup = await self._popup(program, pointed, frame, x, y)
            if popup is not None or frame is None or frame.overlap < SAME_WINDOW or await self._empty(frame.ref):
                # Never what lies beneath a pop-up that the program doesn't tell of yet.
                return popup
        return await self._descend(frame.ref, x, y)

    async def _frame(self, program: Program, pointed: Pointed, x: int, y: int) -> _Frame | None:
        refs = [Ref(*pair) for pair in await self._bus.call(program.root, "Accessible", "GetChildren")]
        told = await self._bus.calls(
            [call for ref in refs for call in (Call(ref, "Accessible", "GetState"), extents(ref))]
        )
        best: tuple[float, bool, Ref] | None = None
        for ref, (words, place) in zip(refs, batched(told, 2), strict=True):
            bounds = self._reader.scales.px(program.name, rect_of(place)) if place is not None else None
            bits = state_bits(words) if words is not None else 0
            if bounds is None or not bits & SHOWING or not bounds.contains(x, y):
                continue
            rated = (_overlap(bounds, pointed.rect), bool(bits & ACTIVE), ref)
            best = rated if best is None or rated > best else best
        return _Frame(best[2], best[0]) if best is not None else None

    async def _popup(self, program: Program, pointed: Pointed, frame: _Frame | None, x: int, y: int) -> Ref | None:
        found = await self._popup_item(program, pointed, x, y, cached=False)
        found = found or await self._popup_item(program, pointed, x, y, cached=True)
        if found is None and (frame is None or frame.overlap < SAME_WINDOW or await self._empty(frame.ref)):
            # Chromium's select pop-up is a window of its own on the bus, empty, if it is there at all: the options hang
            # in the page. A reading never goes before others: hundreds of calls at once would hold the program up.
            with patient():
                await self._trees.windows(program)
            found = await self._popup_item(program, pointed, x, y, cached=False)
        return found.ref if found is not None else None

    async def _empty(self, frame: Ref) -> bool:
        return not await self._bus.get(frame, "Accessible", "ChildCount")

    async def _popup_item(self, program: Program, pointed: Pointed, x: int, y: int, *, cached: bool) -> Facts | None:
        items = await self._trees.popup_items(program, POPUPS, cached=cached)
        # A list beneath the menu has items there too: menus come first, and only what lies in the pop-up's window.
        hit = [
            (each.role == "list item", _area(each.bounds), at)
            for at, each in enumerate(items)
            if each.bounds is not None
            and each.bounds.contains(x, y)
            and not (pointed.override and each.bounds.intersect(pointed.rect).empty)
        ]
        return items[min(hit)[2]] if hit else None

    async def _descend(self, frame: Ref, x: int, y: int) -> Ref:
        at = frame
        for _ in range(MAX_STEPS):
            inside = Ref("", "")
            role = "frame" if at == frame else await self._reader.role(at)
            if self._reader.scales.of(at.bus) != 1.0 and not await self._reader.in_page(at, role):
                # It would take the point for one in its own larger pixels.
                below = await self._child_at(at, role, x, y)
                if below is None:
                    return at
                at = below
                continue
            if role != "page tab":
                try:
                    inside = Ref(*await self._bus.call(at, "Component", "GetAccessibleAtPoint", "iiu", x, y, SCREEN))
                except NoAnswer:
                    if at == frame:
                        raise
                    # Not every element has bounds (GTK's tabs have none): look among its children.
            if inside == at or inside.null:
                # GTK says so at a leaf, and wherever an element without bounds lies in between. Chromium stops at the
                # list box, whose options lie in a part of the page that it keeps to itself.
                below = await self._child_at(at, role, x, y) if inside.null or role == "list box" else None
                if below is None:
                    return at
                inside = below
            at = inside
        return at

    async def _child_at(self, parent: Ref, role: str, x: int, y: int) -> Ref | None:
        """The last (topmost) showing child whose bounds hold the point; a child without bounds counts as holding it."""
        children = [Ref(*pair) for pair in await self._bus.call(parent, "Accessible", "GetChildren")][-MAX_SIBLINGS:]
        facts = await self._reader.facts_of(children)
        shown = [each for each in facts if each is not None and each.states & SHOWING]
        for each in reversed(shown):
            if each.bounds is not None and each.bounds.contains(x, y):
                return each.ref
        if role == "page tab list":
            return await self._in_notebook([each for each in shown if each.role == "page tab"], x, y)
        if role in ACTING or role == "list box":
            # What hangs beneath a GTK tab is its page, which lies elsewhere.
            return None
        return next((each.ref for each in reversed(shown) if _boundless(each)), None)

    async def _in_notebook(self, tabs: Sequence[Facts], x: int, y: int) -> Ref | None:
        """GTK hangs each page beneath its tab, and tells a tab's label for the tab: look into the pages, then take the
        tab whose label is nearest in its row."""
        for tab in tabs:
            pages = [Ref(*pair) for pair in await self._bus.call(tab.ref, "Accessible", "GetChildren")]
            for page in await self._reader.facts_of(pages[:MAX_SIBLINGS]):
                if page is not None and page.states & SHOWING and page.bounds and page.bounds.contains(x, y):
                    return page.ref
        near = [
            (max(tab.bounds.x - x, x - tab.bounds.right, 0) + max(tab.bounds.y - y, y - tab.bounds.bottom, 0), tab.ref)
            for tab in tabs
            if tab.bounds is not None and not tab.bounds.empty
        ]
        nearest = min(near, default=None)
        return nearest[1] if nearest is not None and nearest[0] <= TAB_PADDING_PX else None

    async def _acting(self, leaf: Ref, *, in_popup: bool) -> Element:
        """From a leaf up to the nearest thing that acts; the leaf itself where nothing above it does.

        `in_popup`: the X server shows a pop-up at the point.
        """
        facts = await self._reader.facts(leaf)
        if facts.role == "invalid":
            raise NoAnswer("it is gone already")
        above = (await self._reader.ancestors(leaf))[:MAX_CLIMB]
        box = next((ref for ref, role in above[:2] if role == "combo box"), None)
        if box is not None and (facts.role == "menu" or (facts.role in POPUPS and not in_popup)):
            # The list that a combo box opens lies over it in Chromium's tree, open or not, and so may its items.
            return await self._reader.element(box)
        if facts.role in ACTING or facts.role in CONTAINERS or facts.states & FOCUSABLE:
            return await self._reader.element_of(facts)
        for ref, role in above:
            if role in CONTAINERS:
                break
            if role in ACTING or state_bits(await self._bus.call(ref, "Accessible", "GetState")) & FOCUSABLE:
                return await self._reader.element(ref)
        return await self._reader.element_of(facts)


def _boundless(facts: Facts) -> bool:
    return facts.bounds is None or facts.bounds.empty


def _area(bounds: Rect) -> int:
    return bounds.width * bounds.height


def _overlap(one: Rect, other: Rect) -> float:
    """Common area over joint area, 0 to 1, in tenths: frames and window managers differ by a border."""
    common = _area(one.intersect(other))
    joint = _area(one) + _area(other) - common
    return round(common / joint, 1) if joint else 0.0
