"""Reads single accessibles into `Element`s and remembers what does not change: paths, documents, secure fields."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from understudy.capture.x11.atspi_bus import AtspiBus
from understudy.capture.x11.atspi_calls import Call, NoAnswer, Ref, prop
from understudy.capture.x11.atspi_names import (
    DOCUMENTS,
    EDITABLE,
    NAMED_TEXT,
    SHOWING,
    TEXT_INPUTS,
    only_bullets,
    role_name,
    state_bits,
    state_names,
)
from understudy.capture.x11.atspi_scale import Scales
from understudy.records.elements import Element, ValueClass
from understudy.records.geometry import Rect

FRESH_S = 2.0
"""How long an element's details serve for further text events without asking again."""
URL_FRESH_S = 0.5
"""How long a document's address is believed: a page may change it without any event (history.pushState)."""
MAX_LINKS = 50_000
MAX_DEPTH = 80
EMBEDDED = "\ufffc"
"""Stands in a text for each child that is no text of its own."""
SCREEN = 0
"""AT-SPI's coordinate type for root coordinates."""

_NUMBER = re.compile(r"[\d\s.,'+-]*\d[\d\s.,'+-]*")


class Facts(NamedTuple):
    """What a program says of one accessible. `states` as bits; `bounds` None without the Component interface, and
    while it isn't showing."""

    ref: Ref
    role: str
    name: str
    states: int
    interfaces: frozenset[str]
    bounds: Rect | None

    @property
    def takes_text(self) -> bool:
        """True for elements that a person types into."""
        return bool(self.states & EDITABLE) or self.role in TEXT_INPUTS


def value_class_of(text: str, *, secure: bool) -> ValueClass:
    """What kind of value a text is; "bullets" for every secure element, filled or not."""
    if secure:
        return "bullets"
    if not text:
        return "empty"
    return "number" if _NUMBER.fullmatch(text) else "text"


def rect_of(extents: Sequence[int]) -> Rect | None:
    """The rectangle of a GetExtents answer; None when the program has none (GTK says it with impossible numbers)."""
    x, y, width, height = extents
    if width < 0 or height < 0 or abs(x) > 1 << 20 or abs(y) > 1 << 20:
        return None
    return Rect(x, y, width, height)


def kinds_of(interfaces: Sequence[str]) -> frozenset[str]:
    """The last parts of interfaces' names. Programs tell the same few lists again and again."""
    return _kinds_of(tuple(interfaces))


@lru_cache(maxsize=512)
def _kinds_of(interfaces: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in interfaces)


def extents(ref: Ref) -> Call:
    """The question where an accessible stands, root coordinates; `rect_of` reads the answer."""
    return Call(ref, "Component", "GetExtents", "u", (SCREEN,))


def _questions(ref: Ref) -> tuple[Call, Call, Call, Call]:
    return (
        Call(ref, "Accessible", "GetRole"),
        prop(ref, "Accessible", "Name"),
        Call(ref, "Accessible", "GetState"),
        Call(ref, "Accessible", "GetInterfaces"),
    )


