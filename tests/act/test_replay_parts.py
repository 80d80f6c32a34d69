"""A replay's hands, eyes and windows, each alone; and a replay's pace and stops with fakes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import xcffib
import xcffib.xproto

from benchmarks.driven import wait_until
from understudy.act.desktop import VirtualDesktop
from understudy.act.replay import Pace, Replay, ReplayStopped
from understudy.act.replay_eyes import Eyes, same
from understudy.act.replay_hands import Hands
from understudy.act.replay_plan import Planned
from understudy.act.replay_windows import Stage, WindowMissing
from understudy.act.xtest import NotTypeable, XTest
from understudy.capture.source import Ask, Channel, SourceName, Stop
from understudy.records.actions import Action, Step
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Windows, WindowState
from understudy.records.geometry import Rect

BUTTON = Element(id="1", role="push button", name="Save", states=("enabled", "sensitive"))


# --- eyes ------------------------------------------------------------------------------------------------------------


class Told:
    """A source that knows one element, usable only from the third question on."""

    name: SourceName = "elements"

    def __init__(self) -> None:
        self.asked = 0

    def run(self, channel: Channel) -> None:
        focus = ElementAt(time_ns=1, seq=0, cause="focus", element=BUTTON, asked_ns=1)
        channel.send([focus])
        while True:
            for control in channel.poll(0.1):
                if isinstance(control, Stop):
                    return
                assert isinstance(control, Ask)
                self.asked += 1
                states = BUTTON.states if self.asked >= 3 else ("sensitive",)
                element = Element(id="9", role=BUTTON.role, name=BUTTON.name, states=states)
                told = ElementAt(time_ns=2, seq=1, cause="press", element=element, asked_ns=control.time_ns)
                channel.send([told])


def test_an_element_is_waited_for_until_it_takes_presses() -> None:
    source = Told()
    with Eyes(source) as eyes:
        assert eyes.wait_at(BUTTON, 5, 5, patience_s=10)
        assert source.asked == 3
        assert eyes.wait_focus(BUTTON, patience_s=10)
        other = Element(id="1", role="push button", name="Delete")
        assert not eyes.wait_at(other, 5, 5, patience_s=0.2)
        assert not eyes.wait_focus(other, patience_s=0.1)


@pytest.mark.parametrize(
    ("name", "role", "expected"),
    [
        ("Save", "push button", True),
        ("", "push button", True),
        ("Mail to <EMAIL_1>", "push button", True),
        ("<THIRD_PARTY>", "push button", True),
        ("Delete", "push button", False),
        ("Save", "link", False),
    ],
)
def test_an_element_is_known_by_role_and_by_the_name_that_was_kept(name: str, role: str, expected: bool) -> None:
    assert same(Element(id="1", role=role, name=name), BUTTON) is expected


# --- hands -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def xtest(desktop: VirtualDesktop) -> Iterator[XTest]:
    with XTest(desktop.display) as made:
        yield made


def sent(xtest: XTest) -> list[tuple[str, int]]:
    return [(one.kind, one.detail) for one in xtest.clock]


@pytest.mark.desktop
def test_modifiers_are_held_around_a_click_and_under_a_repeated_hotkey(xtest: XTest) -> None:
    ctrl, alt, tab = (xtest.keycode(name) for name in ("ctrl", "alt", "Tab"))
    with Hands(xtest) as hands:
        hands.perform(Action(kind="click", start_ns=0, end_ns=1, x=1, y=1, button="right", modifiers=("ctrl",)), "")
        assert sent(xtest) == [("key_down", ctrl), ("down", 3), ("up", 3), ("key_up", ctrl)]
        xtest.clock.clear()
        hands.perform(Action(kind="hotkey", start_ns=0, end_ns=1, keys=("alt", "Tab"), count=2), "")
        taps = [("key_down", tab), ("key_up", tab)] * 2
        assert sent(xtest) == [("key_down", alt), *taps, ("key_up", alt)]


@pytest.mark.desktop
def test_a_drag_follows_its_path_at_its_pace(xtest: XTest) -> None:
    path = ((0, 10, 10), (100_000_000, 40, 10), (300_000_000, 90, 50))
    action = Action(kind="drag", start_ns=0, end_ns=350_000_000, x=10, y=10, to_x=90, to_y=50, path=path, button="left")
    with Hands(xtest) as hands:
        hands.approach(action)
        xtest.clock.clear()
        hands.perform(action, "")
    kinds = [one.kind for one in xtest.clock]
    assert kinds[0] == "down" and kinds[-1] == "up"
    assert [(one.x, one.y) for one in xtest.clock if one.kind == "move"] == [(40, 10), (90, 50), (90, 50)]
    assert xtest.clock[-1].after_ns - xtest.clock[0].before_ns >= 350_000_000


@pytest.mark.desktop
def test_nothing_stays_pressed_when_something_goes_wrong(xtest: XTest) -> None:
    with pytest.raises(RuntimeError), Hands(xtest) as hands:
        hands._xtest.click = lambda *_: (_ for _ in ()).throw(RuntimeError("gone"))  # type: ignore[method-assign]
        hands.perform(Action(kind="click", start_ns=0, end_ns=1, x=1, y=1, modifiers=("ctrl", "shift")), "")
    downs = [detail for kind, detail in sent(xtest) if kind == "key_down"]
    ups = [detail for kind, detail in sent(xtest) if kind == "key_up"]
    assert downs and ups == downs[::-1]


@pytest.mark.desktop
def test_a_key_that_the_layout_lacks_presses_nothing(xtest: XTest) -> None:
    with Hands(xtest) as hands, pytest.raises(NotTypeable):
        hands.perform(Action(kind="hotkey", start_ns=0, end_ns=1, keys=("ctrl", "Cyrillic_zhe")), "")
    assert xtest.clock == []


# --- windows ---------------------------------------------------------------------------------------------------------


def window(number: int, title: str, rect: Rect) -> WindowState:
    return WindowState(id=number, rect=rect, program="xterm", app="XTerm", title=title)


@pytest.mark.desktop
def test_windows_are_told_apart_by_title_placed_and_made_active(desktop: VirtualDesktop) -> None:
    first = window(1, "left desk", Rect(30, 60, 300, 200))
    second = window(2, "right desk", Rect(400, 80, 320, 210))
    recorded = Windows(time_ns=0, seq=0, active=1, windows=(first, second), screen=Rect(0, 0, 1280, 800))
    # Started the other way round.
    running = [desktop.spawn(["xterm", "-T", title, "-e", "cat"]) for title in ("right desk", "left desk")]
    try:
        with Stage(desktop.display) as stage:
            stage.set_up(recorded, frozenset({1, 2}), patience_s=20)
            live = {each.title: each for each in stage._look().windows}
            for wanted in (first, second):
                place = live[wanted.title].rect
                assert (place.x, place.y) == (wanted.rect.x, wanted.rect.y)
                # An xterm is as large as whole characters make it.
                assert abs(place.width - wanted.rect.width) < 20 and abs(place.height - wanted.rect.height) < 20
            assert stage._look().active == live["left desk"].id
            absent = WindowState(id=3, rect=first.rect, program="mousepad", app="Mousepad", title="secret title")
            with pytest.raises(WindowMissing, match="no window of mousepad") as missing:
                stage.get_ready(absent, recorded, 0.2, for_keys=False)
            assert "secret" not in str(missing.value)
    finally:
        for process in running:
            process.terminate()
            process.wait(10)


def act_on_the_editor(stage: Stage) -> None:
    """As a step does that clicks into an editor with nothing opened, once its window is there."""
    wait_until(lambda: "Untitled 1 - Mousepad" in [each.title for each in stage._look().windows], "the editor's window")
    live = next(each for each in stage._look().windows if each.title == "Untitled 1 - Mousepad")
    wanted = WindowState(id=1, rect=live.rect, program="mousepad", app="Mousepad", title=live.title)
    recorded = Windows(time_ns=0, seq=0, active=1, windows=(wanted,), screen=Rect(0, 0, 1280, 800))
    stage.get_ready(wanted, recorded, patience_s=20, for_keys=False)


@pytest.mark.desktop
def test_a_program_has_heard_once_it_answers(desktop: VirtualDesktop) -> None:
    editor = desktop.spawn(["mousepad", "--disable-server"])
    with Stage(desktop.display) as stage:
        try:
            act_on_the_editor(stage)
            assert stage.wait_until_heard(20)
            os.killpg(editor.pid, signal.SIGSTOP)
            assert not stage.wait_until_heard(0.3)
            os.killpg(editor.pid, signal.SIGCONT)
            assert stage.wait_until_heard(20)
        finally:
            editor.terminate()
            editor.wait(10)
        assert stage.wait_until_heard(20), "nobody owes an answer"


@pytest.mark.desktop
def test_a_program_that_no_step_acts_upon_may_hang(desktop: VirtualDesktop, tmp_path: Path) -> None:
    hung = desktop.spawn(["mousepad", "--disable-server", str(tmp_path / "other.txt")])
    editor = None
    try:
        with Stage(desktop.display) as stage:
            wait_until(lambda: [each.program for each in stage._look().windows].count("mousepad") == 1, "a window")
            (other,) = (each.id for each in stage._look().windows if each.program == "mousepad")
            assert stage._pings(other)
            os.killpg(hung.pid, signal.SIGSTOP)
            assert stage.wait_until_heard(0), "nothing is acted upon yet"
            editor = desktop.spawn(["mousepad", "--disable-server"])
            # The same program twice, two processes: the recorded window is the later one, by its title.
            act_on_the_editor(stage)
            assert other not in stage._known.values()
            assert stage.wait_until_heard(20)
            os.killpg(editor.pid, signal.SIGSTOP)
            assert not stage.wait_until_heard(0.3)
    finally:
        for process in filter(None, (hung, editor)):
            os.killpg(process.pid, signal.SIGCONT)
            process.terminate()
            process.wait(10)


# --- all of it, with fakes -------------------------------------------------------------------------------------------


class FakeHands:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.times: list[float] = []

    def approach(self, action: Action) -> None: ...

    def perform(self, action: Action, text: str) -> None:
        self.done.append(text or action.kind)
        self.times.append(time.monotonic())

    def type(self, text: str) -> None:
        self.done.append(text)

    def let_go(self) -> None: ...


class Heard:
    """A stage without windows. Once `set_up` or asked the `gone`-th time, the display has gone."""

    def __init__(self, gone: int | None = None) -> None:
        self.asked, self.gone = 0, gone

    def set_up(self, *_: object) -> None:
        if self.gone == 0:
            raise xcffib.ConnectionException(1)

    def get_ready(self, *_: object, **__: object) -> None: ...

    def uncover(self, *_: object) -> None: ...

    def wait_until_heard(self, patience_s: float) -> bool:
        self.asked += 1
        if self.asked == self.gone:
            raise xcffib.ConnectionException(1)
        return True


class Blind:
    def wait_at(self, *_: object) -> bool:
        return False

    def wait_focus(self, *_: object) -> bool:
        return False


def replaying(hands: FakeHands, pace: Pace, stage: Heard | None = None) -> Replay:
    return Replay(cast("Stage", stage or Heard()), cast("Eyes", Blind()), cast("Hands", hands), pace)


def planned(number: int, kind: str, at_ms: int, **more: object) -> Planned:
    action = Action(kind=kind, start_ns=at_ms * 10**6, end_ns=at_ms * 10**6, x=1, y=1)  # type: ignore[arg-type]
    step = Step(
        index=0,
        action=action,
        frame_seq=None,
        frame_age_ms=None,
        target=cast("Element | None", more.pop("target", None)),
        target_confidence=more.pop("confidence", "none"),  # type: ignore[arg-type]
    )
    return Planned(number, kind, action.start_ns, step, **more)  # type: ignore[arg-type]


def test_pauses_are_the_recorded_ones_up_to_a_longest() -> None:
    hands = FakeHands()
    todo = [planned(1, "click", 0), planned(2, "click", 600), planned(3, "click", 9_000)]
    replaying(hands, Pace(longest_pause_s=0.9)).perform(todo, lambda item: None)
    first, second, third = hands.times
    # Two clicks 600 ms apart stay two.
    assert second - first >= 0.6
    assert 0.9 <= third - second < 5


def test_it_stops_at_what_is_missing_and_says_what_to_give() -> None:
    hands, told = FakeHands(), list[int]()
    todo = [planned(1, "click", 0), planned(2, "type", 1, missing="it was removed", needs=("EMAIL_1",))]
    with pytest.raises(ReplayStopped, match=r"^step 2: it was removed; to go on, give it: --fill EMAIL_1$"):
        replaying(hands, Pace()).perform([*todo, planned(3, "click", 2)], lambda item: told.append(item.number))
    assert (hands.done, told) == (["click"], [1, 2])


def test_an_element_that_surely_was_there_must_be_there_again() -> None:
    hands = FakeHands()
    doubtful = planned(1, "click", 0, target=BUTTON, confidence="pressed")
    sure = planned(2, "click", 1, target=BUTTON, confidence="rested")
    with pytest.raises(ReplayStopped, match=r"^step 2: the push button that was at \(1, 1\) isn't there") as stopped:
        replaying(hands, Pace()).perform([doubtful, sure], lambda item: None)
    assert hands.done == ["click"]
    assert "Save" not in str(stopped.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (xcffib.ConnectionException(1), "the display went away"),
        (xcffib.xproto.WindowError, "closed under its hands"),
        (NotTypeable("no key for 'x'"), "no key for"),
    ],
)
def test_what_the_display_says_ends_in_one_line(error: Exception | type[Exception], words: str) -> None:
    hands = FakeHands()

    def perform(action: Action, text: str) -> None:
        # Protocol errors are made from the bytes on the wire; here only their kind counts.
        raise error if isinstance(error, Exception) else error.__new__(error)

    hands.perform = perform  # type: ignore[method-assign]
    with pytest.raises(ReplayStopped, match=f"^step 1: .*{words}"):
        replaying(hands, Pace()).perform([planned(1, "click", 0)], lambda item: None)


@pytest.mark.parametrize(
    ("gone", "number", "done"),
    [(0, 1, 0), (1, 1, 0), (2, 2, 1), (3, 2, 2)],
    ids=["before the first step", "in the first pause", "in a later pause", "after the last step"],
)
def test_a_display_that_goes_between_steps_ends_it_in_one_line(gone: int, number: int, done: int) -> None:
    hands = FakeHands()
    editor = window(1, "notes", Rect(0, 0, 300, 200))
    windows = Windows(time_ns=0, seq=0, active=1, windows=(editor,), screen=Rect(0, 0, 1280, 800))
    todo = [planned(1, "click", 0, windows=windows), planned(2, "click", 1, windows=windows)]
    with pytest.raises(ReplayStopped, match=rf"^step {number}: the display went away$"):
        replaying(hands, Pace(), Heard(gone)).perform(todo, lambda item: None)
    assert len(hands.done) == done


@pytest.mark.desktop
def test_an_x_server_that_ends_is_told_in_one_line() -> None:
    hands = FakeHands()
    with VirtualDesktop() as own, Stage(own.display) as stage:
        stage.wait_until_heard(1)
        own.close()
        with pytest.raises(ReplayStopped, match=r"^step 1: the display went away$"):
            replaying(hands, Pace(), cast("Heard", stage)).perform([planned(1, "click", 0)], lambda item: None)
    assert not hands.done
