from __future__ import annotations

from typing import Literal

from understudy.capture.source import Ask, Left
from understudy.recorder.rest import REST_NS, SCROLL_REST_NS, PointerRest
from understudy.records.events import Pointer


def pointer(time_ns: int, kind: Literal["move", "down", "up", "scroll"], x: int = 7, y: int = 9) -> Pointer:
    return Pointer(time_ns=time_ns, seq=0, kind=kind, x=x, y=y)


def test_asks_once_each_time_the_pointer_comes_to_rest() -> None:
    rest = PointerRest()
    rest.see(pointer(0, "move"))
    assert rest.due(REST_NS - 1, REST_NS - 1) is None
    ask = rest.due(REST_NS, REST_NS)
    assert ask is not None
    assert (ask.x, ask.y, ask.cause) == (7, 9, "rest")
    assert rest.due(10 * REST_NS, 10 * REST_NS) is None


def test_a_pointer_in_motion_is_not_asked_about() -> None:
    rest = PointerRest()
    for time_ns in range(0, 10 * REST_NS, REST_NS // 2):
        rest.see(pointer(time_ns, "move"))
        assert rest.due(time_ns + REST_NS // 4, time_ns + REST_NS // 4) is None


def test_a_press_asks_at_once_and_a_release_asks_anew() -> None:
    rest = PointerRest()
    ask = rest.see(pointer(5, "down"))
    assert ask is not None
    assert ask.cause == "press"
    rest.see(pointer(6, "up"))
    assert rest.due(6 + REST_NS, 6 + REST_NS) is not None


def test_after_a_scroll_it_asks_again_when_bounds_have_settled() -> None:
    rest = PointerRest()
    rest.see(pointer(0, "scroll"))
    assert rest.due(REST_NS, REST_NS) is not None
    assert rest.due(REST_NS + 1, REST_NS + 1) is None
    assert rest.due(SCROLL_REST_NS, SCROLL_REST_NS) is not None
    assert rest.due(2 * SCROLL_REST_NS, 2 * SCROLL_REST_NS) is None


def test_what_has_not_come_yet_is_no_rest() -> None:
    rest = PointerRest()
    rest.see(pointer(0, "move"))
    assert rest.due(10 * REST_NS, told_ns=REST_NS - 1) is None
    assert rest.due(10 * REST_NS, told_ns=REST_NS) is not None


def test_a_place_that_was_asked_about_is_left_once() -> None:
    rest = PointerRest()
    assert rest.see(pointer(0, "move")) is None
    assert isinstance(rest.due(REST_NS, REST_NS), Ask)
    assert isinstance(rest.see(pointer(2 * REST_NS, "move")), Left)
    assert rest.see(pointer(2 * REST_NS + 8, "move")) is None


def test_a_press_leaves_no_place() -> None:
    rest = PointerRest()
    rest.see(pointer(0, "move"))
    rest.due(REST_NS, REST_NS)
    assert isinstance(rest.see(pointer(2 * REST_NS, "down")), Ask)
    assert rest.see(pointer(2 * REST_NS + 1, "up")) is None
