"""A text that its program was too slow to tell is told as unread, not as one that isn't there."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from tests.capture.one_by_one import OneByOne

from understudy.capture.x11.atspi_bus import AtspiBus
from understudy.capture.x11.atspi_calls import NoAnswer, Program, Ref
from understudy.capture.x11.atspi_names import ROLES, SHOWING
from understudy.capture.x11.atspi_reader import Reader
from understudy.capture.x11.atspi_tree import TreeReader

BUS = ":1.9"
THINGS = {"frame": ("frame", ("field", "label")), "field": ("text", ()), "label": ("static", ())}


class SlowTexts(OneByOne):
    """A program with a field and a label, both of which hold text; `slow` ones don't answer when they are asked."""

    def __init__(self, slow: tuple[str, ...]) -> None:
        self.me, self.slow = Program(BUS, 7), slow

    async def program(self, _name: str) -> Program:
        return self.me

    async def get(self, at: Ref, _interface: str, name: str) -> Any:  # noqa: ANN401 - D-Bus
        thing = at.path.removeprefix("/")
        return {"Name": "", "ChildCount": len(THINGS[thing][1]), "Parent": (BUS, "/frame")}[name]

    async def call(self, at: Ref, interface: str, member: str, *_: Any) -> Any:  # noqa: ANN401 - D-Bus
        thing = at.path.removeprefix("/")
        if at == self.me.root and member == "GetChildren":
            return [(BUS, "/frame")]
        if thing not in THINGS or interface == "Document" or (member == "GetText" and thing in self.slow):
            raise NoAnswer(member)
        role, children = THINGS[thing]
        return {
            "GetRole": ROLES.index(role),
            "GetState": [SHOWING, 0],
            "GetInterfaces": [f"org.a11y.atspi.{name}" for name in ("Accessible", "Component", "Text")],
            "GetExtents": (10, 10, 100, 30),
            "GetChildren": [(BUS, f"/{child}") for child in children],
            "GetText": "486-91-6651",
        }[member]


@pytest.mark.parametrize("slow", [(), ("field",), ("field", "label")])
def test_a_text_that_was_not_told_is_unread(slow: tuple[str, ...]) -> None:
    async def read() -> dict[str, tuple[str, bool]]:
        bus = cast(AtspiBus, SlowTexts(slow))
        (tree,) = await TreeReader(bus, Reader(bus)).windows(await bus.program(BUS))
        return {node.element.role: (node.text, node.unread) for node in tree.nodes}

    told = asyncio.run(read())
    for thing, role in (("field", "text"), ("label", "static")):
        assert told[role] == (("", True) if thing in slow else ("486-91-6651", False))
