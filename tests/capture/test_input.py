"""The input source on a real X server: every event, in order, at its time, with its meaning."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xcffib
import xcffib.xproto

from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import CaptureUnavailable, DesktopEnv, Pause, Resume
from understudy.capture.x11.input import InputSource
from understudy.records.events import Grab, Key, Mark, Pointer, Raw

if TYPE_CHECKING:
    from tests.capture.conftest import Painter, Running

pytestmark = pytest.mark.desktop

ENDS = itertools.count(1)
"""Columns of the top row of pixels: where the pointer is sent to mark that all before has come."""


@pytest.fixture
def hands(desktop: VirtualDesktop) -> Iterator[XTest]:
    with XTest(desktop.display) as xtest:
        yield xtest


@pytest.fixture
def run(running: type[Running], env: DesktopEnv, hands: XTest, painter: Painter) -> Iterator[Running]:
    hands.move(600, 700)
    # Clicks on the bare root would open the window manager's menus, which grab the keyboard.
    painter.sheet(0, 0, 1280, 800, 0x202020, override=True)
    with running(InputSource(env)) as started:
        begin(started, hands)
        yield started


def begin(run: Running, hands: XTest) -> None:
    """Wait until the source sees events, then forget them."""

    def seen() -> bool:
        hands.move(601 + int(time.monotonic() * 50) % 20, 701)
        return bool(run.of(Pointer))

    run.wait(seen, "the first event")
    finish(run, hands)
    run.channel.records.clear()
    hands.clock.clear()


def finish(run: Running, hands: XTest) -> list[Raw]:
    """Wait until everything sent so far has come; all records but the end mark's own."""
    end = next(ENDS) % 1000 + 1
    hands.move(end, 0)
    run.wait(lambda: any((p.x, p.y) == (end, 0) for p in run.of(Pointer)), "the last event")
    time.sleep(0.05)
    return [record for record in run.channel.records if not (isinstance(record, Pointer) and record.y == 0)]


def tap(hands: XTest, keycode: int) -> None:
    """One physical key, whatever it means."""
    hands._send("key_down", keycode)
    hands._send("key_up", keycode)


def typed(run: Running) -> str:
    return "".join(key.text for key in run.of(Key))


def layout(desktop: VirtualDesktop, *arguments: str) -> None:
    subprocess.run(["setxkbmap", *arguments], env=desktop.env, check=True)


@pytest.fixture
def layouts(desktop: VirtualDesktop) -> Iterator[None]:
    """Whatever the test does to the keyboard is undone."""
    yield
    layout(desktop, "-layout", "us", "-variant", "", "-option", "")


def test_every_event_comes_once_in_order_at_its_time(run: Running, hands: XTest) -> None:
    hands.move(200, 200)
    hands.move(500, 420, duration_s=0.5)
    hands.click(count=2)
    for button in (2, 3, 8, 9):
        hands.click(button)
    hands.key("ctrl+c")
    hands.type_text("Hi there", delay_s=0.01)
    hands.drag(300, 300, duration_s=0.2)
    sent = list(hands.clock)
    got = finish(run, hands)
    kinds = {"key_down": "key", "key_up": "key"}
    assert [kinds.get(event.kind, event.kind) for event in sent] == [
        "key" if isinstance(record, Key) else record.kind for record in got if isinstance(record, Key | Pointer)
    ]
    assert [record.seq for record in got] == list(range(got[0].seq, got[0].seq + len(got)))
    late = 0
    for event, record in zip(sent, got, strict=True):
        if isinstance(record, Key):
            assert (record.keycode, record.down) == (event.detail, event.kind == "key_down")
        elif isinstance(record, Pointer) and record.kind == "move":
            assert (record.x, record.y) == (event.x, event.y)
        elif isinstance(record, Pointer):
            assert record.button == event.detail
        # The server's clock has whole ms, rounded down.
        assert event.before_ns - 2_000_000 <= record.time_ns
        late += record.time_ns > event.after_ns + 5_000_000
    assert late == 0
    assert all(later.time_ns >= earlier.time_ns for earlier, later in itertools.pairwise(got))


