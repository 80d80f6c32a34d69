"""Reads what hangs beneath what in a program: the structure of its windows, from its cache or by walking them.

A program that keeps AT-SPI's cache gives its whole structure in one answer (210 elements in 6 ms; walking them takes
160 ms). The cache is not trusted: Chromium leaves whole windows out of it. Wherever it doesn't hold as many children
as an element says it has, the children are asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from understudy.capture.x11.atspi_bus import CACHE_PATH, AtspiBus
from understudy.capture.x11.atspi_calls import Call, NoAnswer, Program, Ref, prop
from understudy.capture.x11.atspi_names import SHOWING, role_name, state_bits
from understudy.capture.x11.atspi_reader import Reader, kinds_of

_log = logging.getLogger(__name__)

MAX_NODES = 4_000
MAX_CHILDREN = 4_000
"""Most children of one element that are looked at (3,000 rows cost 0.2 s): a table of a million is not read whole."""
MAX_PLAIN = 20_000
"""Most runs of text that are remembered as such; all are forgotten beyond."""
MAX_CACHED = 2_500
"""A program whose cache holds more is walked: building the answer would hold the program up for over 80 ms."""
CACHE_TIMEOUT_S = 0.6
"""Longest wait for a whole cache: ten times what one of MAX_CACHED takes on an idle machine."""
BUSY_S, LARGE_S, FOR_EVER = 10.0, 60.0, float("inf")
"""How long a program is walked that was too busy to tell its cache, and one whose cache is large: its page may change.
Walking costs five times the calls."""


class Item(NamedTuple):
    """An accessible in its place: the `place`-th child of its parent, with so many children of its own."""

    ref: Ref
    role: str
    name: str
    states: int
    interfaces: frozenset[str]
    place: int
    child_count: int


@dataclass
class Cache:
    """What a program's cache holds; empty when it has none."""

    items: dict[Ref, Item] = field(default_factory=dict)
    children: dict[Ref, list[Item]] = field(default_factory=dict)

    def whole(self, item: Item) -> list[Item] | None:
        """The children of an element in order, None when the cache doesn't hold exactly those that it has."""
        held = self.children.get(item.ref)
        if held is None:
            return None if item.child_count else []
        if len(held) != item.child_count or any(child.place != i for i, child in enumerate(held)):
            return None
        return held


@dataclass
class Branch:
    """An element on the way through a window."""

    item: Item
    parent: Branch | None
    children: list[Branch] = field(default_factory=list)

    def above(self) -> list[Item]:
        """What it hangs beneath, nearest first."""
        found = []
        parent = self.parent
        while parent is not None:
            found.append(parent.item)
            parent = parent.parent
        return found

    def in_order(self) -> list[Branch]:
        """Itself and everything beneath it, in document order."""
        found: list[Branch] = []
        waiting = [self]
        while waiting:
            branch = waiting.pop()
            found.append(branch)
            waiting.extend(reversed(branch.children))
        return found


class Cut(Exception):
    """More than MAX_NODES show."""


