"""The indicator's process alone, on a real desktop: on every screen, above everything, and hearing the person."""

from __future__ import annotations

import io
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
import xcffib.xproto as xp
from PIL import Image
from tests.recorder.desk_eyes import Eyes

from benchmarks.driven import Desk
from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import DesktopEnv
from understudy.recorder.children import Child
from understudy.recorder.controls import FromIndicator, IndicatorJob, IndicatorReady, Keycodes, Wanted, Wish
from understudy.recorder.picture import HEIGHT_PX, Shown, draw

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

SHOWN = Shown("recording", "Mousepad", "text kept, scrubbed", "own-work", "Ctrl+Alt+Shift+P pauses")
PAUSED = Shown("paused", "", "", "own-work", "Ctrl+Alt+Shift+P resumes")
HOTKEYS: dict[Wish, str] = {
    "pause": "ctrl+alt+shift+p",
    "stop": "ctrl+alt+shift+q",
    "forget": "ctrl+alt+shift+f",
}
WAIT_S = 30.0


class Shower:
    """The indicator's process, and what it says."""

    def __init__(self, desktop: VirtualDesktop, system_bus: str = "") -> None:
        self.desktop = desktop
        self.child: Child[FromIndicator] = Child("understudy.recorder.indicator", (), FromIndicator)
        env = DesktopEnv(
            display=desktop.display,
            session_bus_address=desktop.env["DBUS_SESSION_BUS_ADDRESS"],
            system_bus_address=system_bus,
        )
        self.child.tell(IndicatorJob(env, SHOWN, HOTKEYS))
        self.heard: list[FromIndicator] = []
        self.until(lambda: any(isinstance(one, IndicatorReady) for one in self.heard), "the indicator to be there")

    def listen(self, timeout_s: float = 0.05) -> None:
        self.heard += self.child.wire.wait(timeout_s)

    def until(self, condition: Callable[[], object], what: str) -> None:
        patience = Patience(WAIT_S)
        while not condition():
            assert not patience.over, f"waited for {what}; heard {self.heard}"
            self.listen()

    def wishes(self) -> list[Wish]:
        return [one.wish for one in self.heard if isinstance(one, Wanted)]

    def wished(self, wish: Wish) -> Wanted:
        """The next wish of that name from now on."""
        before = len(self.heard)

        def found() -> list[Wanted]:
            return [one for one in self.heard[before:] if isinstance(one, Wanted) and one.wish == wish]

        self.until(found, f"the wish {wish}")
        return found()[0]

    def run(self, *command: str) -> None:
        subprocess.run(command, env=self.desktop.env, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="module")
def desktop() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(1600, 900) as running:
        yield running


@pytest.fixture
def hands(desktop: VirtualDesktop) -> Iterator[XTest]:
    with XTest(desktop.display) as hands:
        yield hands


@pytest.fixture(scope="module")
def eyes(desktop: VirtualDesktop) -> Eyes:
    return Eyes(desktop.display)


@pytest.fixture
def shower(desktop: VirtualDesktop) -> Iterator[Shower]:
    shower = Shower(desktop)
    yield shower
    shower.child.end(5)


