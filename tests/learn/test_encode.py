"""What the network sees, and what it must not see."""

from __future__ import annotations

import msgspec
import numpy as np

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.encode import MOST_ELEMENTS, OTHER, STOP, Encoder, operation_of, same_targets
from understudy.learn.pieces import PieceTable, value_of
from understudy.records.geometry import Rect

WINDOW = Rect(0, 0, 200, 200)
CLICK = ("click", "left")


def observation(*elements: Shown) -> Observation:
    return Observation(elements=elements, bounds=WINDOW)


def encoder() -> Encoder:
    return Encoder(PieceTable(), (OTHER, STOP, CLICK))


def button(name: str, row: int, **more: object) -> Shown:
    return Shown(role="push button", parent=0, name=name, bounds=Rect(0, 30 * row, 50, 20), **more)  # type: ignore[arg-type]


def test_a_pointer_over_the_target_leaves_no_trace() -> None:
    """The person's pointer was there when the screen was kept; an agent's is not when it looks."""
    away = observation(
        Shown(role="frame"),
        button("Ok", 0, hint="button ui-button #f6f6f6"),
        Shown(role="menu item", parent=0, name="Rename"),
    )
    over = observation(
        Shown(role="frame"),
        button("Ok", 0, hint="button ui-button ui-state-hover #ededed", states=("focused",)),
        Shown(role="menu item", parent=0, name="Rename", states=("selected",)),
    )
    one = encoder()
    looks = [one.encode("Press Ok", each, ()) for each in (away, over)]
    for name in looks[0].__dataclass_fields__:
        assert np.array_equal(getattr(looks[0], name), getattr(looks[1], name)), name


def test_colours_of_things_are_seen() -> None:
    red, blue = (Shown(role="section", bounds=WINDOW, hint=f"div {colour}") for colour in ("#ff0000", "#0000ff"))
    features = encoder().encode("", observation(red, blue), ()).features
    assert not np.array_equal(features[0], features[1])


def test_how_often_something_was_acted_upon() -> None:
    shown = observation(Shown(role="frame"), button("Up", 0), button("Up", 1))
    done = [Done(choice=Choice(kind="click", element=2), target=shown.elements[2])] * 3
    assert encoder().encode("", shown, done).counts.tolist() == [0, 0, 3]
    moved = [
        msgspec.structs.replace(done[0], target=msgspec.structs.replace(shown.elements[2], bounds=Rect(0, 32, 50, 20)))
    ]
    assert encoder().encode("", shown, moved).counts.tolist() == [0, 0, 1]


def test_places_among_alike_elements() -> None:
    shown = observation(Shown(role="frame"), button("a", 0), Shown(role="link", parent=0), button("b", 1))
    assert encoder().encode("", shown, ()).ordinals.tolist() == [1, 1, 1, 2]


def test_long_pages_keep_what_says_something() -> None:
    holders = [Shown(role="section", parent=-1 if nth == 0 else nth - 1, states=("showing",)) for nth in range(300)]
    shown = observation(*holders, button("Deep", 0, states=("showing",)))
    look = encoder().encode("Deep", shown, ())
    assert len(look.kept) == MOST_ELEMENTS
    assert 300 in look.kept


def test_an_unknown_operation_in_the_history_is_something_else() -> None:
    done = [Done(choice=Choice(kind="press", keys=("F5",)))]
    assert encoder().encode("", observation(Shown(role="frame")), done).done_ops.tolist() == [0]


def test_operations() -> None:
    assert operation_of(Choice(kind="hotkey", keys=("Control_L", "s"))) == ("hotkey", "Control_L", "s")
    assert operation_of(Choice(kind="click", element=1, button="right")) == ("click", "right")
    assert operation_of(Choice(kind="scroll", scroll_y=-2)) == ("scroll", "up")


def test_numbers_are_alike_however_they_are_written() -> None:
    assert value_of("02") == value_of("2") == value_of("2nd") == 2
    assert value_of("two") is None


def test_a_label_in_a_thing_is_the_thing() -> None:
    shown = observation(
        Shown(role="list"),
        Shown(role="list item", parent=0, name="Vina", bounds=Rect(0, 0, 100, 20)),
        Shown(role="static", parent=1, name="Vina", bounds=Rect(10, 0, 40, 20)),
        Shown(role="list item", parent=0, name="Vina", bounds=Rect(0, 20, 100, 20)),
    )
    assert same_targets(shown, 1) == [1, 2]
