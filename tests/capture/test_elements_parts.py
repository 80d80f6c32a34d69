"""The pure parts of the elements source: what signals mean, when a program is left alone, what counts as a secret."""

from __future__ import annotations

import asyncio

import pytest
from dbus_fast import Message, MessageType, Variant

from understudy.capture.x11 import atspi_calls, atspi_names
from understudy.capture.x11.atspi_calls import Program, Ref
from understudy.capture.x11.atspi_events import Event, understood
from understudy.capture.x11.atspi_lines import _paragraphs
from understudy.capture.x11.atspi_reader import rect_of, value_class_of
from understudy.records.geometry import Rect

FIELD = Ref(":1.7", "/org/a11y/atspi/accessible/9")


def signal_of(family: str, member: str, *body: object) -> Message:
    message = Message(
        message_type=MessageType.SIGNAL,
        path=FIELD.path,
        interface=f"org.a11y.atspi.Event.{family}",
        member=member,
        signature="siiv",
        body=[*body],
    )
    message.sender = FIELD.bus
    return message


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (signal_of("Object", "StateChanged", "focused", 1, 0, Variant("i", 0)), Event("focus", FIELD)),
        (signal_of("Object", "StateChanged", "focused", 0, 0, Variant("i", 0)), None),
        (signal_of("Object", "StateChanged", "showing", 1, 0, Variant("i", 0)), Event("changed", FIELD)),
        (signal_of("Object", "TextChanged", "insert", 3, 1, Variant("s", "a")), Event("insert", FIELD, "a", 3)),
        (signal_of("Object", "TextChanged", "insert/system", 3, 1, Variant("s", "a")), Event("insert", FIELD, "a", 3)),
        (signal_of("Object", "TextChanged", "delete", 2, 1, Variant("s", "b")), Event("delete", FIELD, "b", 2)),
        (signal_of("Object", "TextChanged", "insert", 3, 1, Variant("i", 0)), Event("insert", FIELD, "", 3)),
        (signal_of("Object", "BoundsChanged", "", 0, 0, Variant("i", 0)), Event("moved", FIELD)),
        (signal_of("Object", "TextCaretMoved", "", 4, 0, Variant("i", 0)), None),
        (signal_of("Document", "LoadComplete", "", 0, 0, Variant("i", 0)), Event("loaded", FIELD)),
        (signal_of("Window", "Activate", "", 0, 0, Variant("s", "t")), Event("window", FIELD)),
        (signal_of("Mouse", "Abs", "", 0, 0, Variant("i", 0)), None),
    ],
)
def test_signals_are_understood(message: Message, event: Event | None) -> None:
    assert understood(message) == event


def test_program_that_left_the_bus_is_told() -> None:
    message = Message(
        message_type=MessageType.SIGNAL,
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus",
        member="NameOwnerChanged",
        signature="sss",
        body=[":1.7", ":1.7", ""],
    )
    assert understood(message) == Event("left", Ref(":1.7", ""))


def test_program_that_misses_twice_is_left_alone_ever_longer() -> None:
    async def scene() -> None:
        program = Program(":1.7", 1)
        program.missed(sent_s=10.0, now_s=10.3)
        program.missed(sent_s=10.1, now_s=10.4)
        assert not program.resting(10.5), "calls sent together are one miss"
        program.missed(sent_s=10.5, now_s=10.8)
        assert program.resting(10.8 + atspi_calls.REST_S[0] - 0.1)
        assert not program.resting(10.8 + atspi_calls.REST_S[0])
        program.missed(sent_s=13.0, now_s=13.3)
        assert program.resting(13.3 + atspi_calls.REST_S[1] - 0.1)
        program.answered()
        program.missed(sent_s=30.0, now_s=30.3)
        assert not program.resting(30.4)

    asyncio.run(scene())


def test_names_and_states() -> None:
    assert atspi_names.role_name(40) == "password text"
    assert atspi_names.role_name(95) == "document web"
    assert atspi_names.role_name(999) == "unknown"
    bits = atspi_names.state_bits([1 << 25 | 1 << 12, 1 << (41 - 32)])
    assert atspi_names.state_names(bits) == ("focused", "showing", "checkable")
    named = atspi_names.ACTING | atspi_names.CONTAINERS | atspi_names.TEXT_INPUTS | atspi_names.POPUPS
    assert named <= set(atspi_names.ROLES)


def test_only_bullets_is_a_secret_shown() -> None:
    assert atspi_names.only_bullets("•••")
    assert atspi_names.only_bullets("●")
    assert not atspi_names.only_bullets("")
    assert not atspi_names.only_bullets("• milk")
    assert not atspi_names.only_bullets("*"), "people type asterisks"


def test_values_are_classed() -> None:
    assert value_class_of("", secure=False) == "empty"
    assert value_class_of("1,204.50", secure=False) == "number"
    assert value_class_of("order 12", secure=False) == "text"
    assert value_class_of("", secure=True) == value_class_of("x", secure=True) == "bullets"


def test_impossible_extents_are_none() -> None:
    assert rect_of((-2147483648, -2147483648, 1, 1)) is None
    assert rect_of((-1, -1, -1, -1)) is None
    assert rect_of((-20, 5, 30, 10)) == Rect(-20, 5, 30, 10)


def test_paragraphs_skip_empty_lines_and_start_at_the_first_visible() -> None:
    text = "one\n\ntwo\nthree"
    assert list(_paragraphs(text, 0, len(text))) == [(0, 3), (5, 8), (9, 14)]
    assert list(_paragraphs(text, 6, 8)) == [(5, 8)]
