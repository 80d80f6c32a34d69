"""The hands: what was asked for arrives, and the log tells when."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import NotTypeable, XTest
from understudy.capture.source import CaptureUnavailable

pytestmark = pytest.mark.desktop


@pytest.fixture
def hands(desktop: VirtualDesktop) -> Iterator[XTest]:
    with XTest(desktop.display) as xtest:
        yield xtest


def test_a_smooth_move_starts_and_ends_slowly_and_arrives(hands: XTest) -> None:
    hands.move(100, 100)
    hands.clock.clear()
    hands.move(700, 400, duration_s=0.6)
    assert hands.position() == (700, 400)
    moves = hands.clock
    assert len(moves) > 20
    steps = [abs(b.x - a.x) + abs(b.y - a.y) for a, b in itertools.pairwise(moves)]
    third = len(steps) // 3
    assert max(steps[third : 2 * third]) > 2 * max(steps[:3]), "fastest in the middle"
    assert moves[-1].after_ns - moves[0].before_ns >= 400_000_000


def test_the_log_holds_each_event_with_its_interval(hands: XTest) -> None:
    hands.move(50, 50)
    hands.clock.clear()
    before_ns = time.monotonic_ns()
    hands.key_down("Shift_L")
    hands.key_up("Shift_L")
    hands.scroll(-1)
    assert [(sent.kind, sent.detail) for sent in hands.clock] == [
        ("key_down", hands.keycode("Shift_L")),
        ("key_up", hands.keycode("Shift_L")),
        ("down", 4),
        ("up", 4),
    ]
    times = [t for sent in hands.clock for t in (sent.before_ns, sent.after_ns)]
    assert times == sorted(times)
    assert before_ns <= times[0]


def test_characters_outside_the_layout_are_refused_before_the_first_key(hands: XTest) -> None:
    hands.clock.clear()
    with pytest.raises(NotTypeable, match="'ж'"):
        hands.type_text("abж")
    assert hands.clock == []
    with pytest.raises(NotTypeable, match="Nonsense"):
        hands.key("ctrl+Nonsense")
    assert hands.clock == [], "a modifier that stayed pressed would spoil all later typing"


def test_text_reaches_a_program(hands: XTest, desktop: VirtualDesktop, tmp_path: Path) -> None:
    received = tmp_path / "received"
    terminal = desktop.spawn(["xterm", "-geometry", "40x8+300+300", "-e", f"cat > {received}"])
    try:
        deadline = time.monotonic() + 30
        while not received.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # Mapped, on top and with the focus: the shell inside is up before the window is.
        found = ["xdotool", "search", "--sync", "--onlyvisible", "--class", "xterm", "windowactivate", "--sync"]
        subprocess.run(found, env=desktop.env, check=True, timeout=15, capture_output=True)
        hands.move(400, 380)
        hands.click()
        time.sleep(0.3)
        hands.type_text("A {small} test, 50% off!\n", delay_s=0.01)
        hands.key("ctrl+d")
        while received.read_text() != "A {small} test, 50% off!\n":
            assert time.monotonic() < deadline, received.read_text()
            time.sleep(0.05)
    finally:
        terminal.terminate()
        terminal.wait(10)


def test_a_display_that_is_not_there_is_named() -> None:
    with pytest.raises(CaptureUnavailable, match=":4711"):
        XTest(":4711")
