"""The geometry in force: screens resized, monitors split and joined, scale told, while recording."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import DesktopEnv
from understudy.capture.x11.input import InputSource
from understudy.capture.x11.screen import ScreenSource
from understudy.records.events import Pointer, Windows
from understudy.records.geometry import Rect

if TYPE_CHECKING:
    from tests.capture.conftest import Running

pytestmark = pytest.mark.desktop

MODELINE = ("63.5", "1024", "1072", "1176", "1328", "768", "771", "775", "798")


@pytest.fixture(scope="module")
def own() -> Iterator[VirtualDesktop]:
    """A desktop of our own: its geometry is changed."""
    with VirtualDesktop(1280, 800) as running:
        yield running


def xrandr(desktop: VirtualDesktop, *words: str) -> None:
    subprocess.run(["xrandr", *words], env=desktop.env, check=True, capture_output=True, timeout=20)


def test_monitors_sizes_and_scale_are_told_as_they_change(own: VirtualDesktop, running: type[Running]) -> None:
    env = DesktopEnv.from_environment(own.env)
    with running(ScreenSource(env)) as run:
        run.wait(lambda: run.of(Windows), "the first snapshot")

        def now() -> Windows:
            return run.of(Windows)[-1]

        assert now().screen == Rect(0, 0, 1280, 800)
        assert now().monitors == (Rect(0, 0, 1280, 800),) and now().scale_percent == 100
        xrandr(own, "--setmonitor", "left", "500/130x800/200+0+0", "screen")
        xrandr(own, "--setmonitor", "right", "780/200x800/200+500+0", "none")
        run.wait(lambda: now().monitors == (Rect(0, 0, 500, 800), Rect(500, 0, 780, 800)), "two monitors")
        xrandr(own, "--delmonitor", "right")
        xrandr(own, "--delmonitor", "left")
        run.wait(lambda: now().monitors == (Rect(0, 0, 1280, 800),), "one monitor again")
        subprocess.run(["xrdb", "-merge"], input=b"Xft.dpi: 192\n", env=own.env, check=True, timeout=20)
        run.wait(lambda: now().scale_percent == 200, "the scale")
        xrandr(own, "--newmode", "small", *MODELINE)
        xrandr(own, "--addmode", "screen", "small")
        xrandr(own, "--output", "screen", "--mode", "small")
        xrandr(own, "--fb", "1024x768")
        run.wait(lambda: now().screen == Rect(0, 0, 1024, 768), "the smaller screen")
        assert now().monitors == (Rect(0, 0, 1024, 768),)
        xrandr(own, "--output", "screen", "--mode", "1280x800")
        run.wait(lambda: now().screen == Rect(0, 0, 1280, 800), "the old size")


def test_coordinates_are_those_of_the_screen_in_force(own: VirtualDesktop, running: type[Running]) -> None:
    env = DesktopEnv.from_environment(own.env)
    xrandr(own, "--output", "screen", "--mode", "1280x800")
    with running(InputSource(env)) as run, XTest(own.display) as hands:

        def reached(x: int, y: int) -> bool:
            hands.move(x - 1, y - 1)
            hands.move(x, y)
            return [(p.x, p.y) for p in run.of(Pointer)][-1:] == [(x, y)]

        run.wait(lambda: reached(1250, 780), "the far corner")
        xrandr(own, "--output", "screen", "--mode", "small")
        xrandr(own, "--fb", "1024x768")
        run.wait(lambda: reached(1000, 700), "the new corner")
        xrandr(own, "--output", "screen", "--mode", "1280x800")
    # What was recorded before the change stays as it was.
    assert (1250, 780) in [(p.x, p.y) for p in run.of(Pointer)]