def batched(told: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The answers in groups of `size`."""
    return (told[at : at + size] for at in range(0, len(told), size))


class Reader:
    """Elements of one connection to the bus. Everything that it remembers is forgotten with it."""

    def __init__(self, bus: AtspiBus) -> None:
        self.bus = bus
        self._salt = secrets.token_bytes(16)
        self._links: dict[Ref, tuple[str, Ref]] = {}
        self._elements: dict[Ref, tuple[float, Element]] = {}
        self._urls: dict[Ref, tuple[float, str]] = {}
        self._secure: set[Ref] = set()
        self.scales = Scales()
        self._loop = asyncio.get_running_loop()

    def id_of(self, ref: Ref) -> str:
        """The element's id: the same while the element lives, meaningless outside this connection."""
        return hashlib.blake2b(f"{ref.bus}{ref.path}".encode(), digest_size=8, key=self._salt).hexdigest()

    def secure(self, ref: Ref, role: str, text: str = "") -> bool:
        """True for password fields, and for ever after; fields that show bullets for a text count as such."""
        if role == "password text" or (text and only_bullets(text)):
            self._secure.add(ref)
        return ref in self._secure

    def link(self, ref: Ref, role: str, parent: Ref) -> None:
        """Remember where an accessible hangs, learnt elsewhere."""
        if len(self._links) >= MAX_LINKS:
            self._links.clear()
        self._links[ref] = (role, parent)

    def stale(self, ref: Ref) -> None:
        """The element changed: its details are asked again next time."""
        self._elements.pop(ref, None)

    def stale_program(self, bus_name: str, *, gone: bool = False) -> None:
        """A document of the program loaded, or its windows moved; `gone`: the program left the bus."""
        for ref in [ref for ref in self._elements if ref.bus == bus_name]:
            del self._elements[ref]
        for ref in [ref for ref in self._urls if ref.bus == bus_name]:
            del self._urls[ref]
        if gone:
            self._links = {ref: link for ref, link in self._links.items() if ref.bus != bus_name}
            self._secure = {ref for ref in self._secure if ref.bus != bus_name}
            self.scales.forget(bus_name)

    async def facts(self, ref: Ref) -> Facts:
        """What the program says of one accessible, asked in one go. Raises NoAnswer."""
        (facts,) = await self.facts_of([ref])
        if facts is None:
            raise NoAnswer("the element does not answer")
        return facts

    async def facts_of(self, refs: Sequence[Ref]) -> list[Facts | None]:
        """What programs say of some accessibles, all asked together; None for each that doesn't answer."""
        told = await self.bus.calls([call for ref in refs for call in _questions(ref)])
        found: list[Facts | None] = []
        for ref, (role, name, states, interfaces) in zip(refs, batched(told, 4), strict=True):
            if role is None or name is None or states is None or interfaces is None:
                found.append(None)
            else:
                found.append(Facts(ref, role_name(role), name, state_bits(states), kinds_of(interfaces), None))
        # GTK complains on its own error output about the place of what isn't on the screen.
        told_of = [each for each in found if each is not None]
        placed = [each for each in told_of if "Component" in each.interfaces and each.states & SHOWING]
        places = await self.bus.calls([extents(each.ref) for each in placed])
        bounds: dict[Ref, Rect | None] = {}
        lost: set[Ref] = set()
        for each, place in zip(placed, places, strict=True):
            if place is None:
                lost.add(each.ref)
                continue
            bounds[each.ref] = rect_of(place)
            if self.scales.of(each.ref.bus) != 1.0 and not await self.in_page(each.ref, each.role):
                bounds[each.ref] = self.scales.px(each.ref.bus, bounds[each.ref])
        return [
            None if each is None or each.ref in lost else each._replace(bounds=bounds.get(each.ref)) for each in found
        ]

    async def in_page(self, ref: Ref, role: str) -> bool:
        """True for a document and all that is inside one. Raises NoAnswer."""
        return role in DOCUMENTS or any(kind in DOCUMENTS for _, kind in await self.ancestors(ref))

    async def role(self, ref: Ref) -> str:
        """The role of an accessible, asked once. Raises NoAnswer."""
        return (await self._linked(ref))[0]

    async def ancestors(self, ref: Ref) -> list[tuple[Ref, str]]:
        """(accessible, role) from the element's parent up to its window; the application itself is left out."""
        found: list[tuple[Ref, str]] = []
        _, parent = await self._linked(ref)
        while not parent.null and len(found) < MAX_DEPTH:
            role, above = await self._linked(parent)
            if role in ("application", "desktop frame", "invalid"):
                break
            found.append((parent, role))
            parent = above
        return found

    async def url(self, ref: Ref, role: str, above: Sequence[tuple[Ref, str]]) -> str:
        """The address of the nearest document around an element; "" outside documents or when it isn't told."""
        for each, kind in ((ref, role), *above):
            if kind in DOCUMENTS:
                return await self.document_url(each)
        return ""

    async def document_url(self, document: Ref) -> str:
        """The address of a document; "" when it has none or doesn't tell."""
        now = self._loop.time()
        known = self._urls.get(document)
        if known is not None and now - known[0] < URL_FRESH_S:
            return known[1]
        address = ""
        # Chromium and WebKit say URI, Firefox and office programs DocURL.
        for attribute in ("URI", "DocURL"):
            try:
                address = await self.bus.call(document, "Document", "GetAttributeValue", "s", attribute)
            except NoAnswer:
                break
            if address:
                break
        self._urls[document] = (now, address)
        return address

    async def text(self, ref: Ref) -> str:
        """The text of an accessible that has the Text interface. Raises NoAnswer."""
        return str(await self.bus.call(ref, "Text", "GetText", "ii", 0, -1)).replace(EMBEDDED, "")

    async def texts(self, refs: Sequence[Ref]) -> list[str | None]:
        """The texts of accessibles that have the Text interface; None for each that doesn't answer."""
        told = await self.bus.calls([Call(ref, "Text", "GetText", "ii", (0, -1)) for ref in refs])
        return [None if text is None else str(text).replace(EMBEDDED, "") for text in told]

    async def element(self, ref: Ref, *, fresh: bool = True) -> Element:
        """The element with all its details. `fresh` False takes details up to FRESH_S old. Raises NoAnswer."""
        now = self._loop.time()
        if not fresh and (known := self._elements.get(ref)) is not None and now - known[0] < FRESH_S:
            return known[1]
        return await self.element_of(await self.facts(ref))

    async def element_of(self, facts: Facts) -> Element:
        """The element whose facts were just asked, with the rest of its details. Raises NoAnswer."""
        ref, now = facts.ref, self._loop.time()
        above = await self.ancestors(ref)
        url = await self.url(ref, facts.role, above)
        text = await self.value_text(facts)
        element = self.made(facts, text, tuple(role for _, role in reversed(above)), url, await self.pid(ref))
        if len(self._elements) > 1_000:
            self._elements.clear()
        self._elements[ref] = (now, element)
        return element

    async def value_text(self, facts: Facts) -> str | None:
        """The text inside an element that takes some; None for all others. Never asked of a secure one."""
        if not facts.takes_text or "Text" not in facts.interfaces or self.secure(facts.ref, facts.role):
            return None
        try:
            return await self.text(facts.ref)
        except NoAnswer:
            return None

    def made(self, facts: Facts, text: str | None, path: tuple[str, ...], url: str, pid: int) -> Element:
        """An Element out of its parts. `path`: the roles above it; `text`: what `value_text` gave."""
        secure = self.secure(facts.ref, facts.role, text or "")
        value = text if text is not None and not secure else ""
        return Element(
            id=self.id_of(facts.ref),
            role=facts.role,
            # GTK pads the names of menu items with the room for their shortcut.
            name=facts.name if facts.role in NAMED_TEXT else facts.name.strip(),
            bounds=facts.bounds,
            states=state_names(facts.states),
            path=(*path, facts.role),
            pid=pid,
            url=url,
            secure=secure,
            value=value,
            value_class=value_class_of(value, secure=secure) if secure or text is not None else "",
        )

    async def pid(self, ref: Ref) -> int:
        """The process of an accessible's program. Raises NoAnswer."""
        return (await self.bus.program(ref.bus)).pid

    async def _linked(self, ref: Ref) -> tuple[str, Ref]:
        if (known := self._links.get(ref)) is not None:
            return known
        role, parent = await self.bus.calls([Call(ref, "Accessible", "GetRole"), prop(ref, "Accessible", "Parent")])
        if role is None or parent is None:
            raise NoAnswer("the element does not answer")
        self.link(ref, role_name(role), Ref(*parent))
        return self._links[ref]


def takes_text(element: Element) -> bool:
    """True for elements that a person types into."""
    return element.role in TEXT_INPUTS or "editable" in element.states


def without_value(element: Element) -> Element:
    """The element without its raw value."""
    return msgspec.structs.replace(element, value="")
