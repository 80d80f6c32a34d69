"""The entry in a real panel (Xfce's): it is there, its menu works, and clicks on it are no part of a recording."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.recorder.desk_eyes import Eyes

from benchmarks.driven import Recorder, wait_until
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.recorder.picture import icon

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

PANEL = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=10;x=640;y=780"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="32"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
"""
"""A panel along the lower edge with nothing on it but entries like ours, on the left."""

POLICY = """\
version = 1
profile = "own-work"
unknown_apps = true
default_keys = "text"
"""
"""The panel is in scope, as any program is: what is not recorded is left out for another reason."""

XFCONF = "/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd"
PLACE = (0, 760, 40, 800)
RECORDING_RED, PAUSED_AMBER = (0xF0, 0x48, 0x4E), (0xF5, 0xA5, 0x24)


@pytest.fixture(scope="module")
def desktop() -> Iterator[VirtualDesktop]:
    with VirtualDesktop() as running:
        folder = running.home / ".config/xfce4/xfconf/xfce-perchannel-xml"
        folder.mkdir(parents=True)
        (folder / "xfce4-panel.xml").write_text(PANEL)
        found = sorted(Path("/usr/lib").glob("*/xfce4/xfconf/xfconfd"))
        running.spawn([str(found[0]) if found else XFCONF])
        running.spawn(["xfce4-panel", "--disable-wm-check"])
        yield running


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 8 for a, b in zip(one[:3], other[:3], strict=True))


def entry(eyes: Eyes, colour: tuple[int, int, int]) -> tuple[int, int] | None:
    """The middle of our entry in the panel, when its sign has that colour."""
    picture = eyes.picture().crop(PLACE)
    spots = [
        (x, y)
        for x in range(picture.width)
        for y in range(picture.height)
        if near(picture.getpixel((x, y)), colour)  # type: ignore[arg-type]
    ]
    if len(spots) < 10:
        return None
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    return PLACE[0] + (min(xs) + max(xs)) // 2, PLACE[1] + (min(ys) + max(ys)) // 2


def test_the_panel_entry_pauses_forgets_and_stops(desktop: VirtualDesktop, tmp_path: Path) -> None:
    eyes = Eyes(desktop.display)
    with XTest(desktop.display) as hands, Recorder(desktop, tmp_path, policy=POLICY) as recorder:
        recorder.begin()
        wait_until(lambda: entry(eyes, RECORDING_RED) or entry(eyes, (0x8B, 0x8D, 0x98)), "the entry in the panel", 40)
        x, y = entry(eyes, RECORDING_RED) or entry(eyes, (0x8B, 0x8D, 0x98)) or (0, 0)

        hands.move(x, y, 0.2)
        time.sleep(1.0)
        hands.click()
        wait_until(lambda: entry(eyes, PAUSED_AMBER), "the sign of a pause", 30)
        time.sleep(0.5)
        hands.click()
        wait_until(lambda: not entry(eyes, PAUSED_AMBER), "the sign to go", 30)
        time.sleep(1.0)

        before = eyes.picture()
        hands.click(3)
        wait_until(lambda: _differs(before, eyes), "the menu", 30)
        time.sleep(0.5)
        # First the line that says what is recorded, which can't be chosen; then Pause, then Forget.
        hands.key("Down")
        hands.key("Down")
        hands.key("Return")
        wait_until(lambda: "are forgotten" in recorder.said(), "it to be forgotten", 30)

        time.sleep(0.5)
        hands.click(3)
        wait_until(lambda: _differs(before, eyes), "the menu once more", 30)
        time.sleep(0.5)
        hands.key("Up")
        hands.key("Return")
        assert recorder.wait() == 0
        recording = recorder.recording()
    assert recorder.verdict() == "whole"
    assert [mark.kind for mark in recording.mark if mark.kind in ("start", "forgotten", "stop")] == [
        *("start", "forgotten", "stop")
    ]
    # Moves over the panel are there: it is in scope. Clicks on our entry aren't.
    assert any(one.kind == "move" for one in recording.pointer) or not recording.pointer
    assert not [one for one in recording.pointer if one.kind in ("down", "up")]
    assert ("own_window", "pointer") in {(mark.reason, mark.what) for mark in recording.mark}


def _differs(before: object, eyes: Eyes) -> bool:
    picture = eyes.picture()
    return picture.crop((0, 500, 300, 750)).tobytes() != before.crop((0, 500, 300, 750)).tobytes()  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ["recording", "elsewhere", "paused", "locked"])
def test_every_state_has_a_sign_of_its_own(state: str) -> None:
    signs = {icon(each, 22).tobytes() for each in ("recording", "elsewhere", "paused")}
    assert len(signs) == 3
    assert icon(state, 22).size == (22, 22)  # type: ignore[arg-type]