class StructureReader:
    """Hangs elements beneath each other; remembers which programs have a cache worth asking, and what is bare text."""

    def __init__(self, bus: AtspiBus, reader: Reader) -> None:
        self._bus, self._reader = bus, reader
        self._walked: dict[str, float] = {}
        """Programs that are walked, each until that time of the loop."""
        self._plain: dict[Ref, frozenset[str]] = {}

    def left(self, name: str) -> None:
        """A program left the bus."""
        self._walked.pop(name, None)
        self._plain = {ref: kinds for ref, kinds in self._plain.items() if ref.bus != name}

    async def cache(self, program: Program) -> Cache:
        """What the program's cache holds now; empty for programs that are walked."""
        now_s = asyncio.get_running_loop().time()
        if now_s < self._walked.get(program.name, 0.0):
            return Cache()
        question = Call(Ref(program.name, CACHE_PATH), "Cache", "GetItems", timeout_s=CACHE_TIMEOUT_S)
        try:
            rows = await self._bus.answer(question)
        except NoAnswer as none:
            self._walked[program.name] = now_s + BUSY_S if none.late else FOR_EVER
            _log.info("process %d tells no cache of elements; walking", program.pid)
            return Cache()
        if len(rows) > MAX_CACHED:
            self._walked[program.name] = now_s + LARGE_S
        cache = Cache()
        items, children = cache.items, cache.children
        for row in rows:
            item = _cached(row)
            if item is None:
                # The form of GTK 3.0 and Qt 4, which lists children instead of telling an index.
                self._walked[program.name] = FOR_EVER
                return Cache()
            items[item.ref] = item
            parent = Ref(*row[2])
            held = children.get(parent)
            if held is None:
                children[parent] = [item]
            else:
                held.append(item)
            self._reader.link(item.ref, item.role, parent)
        for held in children.values():
            if len(held) > 1:
                held.sort(key=_place_of)
        return cache

    async def grow(self, top: Branch, cache: Cache, frames: frozenset[Ref]) -> bool:
        """Hang every element beneath `top`, other windows (`frames`) apart, which Chromium hangs beneath their owner.

        False when something was left out. Raises Cut.
        """
        complete = True
        level, seen = [top], 1
        while level:
            asked: list[Branch] = []
            below: list[Branch] = []
            for branch in level:
                held = cache.whole(branch.item)
                if held is not None:
                    if held:
                        branch.children = [Branch(item, branch) for item in held if item.ref not in frames]
                        below.extend(branch.children)
                elif branch.item.states & SHOWING or branch.item.role == "frame":
                    asked.append(branch)
            for branch, items, whole in await self._below(asked, cache):
                complete = complete and whole
                branch.children = [Branch(item, branch) for item in items if item.ref not in frames]
                for item in items:
                    self._reader.link(item.ref, item.role, branch.item.ref)
                below.extend(branch.children)
            seen += sum(1 for branch in below if branch.item.states & SHOWING)
            if seen > MAX_NODES:
                raise Cut
            level = below
        return complete

    async def _below(self, asked: Sequence[Branch], cache: Cache) -> list[tuple[Branch, list[Item], bool]]:
        """The showing children of each of these by asking them, and whether all could be read."""
        if not asked:
            return []
        told = await self._bus.calls([Call(branch.item.ref, "Accessible", "GetChildren") for branch in asked])
        refs = [[ref for pair in pairs or () if not (ref := Ref(*pair)).null] for pairs in told]
        near = [each[:MAX_CHILDREN] for each in refs]
        states = iter(await self._bus.calls([Call(ref, "Accessible", "GetState") for each in near for ref in each]))
        showing: list[list[tuple[Ref, int]]] = []
        whole: list[bool] = []
        for pairs, each, all_refs in zip(told, near, refs, strict=True):
            words = [next(states) for _ in each]
            showing.append([(r, bits) for r, w in zip(each, words, strict=True) if w is not None
                            and (bits := state_bits(w)) & SHOWING])  # fmt: skip
            # An element that went away between two answers has no states: the next event brings another reading.
            whole.append(pairs is not None and len(all_refs) <= MAX_CHILDREN and None not in words)
        wanted = [(ref, bits, i) for each in showing for i, (ref, bits) in enumerate(each)]
        items = iter(await self._items(wanted, cache))
        found: list[tuple[Branch, list[Item], bool]] = []
        for branch, each_showing, all_told in zip(asked, showing, whole, strict=True):
            made = [next(items) for _ in each_showing]
            known = [item for item in made if item is not None]
            found.append((branch, known, all_told and len(known) == len(made)))
        return found

    async def _items(self, wanted: Sequence[tuple[Ref, int, int]], cache: Cache) -> list[Item | None]:
        """(accessible, states, place among its siblings) → what it is; None for each that doesn't answer."""
        calls: list[Call] = []
        for ref, _, _ in wanted:
            if ref in cache.items:
                continue
            calls.append(prop(ref, "Accessible", "Name"))
            # A run of text stays one for as long as it lives: only its words are asked anew.
            if ref not in self._plain:
                calls.append(Call(ref, "Accessible", "GetRole"))
                calls.append(Call(ref, "Accessible", "GetInterfaces"))
                calls.append(prop(ref, "Accessible", "ChildCount"))
        plain = {ref: kinds for ref, _, _ in wanted if (kinds := self._plain.get(ref)) is not None}
        told = iter(await self._bus.calls(calls))
        found: list[Item | None] = []
        for ref, states, place in wanted:
            if (cached := cache.items.get(ref)) is not None:
                found.append(cached._replace(states=states, place=place))
                continue
            name = next(told)
            if (known := plain.get(ref)) is not None:
                found.append(None if name is None else Item(ref, "static", name, states, known, place, 0))
                continue
            role, interfaces, count = next(told), next(told), next(told)
            if name is None or role is None or interfaces is None or count is None:
                found.append(None)
                continue
            kinds = kinds_of(interfaces)
            if role_name(role) == "static" and not count:
                if len(self._plain) >= MAX_PLAIN:
                    self._plain.clear()
                self._plain[ref] = kinds
            found.append(Item(ref, role_name(role), name, states, kinds, place, int(count)))
        return found


def _cached(row: Sequence[Any]) -> Item | None:
    if len(row) != 10:
        return None
    ref, _, _, index, count, interfaces, name, role, _, states = row
    return Item(Ref(*ref), role_name(role), name, state_bits(states), kinds_of(interfaces), index, count)


def _place_of(item: Item) -> int:
    return item.place
