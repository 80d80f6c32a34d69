"""What goes on of the sources' records: hotkeys leave no trace, and the pointer has the other sources look."""

from __future__ import annotations

from typing import Any

import pytest

from understudy.capture.source import Ask, Left, Press
from understudy.recorder.intake import MODIFIER_WAIT_NS, Intake
from understudy.recorder.rest import REST_NS
from understudy.records.events import Grab, Key, Modifier, Pointer, Raw, Tick

MS = 1_000_000
CODES = {"Control_L": 37, "Alt_L": 64, "p": 33, "f": 41, "x": 53}


class Taken:
    """An intake, what it tells the sources, and what went on."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.intake = Intake(
            {"pause": "ctrl+alt+p", "forget": "ctrl+alt+f"},
            lambda name, control: self.heard.append((name, control)),
        )

    def see(self, *records: Raw) -> list[Raw]:
        self.heard.clear()
        return [out for record in records for out in self.intake.see(record, record.time_ns)]


@pytest.fixture
def taken() -> Taken:
    return Taken()


def key(time_ns: int, keysym: str, *modifiers: Modifier, down: bool = True) -> Key:
    return Key(time_ns=time_ns, seq=0, down=down, keycode=CODES[keysym], keysym=keysym, modifiers=modifiers)


def pointer(time_ns: int, kind: str = "move", x: int = 5) -> Pointer:
    return Pointer(time_ns=time_ns, seq=0, kind=kind, x=x, y=6)  # type: ignore[arg-type]


def combination(start_ns: int, keysym: str) -> list[Raw]:
    return [key(start_ns, "Control_L"), key(start_ns + 1, "Alt_L", "ctrl"), key(start_ns + 2, keysym, "ctrl", "alt")]


def test_a_tick_of_the_input_source_goes_no_further_and_tells_how_far_it_is(taken: Taken) -> None:
    assert taken.see(Tick(40 * MS, -1)) == []
    assert taken.intake.told_ns == 40 * MS


def test_other_records_go_on_as_they_are(taken: Taken) -> None:
    grab = Grab(time_ns=1, seq=0, held=True)
    assert taken.see(grab) == [grab] and taken.heard == []


def test_a_press_has_screen_and_elements_look_at_once(taken: Taken) -> None:
    down = pointer(7, "down")
    assert taken.see(down) == [down]
    assert taken.heard == [("elements", Ask(5, 6, 7, "press")), ("screen", Press(7))]


def test_a_pointer_that_rests_is_asked_about_once_and_left_again(taken: Taken) -> None:
    taken.see(pointer(0))
    assert taken.see(Tick(REST_NS - 1, -1)) == [] and taken.heard == []
    taken.see(Tick(REST_NS, -1))
    assert taken.heard == [("elements", Ask(5, 6, REST_NS, "rest"))]
    taken.see(Tick(2 * REST_NS, -1))
    assert taken.heard == []
    taken.see(pointer(3 * REST_NS))
    assert taken.heard == [("elements", Left())]


def test_what_is_due_is_asked_with_what_was_told(taken: Taken) -> None:
    taken.see(pointer(0), Tick(REST_NS - 1, -1))
    taken.intake.due(10 * REST_NS)
    assert taken.heard == [], "the source has not told so far"
    taken.intake.told_ns = REST_NS
    taken.intake.due(11 * REST_NS)
    assert taken.heard == [("elements", Ask(5, 6, 11 * REST_NS, "rest"))]


def test_hotkeys_leave_no_trace_and_are_told_once(taken: Taken) -> None:
    assert taken.see(*combination(10, "p"), key(20, "p", "ctrl", "alt", down=False)) == []
    assert taken.intake.pressed() == ("pause", 12)
    assert taken.intake.pressed() is None
    assert taken.see(*combination(30, "f")) == []
    assert taken.intake.pressed() == ("forget", 32)


def test_other_combinations_go_on_whole(taken: Taken) -> None:
    keys = combination(10, "x")
    assert taken.see(*keys) == keys
    assert taken.intake.pressed() is None


@pytest.mark.parametrize("kind", ["down", "scroll"])
def test_a_modifier_goes_on_before_the_click_that_it_is_held_for(taken: Taken, kind: str) -> None:
    held = key(10, "Control_L")
    assert taken.see(held, pointer(11)) == [pointer(11)], "a move tells nothing"
    click = pointer(12, kind)
    assert taken.see(click) == [held, click]


def test_a_lone_modifier_goes_on_after_a_while(taken: Taken) -> None:
    held = key(10, "Control_L")
    assert taken.see(held) == []
    assert list(taken.intake.due(10 + MODIFIER_WAIT_NS)) == []
    assert list(taken.intake.due(11 + MODIFIER_WAIT_NS)) == [held]
    assert list(taken.intake.due(99 * MODIFIER_WAIT_NS)) == []


def test_a_hotkey_is_found_by_its_key_in_another_layout(taken: Taken) -> None:
    taken.intake.moved({"pause": CODES["x"]})
    assert taken.see(*combination(10, "x")) == []
    assert taken.intake.pressed() == ("pause", 12)


def test_anew_nothing_that_waited_goes_on_and_keys_keep_their_places(taken: Taken) -> None:
    taken.intake.moved({"pause": CODES["x"]})
    taken.see(key(10, "Control_L"), pointer(11))
    taken.intake.anew()
    assert list(taken.intake.due(99 * MODIFIER_WAIT_NS)) == []
    taken.see(Tick(99 * MODIFIER_WAIT_NS, -1))
    assert taken.heard == [], "where it rested before is not asked about"
    # A release whose press was before belongs to nothing.
    assert taken.see(key(20, "Control_L", down=False)) == []
    taken.see(*combination(30, "x"))
    assert taken.intake.pressed() == ("pause", 32)
