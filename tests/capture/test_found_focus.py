"""The focus that a tree shows is told only when no event has told a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from understudy.capture.x11.atspi_calls import Program, Ref
from understudy.capture.x11.atspi_desk import Desk
from understudy.capture.x11.atspi_events import Event
from understudy.records.elements import Element

DOCUMENT, SECRET = Ref(":1.7", "/document"), Ref(":1.7", "/secret")


class Told:
    """An outbox that remembers."""

    paused = False

    def __init__(self) -> None:
        self.roles: list[str] = []

    def focused(self, element: Element, _: int) -> None:
        self.roles.append(element.role)


@pytest.mark.parametrize(("event_ns", "told"), [(50, ["password text", "document web"]), (150, ["password text"])])
def test_a_tree_begun_before_the_focus_moved_tells_no_focus(event_ns: int, told: list[str]) -> None:
    async def program(name: str) -> Program:
        return Program(name, 1)

    async def element(ref: Ref, **_: bool) -> Element:
        return Element(id=ref.path, role="password text" if ref == SECRET else "document web")

    async def session() -> list[str]:
        outbox = Told()
        bus = SimpleNamespace(program=program)
        desk = Desk(cast("Any", bus), cast("Any", outbox), cast("Any", None))
        desk._reader.element = cast("Callable[..., Any]", element)  # type: ignore[method-assign]
        await desk._meet(Event("focus", SECRET), event_ns)
        for _ in range(20):
            await asyncio.sleep(0)
        await desk._found_focus(DOCUMENT, 100)
        await desk.close()
        return outbox.roles

    assert asyncio.run(session()) == told


@pytest.mark.parametrize(("shown", "read"), [(False, 1), (True, 0)])
def test_a_focus_on_what_no_tree_shows_has_the_windows_read_again(shown: bool, read: int) -> None:
    """A dialog hid a page and was closed: Chromium tells the page's focus, and nothing else of it."""

    async def program(name: str) -> Program:
        return Program(name, 1)

    async def element(ref: Ref, **_: bool) -> Element:
        return Element(id=ref.path, role="document web")

    async def session() -> int:
        asked: list[str] = []

        async def windows(program: Program) -> list[object]:
            asked.append(program.name)
            return []

        bus = SimpleNamespace(program=program, programs=programs)
        desk = Desk(cast("Any", bus), cast("Any", Told()), cast("Any", None))
        desk._reader.element = cast("Callable[..., Any]", element)  # type: ignore[method-assign]
        desk._trees.windows = cast("Callable[..., Any]", windows)  # type: ignore[method-assign]
        desk._trees.shows = cast("Callable[..., Any]", lambda *_: shown)  # type: ignore[method-assign]
        desk.crawl([1])
        await asyncio.sleep(0.1)
        asked.clear()
        await desk._meet(Event("focus", DOCUMENT), 50)
        await asyncio.sleep(1.0)
        await desk.close()
        return len(asked)

    async def programs() -> dict[str, Program]:
        return {DOCUMENT.bus: await program(DOCUMENT.bus)}

    assert asyncio.run(session()) == read