def expected(screen: tuple[int, int, int, int], shown: Shown = SHOWN, scale: float = 1.0) -> tuple[int, int, int, int]:
    x, y, width, _ = screen
    picture = draw(shown, scale)
    return x + min(width * 2 // 3 - picture.width // 2, width - picture.width), y, picture.width, picture.height


def sees(picture: Image.Image, place: tuple[int, int, int, int], shown: Shown = SHOWN, scale: float = 1.0) -> bool:
    """True when exactly the indicator is at that place."""
    x, y, width, height = place
    return picture.crop((x, y, x + width, y + height)).tobytes() == draw(shown, scale).tobytes()


WHOLE = (0, 0, 1600, 900)
LEFT, RIGHT = (0, 0, 900, 900), (900, 0, 700, 900)


def test_every_screen_has_one_and_follows_when_screens_come_and_go(shower: Shower, eyes: Eyes) -> None:
    shower.until(lambda: sees(eyes.picture(), expected(WHOLE)), "the indicator on the one screen")
    try:
        shower.run("xrandr", "--setmonitor", "left", "900/300x900/300+0+0", "screen")
        shower.run("xrandr", "--setmonitor", "right", "700/230x900/300+900+0", "none")
        shower.until(lambda: sees(eyes.picture(), expected(LEFT)), "one on the left screen")
        shower.until(lambda: sees(eyes.picture(), expected(RIGHT)), "one on the right screen")
        shower.child.tell(PAUSED)
        shower.until(lambda: sees(eyes.picture(), expected(LEFT, PAUSED), PAUSED), "paused, on the left")
        shower.until(lambda: sees(eyes.picture(), expected(RIGHT, PAUSED), PAUSED), "paused, on the right")
    finally:
        for name in ("right", "left"):
            subprocess.run(["xrandr", "--delmonitor", name], env=shower.desktop.env, check=False)
    shower.until(lambda: sees(eyes.picture(), expected(WHOLE, PAUSED), PAUSED), "one again")
    assert len(eyes.ours()) == 1


def test_a_screen_of_double_density_has_it_twice_as_large(shower: Shower, eyes: Eyes) -> None:
    try:
        subprocess.run(["xrdb", "-merge"], input=b"Xft.dpi: 192\n", env=shower.desktop.env, check=True)
        place = expected(WHOLE, scale=2)
        assert place[3] == 2 * HEIGHT_PX
        shower.until(lambda: sees(eyes.picture(), place, scale=2), "the large one")
    finally:
        shower.run("xrdb", "-remove")


def test_it_can_not_be_covered_moved_unmapped_or_destroyed(shower: Shower, eyes: Eyes) -> None:
    desktop, place = shower.desktop, expected(WHOLE)
    cover = desktop.spawn(["xterm", "-fullscreen", "-T", "cover"])
    try:
        with Desk(desktop.display) as desk:
            desk.find("xterm")
        time.sleep(1.0)
        shower.until(lambda: sees(eyes.picture(), place), "it above a full screen")
        (window,) = eyes.ours()
        attacks: dict[str, Callable[[], None]] = {
            "unmapped": lambda: eyes.unmap(window),
            "lowered": lambda: eyes.configure(window, xp.ConfigWindow.StackMode, xp.StackMode.Below),
            "moved away": lambda: eyes.configure(window, xp.ConfigWindow.X | xp.ConfigWindow.Y, 5000, 5000),
            "made small": lambda: eyes.configure(window, xp.ConfigWindow.Width | xp.ConfigWindow.Height, 1, 1),
            "destroyed": lambda: eyes.destroy(window),
        }
        for name, attack in attacks.items():
            assert not sees(eyes.just_after(attack), place), f"{name}, and nothing happened"
            shower.until(lambda: sees(eyes.picture(), place), f"it back after it was {name}")
        assert window not in eyes.ours()
    finally:
        cover.terminate()
        cover.wait(10)


def test_a_click_pauses_and_the_wheel_does_not(shower: Shower, hands: XTest) -> None:
    x, y, width, height = expected(WHOLE)
    hands.move(x + width // 2, y + height // 2)
    for button in (4, 5, 3):
        hands.click(button)
    before_ns = time.monotonic_ns()
    hands.click()
    after_ns = time.monotonic_ns()
    wanted = shower.wished("pause")
    assert before_ns - 1_000_000 <= wanted.time_ns <= after_ns
    assert shower.wishes() == ["pause"]


CTRL, ALT, SHIFT = 37, 64, 50
P, Q, F = 33, 24, 41


@pytest.mark.parametrize("layout", ["us", "de", "fr", "ru", "us,ru"])
def test_hotkeys_are_heard_in_every_layout(shower: Shower, eyes: Eyes, layout: str) -> None:
    try:
        shower.run("setxkbmap", layout)
        # A Q lies where the French have their A.
        stop = 38 if layout == "fr" else Q
        time.sleep(0.6)
        shower.listen()
        for wish, code in (("pause", P), ("forget", F), ("stop", stop)):
            before_ns = time.monotonic_ns()
            eyes.press(CTRL, ALT, SHIFT, code)
            wanted = shower.wished(wish)  # type: ignore[arg-type]
            assert before_ns - 1_000_000 <= wanted.time_ns <= time.monotonic_ns()
    finally:
        shower.run("setxkbmap", "us")
    if layout == "fr":
        codes = [one.codes for one in shower.heard if isinstance(one, Keycodes)]
        assert codes[0]["stop"] == 38


def test_a_screen_saver_of_the_x_server_counts_as_a_lock(shower: Shower) -> None:
    shower.run("xset", "s", "activate")
    shower.wished("locked")
    shower.run("xset", "s", "reset")
    shower.wished("unlocked")


def test_a_real_locker_is_a_lock_until_it_goes(shower: Shower, eyes: Eyes) -> None:
    locker = shower.desktop.spawn(["i3lock", "--nofork", "--color", "203040"])
    try:
        shower.wished("locked")
        shower.child.tell(Shown("locked", profile="own-work"))
        # It lies beneath the locker now, and stays there.
        shower.until(lambda: not _anything_of_ours(eyes.picture()), "the locker above everything")
        time.sleep(1.5)
        assert not _anything_of_ours(eyes.picture())
    finally:
        locker.terminate()
        locker.wait(10)
    shower.wished("unlocked")
    shower.child.tell(SHOWN)
    shower.until(lambda: sees(eyes.picture(), expected(WHOLE)), "it above everything again")


def test_a_locker_that_was_there_before_it_is_told(shower: Shower) -> None:
    locker = shower.desktop.spawn(["i3lock", "--nofork", "--color", "203040"])
    try:
        shower.wished("locked")
        shower.child.end(5)
        late = Shower(shower.desktop)
        try:
            late.until(lambda: "locked" in late.wishes(), "the lock that was there before")
            locker.terminate()
            late.until(lambda: late.wishes() == ["locked", "unlocked"], "its end")
        finally:
            late.child.end(5)
    finally:
        locker.terminate()
        locker.wait(10)


def _anything_of_ours(picture: Image.Image) -> bool:
    x, y, width, height = expected(WHOLE)
    colours = picture.crop((x, y, x + width, y + height)).getcolors(1 << 16) or []
    return any(colour == (0x1C, 0x1D, 0x21) for _, colour in colours)


def test_pictures_of_it_are_drawn_whole() -> None:
    """What the tests above compare is a picture with words in it, not a plain rectangle."""
    for scale in (1.0, 2.0):
        data = io.BytesIO()
        draw(SHOWN, scale).save(data, "PNG")
        assert len(data.getvalue()) > 1000
