"""Window snapshots on a real desktop with a window manager."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import DesktopEnv
from understudy.capture.x11.screen import ScreenSource
from understudy.capture.x11.windows import program_of
from understudy.records.events import RawFrame, Windows, WindowState
from understudy.records.geometry import Rect

if TYPE_CHECKING:
    from tests.capture.conftest import Painter, Running

pytestmark = pytest.mark.desktop


@pytest.fixture
def run(running: type[Running], env: DesktopEnv) -> Iterator[Running]:
    with running(ScreenSource(env)) as started:
        started.wait(lambda: started.of(Windows), "the first snapshot")
        yield started


def latest(run: Running, window: int) -> WindowState | None:
    return next((state for state in run.of(Windows)[-1].windows if state.id == window), None)


def clicked(run: Running, hands: XTest, title: str) -> bool:
    """Click into the terminal of that title; True once it has the focus and the others lie below it."""
    # It is placed by the window manager after it is first seen: look again before each click.
    state = next(state for state in run.of(Windows)[-1].windows if state.title == title)
    assert (state.program, state.app) == ("xterm", "XTerm")
    hands.move(state.rect.x + 40, state.rect.y + 40)
    hands.click()
    time.sleep(0.5)
    now = run.of(Windows)[-1]
    terminals = [state.title for state in now.windows if state.app == "XTerm"]
    return now.active == state.id and terminals[-1] == title


def test_a_window_comes_and_goes_with_all_its_facts(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(200, 150, 300, 200, 0xFFFFFF, title="Käse")
    run.wait(lambda: latest(run, sheet.id), "the window")
    state = latest(run, sheet.id)
    assert state is not None
    assert (state.title, state.app, state.pid, state.override) == ("Käse", "Sheet", os.getpid(), False)
    assert (state.rect.width, state.rect.height) == (300, 200)
    assert state.program == program_of(os.getpid()) != ""
    assert run.of(Windows)[-1].screen == Rect(0, 0, 1280, 800)
    sheet.close()
    run.wait(lambda: latest(run, sheet.id) is None, "its end")


def test_the_rect_is_the_client_area_inside_the_frame(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(300, 250, 200, 100, 0xFF0000)
    run.wait(lambda: latest(run, sheet.id), "the window")
    translated = painter.core.TranslateCoordinates(sheet.id, painter.connection.get_setup().roots[0].root, 0, 0).reply()
    run.wait(
        lambda: (
            (state := latest(run, sheet.id)) is not None
            and (state.rect.x, state.rect.y) == (translated.dst_x, translated.dst_y)
        ),
        "its place",
    )
    sheet.place(420, 333, 250, 140)
    run.wait(
        lambda: (state := latest(run, sheet.id)) is not None and (state.rect.width, state.rect.height) == (250, 140),
        "its new size",
    )


def test_a_new_title_is_a_new_snapshot(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(100, 100, 200, 100, 0x00FF00, title="one")
    run.wait(lambda: (state := latest(run, sheet.id)) is not None and state.title == "one", "the title")
    sheet.title("two")
    run.wait(lambda: (state := latest(run, sheet.id)) is not None and state.title == "two", "the new title")


def test_menus_are_told_as_override(run: Running, painter: Painter) -> None:
    menu = painter.sheet(400, 400, 120, 200, 0xAAAAAA, override=True)
    run.wait(lambda: latest(run, menu.id), "the menu")
    state = latest(run, menu.id)
    assert state is not None
    assert state.override
    assert state.rect == Rect(400, 400, 120, 200)
    assert state.pid == os.getpid()


def test_focus_and_stacking_follow_clicks_and_programs_are_named(
    run: Running, painter: Painter, desktop: VirtualDesktop
) -> None:
    terminals = [
        desktop.spawn(["xterm", "-geometry", f"30x8+{x}+100", "-T", title, "-e", "sleep", "60"])
        for x, title in ((60, "left one"), (700, "right one"))
    ]
    try:
        names = {"left one", "right one"}
        run.wait(lambda: names <= {state.title for state in run.of(Windows)[-1].windows}, "both terminals")
        with XTest(desktop.display) as hands:
            for title in ("left one", "right one", "left one"):
                run.wait(lambda wanted=title: clicked(run, hands, wanted), f"focus on {title}, which is on top", 30)
    finally:
        for terminal in terminals:
            terminal.terminate()
            terminal.wait(10)


def test_a_still_desktop_says_nothing(run: Running) -> None:
    time.sleep(0.5)
    before = len(run.channel.records)
    cpu_s = time.process_time()
    time.sleep(1.5)
    assert len(run.channel.records) == before
    assert time.process_time() - cpu_s < 0.6


def test_windows_that_die_at_once_do_no_harm(run: Running, painter: Painter) -> None:
    for index in range(30):
        window = painter.connection.generate_id()
        screen = painter.connection.get_setup().roots[0]
        painter.core.CreateWindow(24, window, screen.root, index, 0, 50, 50, 0, 1, screen.root_visual, 0, [])
        painter.core.MapWindow(window)
        painter.core.DestroyWindow(window)
        painter.sync()
    sheet = painter.sheet(10, 10, 60, 60, 0x123456)
    run.wait(lambda: latest(run, sheet.id), "a window that stays")
    assert run.error is None


def test_numbers_have_no_gap(run: Running, painter: Painter) -> None:
    painter.sheet(10, 10, 60, 60, 0x123456)
    time.sleep(0.3)
    records = run.channel.records
    assert [r.seq for r in records if isinstance(r, Windows | RawFrame)] == list(range(len(records)))


def test_the_program_is_what_a_process_was_started_as() -> None:
    assert program_of(0) == ""
    assert program_of(2**22 + 1) == ""
    assert "python" in program_of(os.getpid())
