"""Pop-ups: closed lists, windows that the program doesn't tell of yet, options told before the tree is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from tests.capture.one_by_one import OneByOne

from understudy.capture.source import Ask
from understudy.capture.x11 import atspi_desk
from understudy.capture.x11.atspi_bus import CACHE_PATH, AtspiBus
from understudy.capture.x11.atspi_calls import NoAnswer, Program, Ref
from understudy.capture.x11.atspi_desk import Desk
from understudy.capture.x11.atspi_events import Event
from understudy.capture.x11.atspi_hit import HitTest
from understudy.capture.x11.atspi_names import ROLES, SHOWING
from understudy.capture.x11.atspi_outbox import Outbox
from understudy.capture.x11.atspi_pointed import Pointed, PointedWindows
from understudy.capture.x11.atspi_reader import Reader
from understudy.capture.x11.atspi_tree import TreeReader
from understudy.records.elements import Element
from understudy.records.geometry import Rect

BUS = ":1.5"
WINDOW = Rect(10, 30, 1000, 720)
POPUP = Rect(74, 112, 84, 98)


def ref(name: str) -> Ref:
    return Ref(BUS, f"/{name}")


@dataclass
class Thing:
    """One accessible of the made-up program."""

    role: str
    parent: str
    bounds: Rect | None
    children: tuple[str, ...] = ()
    showing: bool = True


class MadeUpBus(OneByOne):
    """A program with a page that holds a combo box of two options; answers as Chromium does, from `things`."""

    def __init__(self, *, open_list: bool) -> None:
        self.me = Program(BUS, 7)
        option = Rect(75, 137, 65, 24)
        self.things = {
            "root": Thing("application", "", None, ("frame",)),
            "frame": Thing("frame", "root", WINDOW, ("page",)),
            "page": Thing("document web", "frame", WINDOW, ("combo",)),
            "combo": Thing("combo box", "page", Rect(74, 93, 85, 20), ("menu",)),
            "menu": Thing("menu", "combo", Rect(74, 93, 85, 11), ("austria", "belgium") if open_list else ()),
            "austria": Thing("menu item", "menu", Rect(75, 113, 65, 24), showing=open_list),
            "belgium": Thing("menu item", "menu", option, showing=open_list),
        }
        self.hit = "page"
        self.asked: list[str] = []

    async def program(self, name: str) -> Program:
        assert name == BUS
        return self.me

    async def programs(self) -> dict[str, Program]:
        return {BUS: self.me}

    def _thing(self, at: Ref) -> Thing:
        return self.things["root" if at == self.me.root else at.path.removeprefix("/")]

    async def get(self, at: Ref, interface: str, name: str) -> Any:  # noqa: ANN401 - D-Bus
        thing = self._thing(at)
        match name:
            case "Name":
                return at.path.removeprefix("/")
            case "ChildCount":
                return len(thing.children)
            case "Parent":
                return (BUS, self.me.root.path if thing.parent == "root" else f"/{thing.parent}")
        raise NoAnswer(f"{interface} {name}")

    async def call(self, at: Ref, interface: str, member: str, signature: str = "", *values: Any) -> Any:  # noqa: ANN401
        self.asked.append(member)
        if at.path == CACHE_PATH or interface == "Document":
            raise NoAnswer(member)
        thing = self._thing(at)
        match member:
            case "GetRole":
                return ROLES.index(thing.role)
            case "GetState":
                return [SHOWING, 0] if thing.showing else [0, 0]
            case "GetInterfaces":
                return ["org.a11y.atspi.Accessible", "org.a11y.atspi.Component"]
            case "GetExtents":
                box = thing.bounds
                return (box.x, box.y, box.width, box.height) if box is not None else (0, 0, -1, -1)
            case "GetChildren":
                return [(BUS, f"/{child}") for child in thing.children]
            case "GetAccessibleAtPoint":
                return (BUS, f"/{self.hit}")
        raise NoAnswer(member)


Scene = Callable[[HitTest, TreeReader, MadeUpBus], Awaitable[None]]


def played(scene: Scene, *, open_list: bool) -> None:
    async def play() -> None:
        bus = MadeUpBus(open_list=open_list)
        reader = Reader(cast(AtspiBus, bus))
        trees = TreeReader(cast(AtspiBus, bus), reader)
        await scene(HitTest(cast(AtspiBus, bus), reader, trees), trees, bus)

    asyncio.run(play())


def test_an_option_of_a_closed_list_is_the_combo_box() -> None:
    async def scene(hits: HitTest, trees: TreeReader, bus: MadeUpBus) -> None:
        bus.hit = "belgium"
        element, stable = await hits.at(bus.me, Pointed(7, WINDOW, override=False), 80, 100)
        assert element is not None
        assert (element.role, stable) == ("combo box", True)

    played(scene, open_list=False)


def test_the_list_of_a_combo_box_is_nothing_more_inside_it() -> None:
    async def scene(hits: HitTest, trees: TreeReader, bus: MadeUpBus) -> None:
        await trees.windows(bus.me)
        bus.hit = "combo"
        element, stable = await hits.at(bus.me, Pointed(7, WINDOW, override=False), 80, 100)
        assert element is not None
        assert (element.role, stable) == ("combo box", True)
        assert bus.asked.count("GetAccessibleAtPoint") <= 4, "asked again and again: the tree gave a reason to doubt"

    played(scene, open_list=True)


def test_what_lies_beneath_a_pop_up_is_never_told_for_it() -> None:
    async def scene(hits: HitTest, trees: TreeReader, bus: MadeUpBus) -> None:
        element, stable = await hits.at(bus.me, Pointed(7, POPUP, override=True), 100, 150)
        assert (element, stable) == (None, False)

    played(scene, open_list=False)


def test_an_option_is_told_at_the_first_question() -> None:
    async def scene(hits: HitTest, trees: TreeReader, bus: MadeUpBus) -> None:
        # The windows were not read since the pop-up opened: the question reads them.
        element, stable = await hits.at(bus.me, Pointed(7, POPUP, override=True), 100, 150)
        assert element is not None
        assert element.name == "belgium"
        element, stable = await hits.at(bus.me, Pointed(7, POPUP, override=True), 100, 150)
        assert element is not None
        assert (element.name, element.bounds, stable) == ("belgium", Rect(75, 137, 65, 24), True)

    played(scene, open_list=True)


def test_options_can_be_pointed_at_before_the_window_is_read() -> None:
    async def scene(hits: HitTest, trees: TreeReader, bus: MadeUpBus) -> None:
        await trees.opened(bus.me, ref("austria"), "menu item")
        bus.asked.clear()
        element, stable = await hits.at(bus.me, Pointed(7, POPUP, override=True), 100, 150)
        assert element is not None
        assert (element.name, stable) == ("belgium", True)
        assert "GetChildren" not in bus.asked, "no window was read"

    played(scene, open_list=True)


class Told(Outbox):
    """Keeps the answers."""

    def __init__(self) -> None:
        self.paused = False
        self.answers: list[Element | None] = []

    def asked(self, ask: Ask, element: Element | None, *, stable: bool) -> None:
        self.answers.append(element)


class PopupAt(PointedWindows):
    """Always the same pop-up."""

    def __init__(self) -> None:
        pass

    def at(self, x: int, y: int) -> Pointed:
        return Pointed(7, POPUP, override=True)


class LateHits:
    """Tells nothing twice, then the option."""

    def __init__(self) -> None:
        self.asked = 0

    async def at(self, *_: object, **__: object) -> tuple[Element | None, bool]:
        self.asked += 1
        return (Element(id="b", role="menu item", name="belgium"), True) if self.asked > 2 else (None, False)


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not met():
            await asyncio.sleep(0.01)


def test_where_nothing_was_told_it_is_asked_again_while_the_pointer_rests() -> None:
    async def scene() -> None:
        out, hits = Told(), LateHits()
        desk = Desk(cast(AtspiBus, MadeUpBus(open_list=True)), out, PopupAt())
        desk._hits = cast(HitTest, hits)
        desk.ask(Ask(100, 150, time.monotonic_ns(), "rest"))
        await until(lambda: len(out.answers) == 2)
        assert [answer and answer.name for answer in out.answers] == [None, "belgium"]
        assert hits.asked == 3
        await desk.close()

    asyncio.run(scene())


def test_a_window_that_opens_just_after_a_reading_began_is_read_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atspi_desk, "BETWEEN_S", 1000.0)
    read: list[str] = []

    async def windows(program: Program) -> list[Any]:
        read.append(program.name)
        return []

    async def scene() -> None:
        desk = Desk(cast(AtspiBus, MadeUpBus(open_list=True)), Told(), PopupAt())
        monkeypatch.setattr(desk._trees, "windows", windows)
        desk.crawl([7])
        await until(lambda: len(read) == 1)
        desk._heard(desk._watched[BUS], Event("window", ref("frame")), time.monotonic_ns())
        await until(lambda: len(read) == 2)
        await desk.close()

    asyncio.run(scene())