def test_a_thousand_events_a_second_are_all_there(run: Running, hands: XTest) -> None:
    for index in range(1500):
        hands.move(100 + index % 500, 100 + index // 500)
        time.sleep(0.0004)
    got = finish(run, hands)
    assert [(r.x, r.y) for r in got if isinstance(r, Pointer)] == [(100 + i % 500, 100 + i // 500) for i in range(1500)]


def test_the_wheel_gives_one_record_a_notch(run: Running, hands: XTest) -> None:
    hands.move(50, 60)
    hands.scroll(2)
    hands.scroll(-1)
    hands.scroll(1, horizontal=True)
    hands.scroll(-2, horizontal=True)
    got = finish(run, hands)
    assert [(r.kind, r.scroll_x, r.scroll_y, r.button) for r in got if isinstance(r, Pointer) and r.kind != "move"] == [
        ("scroll", 0, 1, 0),
        ("scroll", 0, 1, 0),
        ("scroll", 0, -1, 0),
        ("scroll", 1, 0, 0),
        ("scroll", -1, 0, 0),
        ("scroll", -1, 0, 0),
    ]


def test_modifiers_are_those_before_the_event(run: Running, hands: XTest) -> None:
    hands.key("ctrl+shift+x")
    hands.key_down("super")
    hands.click()
    hands.key_up("super")
    finish(run, hands)
    downs = [(key.keysym, key.modifiers, key.text) for key in run.of(Key) if key.down]
    assert downs[:3] == [("Control_L", (), ""), ("Shift_L", ("ctrl",), ""), ("X", ("shift", "ctrl"), "")]
    assert {p.modifiers for p in run.of(Pointer) if p.kind in ("down", "up")} == {("super",)}


def test_a_held_key_repeats_without_ups(run: Running, hands: XTest) -> None:
    hands.key_down("b")
    run.wait(lambda: len(run.of(Key)) >= 4, "autorepeat")
    hands.key_up("b")
    finish(run, hands)
    keys = run.of(Key)
    assert [key.repeat for key in keys] == [False, *[True] * (len(keys) - 2), False]
    assert [key.down for key in keys] == [*[True] * (len(keys) - 1), False]


def test_shift_and_control_characters(run: Running, hands: XTest) -> None:
    hands.type_text("aB1! ~\t\n", delay_s=0.005)
    hands.key("BackSpace")
    hands.key("Left")
    finish(run, hands)
    assert typed(run) == "aB1! ~\t\n"


def test_caps_lock(run: Running, hands: XTest, layouts: None) -> None:
    keycode = hands.keycode("q")
    hands.key("Caps_Lock")
    try:
        tap(hands, keycode)
        hands.key_down("Shift_L")
        tap(hands, keycode)
        hands.key_up("Shift_L")
    finally:
        hands.key("Caps_Lock")
    finish(run, hands)
    assert typed(run) == "Qq"
    assert any("caps" in key.modifiers for key in run.of(Key))


def test_german_layout_with_altgr_and_dead_keys(
    run: Running, hands: XTest, desktop: VirtualDesktop, layouts: None
) -> None:
    layout(desktop, "de")
    hands.type_text("zyÄß@€{", delay_s=0.005)
    hands.key("dead_acute")
    hands.key("e")
    hands.key("dead_circumflex")
    hands.key("A")
    finish(run, hands)
    assert typed(run) == "zyÄß@€{éÂ"
    assert "altgr" in next(key for key in run.of(Key) if key.text == "@").modifiers


def test_a_layout_changed_while_recording_counts_from_that_key_on(
    run: Running, hands: XTest, desktop: VirtualDesktop, layouts: None
) -> None:
    keycode = hands.keycode("z")
    hands.key("z")
    layout(desktop, "de")
    hands.key("y")
    layout(desktop, "us")
    hands.key("z")
    finish(run, hands)
    assert typed(run) == "zyz"
    assert {key.keycode for key in run.of(Key)} == {keycode}


def test_layout_groups(run: Running, hands: XTest, desktop: VirtualDesktop, layouts: None) -> None:
    layout(desktop, "-layout", "us,ru", "-option", "grp:shifts_toggle")
    key = hands.keycode("f")
    hands.key("f")
    hands.key_down("Shift_L")
    tap(hands, 62)  # the right Shift
    hands.key_up("Shift_L")
    tap(hands, key)
    finish(run, hands)
    assert typed(run) == "fа"


def test_characters_outside_the_layout_typed_by_remapping_a_key(
    run: Running, hands: XTest, desktop: VirtualDesktop, layouts: None
) -> None:
    subprocess.run(["xdotool", "type", "--delay", "20", "é€aж"], env=desktop.env, check=True)
    finish(run, hands)
    assert typed(run) == "é€aж"


def test_keyboard_grabs_are_told_with_their_process(run: Running, hands: XTest, desktop: VirtualDesktop) -> None:
    connection = xcffib.connect(display=desktop.display)
    root = connection.get_setup().roots[0].root
    status = connection.core.GrabKeyboard(True, root, 0, 1, 1).reply().status
    assert status == 0
    hands.key("a")
    connection.core.UngrabKeyboardChecked(0).check()
    connection.core.GrabKeyboard(True, root, 0, 1, 1).reply()
    # A program that is gone before we look at its grab has no process any more.
    run.wait(lambda: len(run.of(Grab)) == 3, "the grabs")
    connection.disconnect()
    got = finish(run, hands)
    told = [(r.held, r.pid) if isinstance(r, Grab) else "key" for r in got if isinstance(r, Grab | Key)]
    pid = os.getpid()
    assert told == [(True, pid), "key", "key", (False, pid), (True, pid), (False, pid)]


def test_a_grab_that_the_server_refused_is_none(run: Running, hands: XTest, desktop: VirtualDesktop) -> None:
    holder, other = (xcffib.connect(display=desktop.display) for _ in range(2))
    root = holder.get_setup().roots[0].root
    holder.core.GrabKeyboard(True, root, 0, 1, 1).reply()
    assert other.core.GrabKeyboard(True, root, 0, 1, 1).reply().status != 0
    other.disconnect()
    holder.disconnect()
    finish(run, hands)
    run.wait(lambda: len(run.of(Grab)) == 2, "the end of the grab")
    assert [grab.held for grab in run.of(Grab)] == [True, False]


def test_nothing_comes_while_paused(run: Running, hands: XTest) -> None:
    hands.key("a")
    finish(run, hands)
    run.channel.tell(Pause())
    time.sleep(0.3)
    before = len(run.channel.records)
    hands.key("b")
    hands.move(40, 40)
    time.sleep(0.4)
    assert len(run.channel.records) == before
    run.channel.tell(Resume())
    time.sleep(0.3)
    hands.key("c")
    finish(run, hands)
    assert typed(run) == "ac"
    seqs = [record.seq for record in run.channel.records]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), "a pause is no loss"
    assert not run.of(Mark)


def test_a_key_held_over_the_start_is_no_loss(running: type[Running], env: DesktopEnv, hands: XTest) -> None:
    hands.key_down("k")
    try:
        with running(InputSource(env)) as run:
            run.wait(lambda: run.of(Key), "autorepeat")
            hands.key_up("k")
            finish(run, hands)
            assert not run.of(Mark)
            assert run.of(Key)[0].repeat
    finally:
        hands.key_up("k")


def test_no_descriptor_is_left_open(running: type[Running], env: DesktopEnv, hands: XTest) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with running(InputSource(env)) as run:
        begin(run, hands)
    before = descriptors()
    for _ in range(3):
        with running(InputSource(env)) as run:
            begin(run, hands)
    assert descriptors() == before


def test_a_killed_server_ends_the_source(
    running: type[Running], bare_server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    display, server = bare_server
    with running(InputSource(DesktopEnv(display))) as run, XTest(display) as hands:
        begin(run, hands)
        server.kill()
        run.thread.join(10)
        assert not run.thread.is_alive()
        assert isinstance(run.error, CaptureUnavailable | ConnectionError)


def test_a_recorder_that_is_gone_ends_the_source(running: type[Running], env: DesktopEnv) -> None:
    with running(InputSource(env)) as run:
        run.channel.hang_up()
        run.thread.join(10)
        assert isinstance(run.error, EOFError)
