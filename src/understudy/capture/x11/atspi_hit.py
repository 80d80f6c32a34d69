"""Which element is at a point: the program's own hit test asked down to the leaf, then up to the thing that acts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from understudy.capture.x11.atspi_bus import AtspiBus, NoAnswer, Program, Ref, all_answers
from understudy.capture.x11.atspi_names import ACTING, ACTIVE, CONTAINERS, FOCUSABLE, POPUPS, SHOWING, state_bits
from understudy.capture.x11.atspi_pointed import Pointed
from understudy.capture.x11.atspi_reader import SCREEN, Facts, Reader, rect_of
from understudy.capture.x11.atspi_tree import TreeReader
from understudy.records.elements import Element
from understudy.records.geometry import Rect

MAX_STEPS = 24
MAX_CLIMB = 8
MAX_ROUNDS = 4
AGAIN_S = 0.02
"""Pause between two hit tests. Chromium answers from what its renderer last said and asks it anew meanwhile."""
MAX_SIBLINGS = 400


class HitTest:
    """Answers "what is at (x, y)?" for programs on the bus."""

    def __init__(self, bus: AtspiBus, reader: Reader, trees: TreeReader) -> None:
        self._bus, self._reader, self._trees = bus, reader, trees

    async def at(self, program: Program, pointed: Pointed, x: int, y: int) -> tuple[Element | None, bool]:
        """(the element that acts at (x, y) in root px, whether two answers in a row agreed). Never raises NoAnswer:
        a program that doesn't answer gives (None, False)."""
        last: Ref | None = None
        try:
            for attempt in range(MAX_ROUNDS):
                if attempt:
                    await asyncio.sleep(AGAIN_S)
                leaf = await self._leaf(program, pointed, x, y)
                if leaf is None:
                    return None, False
                target = await self._acting(leaf)
                if target == last:
                    return await self._reader.element(target), True
                last = target
            return (await self._reader.element(last) if last is not None else None), False
        except NoAnswer:
            return None, False

    async def _leaf(self, program: Program, pointed: Pointed, x: int, y: int) -> Ref | None:
        frame = await self._frame(program, pointed, x, y)
        if pointed.override or frame is None:
            # A menu hangs in the tree beneath its menu bar, wherever it stands on the screen.
            popup = await self._popup(program, x, y)
            if popup is not None:
                return popup
        return None if frame is None else await self._descend(frame, x, y)

    async def _frame(self, program: Program, pointed: Pointed, x: int, y: int) -> Ref | None:
        refs = [Ref(*pair) for pair in await self._bus.call(program.root, "Accessible", "GetChildren")]
        states = await all_answers([self._bus.call(ref, "Accessible", "GetState") for ref in refs])
        places = await all_answers([self._bus.call(ref, "Component", "GetExtents", "u", SCREEN) for ref in refs])
        best: tuple[float, bool, Ref] | None = None
        for ref, words, extents in zip(refs, states, places, strict=True):
            bounds = rect_of(extents) if extents is not None else None
            bits = state_bits(words) if words is not None else 0
            if bounds is None or not bits & SHOWING or not bounds.contains(x, y):
                continue
            rated = (_overlap(bounds, pointed.rect), bool(bits & ACTIVE), ref)
            best = rated if best is None or rated > best else best
        return best[2] if best is not None else None

    async def _popup(self, program: Program, x: int, y: int) -> Ref | None:
        items = await self._trees.popup_items(program, POPUPS)
        hit = [
            (_area(each.bounds), each.ref) for each in items if each.bounds is not None and each.bounds.contains(x, y)
        ]
        return min(hit)[1] if hit else None

    async def _descend(self, frame: Ref, x: int, y: int) -> Ref:
        at = frame
        for _ in range(MAX_STEPS):
            try:
                answer = await self._bus.call(at, "Component", "GetAccessibleAtPoint", "iiu", x, y, SCREEN)
                inside = Ref(*answer)
            except NoAnswer:
                if at == frame:
                    raise
                # Not every element has bounds (GTK's tabs have none): look among its children.
                inside = Ref("", "")
            if inside == at:
                return at
            if inside.null:
                # GTK says so at a leaf, and wherever an element without bounds lies in between.
                below = await self._child_at(at, x, y)
                if below is None:
                    return at
                inside = below
            at = inside
        return at

    async def _child_at(self, parent: Ref, x: int, y: int) -> Ref | None:
        """The last (topmost) showing child whose bounds hold the point; a child without bounds counts as holding it."""
        children = [Ref(*pair) for pair in await self._bus.call(parent, "Accessible", "GetChildren")][-MAX_SIBLINGS:]
        facts = await all_answers([self._reader.facts(ref) for ref in children])
        shown = [each for each in facts if each is not None and each.states & SHOWING]
        for each in reversed(shown):
            if each.bounds is not None and each.bounds.contains(x, y):
                return each.ref
        return next((each.ref for each in reversed(shown) if _boundless(each)), None)

    async def _acting(self, leaf: Ref) -> Ref:
        """From a leaf up to the nearest thing that acts; the leaf itself where nothing above it does."""
        chain: Sequence[tuple[Ref, str]] = [(leaf, (await self._reader.facts(leaf)).role)]
        if chain[0][1] in ACTING:
            return leaf
        chain = [*chain, *(await self._reader.ancestors(leaf))[:MAX_CLIMB]]
        states = await all_answers([self._bus.call(ref, "Accessible", "GetState") for ref, _ in chain])
        for (ref, role), words in zip(chain, states, strict=True):
            if role in CONTAINERS:
                break
            if role in ACTING or (words is not None and state_bits(words) & FOCUSABLE):
                return ref
        return leaf


def _boundless(facts: Facts) -> bool:
    return facts.bounds is None or facts.bounds.empty


def _area(bounds: Rect) -> int:
    return bounds.width * bounds.height


def _overlap(one: Rect, other: Rect) -> float:
    """Common area over joint area, 0 to 1, in tenths: frames and window managers differ by a border."""
    common = _area(one.intersect(other))
    joint = _area(one) + _area(other) - common
    return round(common / joint, 1) if joint else 0.0
