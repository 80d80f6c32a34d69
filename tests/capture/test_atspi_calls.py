"""Questions on the bus: all are answered or given up, none waits for ever, few are under way at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant

from understudy.capture.x11 import atspi_calls
from understudy.capture.x11.atspi_calls import IN_FLIGHT, Call, NoAnswer, Program, Ref, Switchboard, prop, urgent

BUS = ":1.5"
PAGE = Ref(BUS, "/page")
ROLE = Call(PAGE, "Accessible", "GetRole")


class Wire:
    """A connection whose other end answers when told to."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.answered = 0
        self.gone = False

    def add_message_handler(self, handler: Callable[[Message], bool]) -> None:
        self.handler = handler

    def send(self, msg: Message) -> asyncio.Future[Any]:
        if self.gone:
            raise OSError("gone")
        self.sent.append(msg)
        msg.serial = len(self.sent)
        return asyncio.get_running_loop().create_future()

    def reply(self, *body: Any, signature: str = "u", error: str = "") -> None:  # noqa: ANN401 - D-Bus
        """Answer the oldest question that has none."""
        self.answered += 1
        kind = MessageType.ERROR if error else MessageType.METHOD_RETURN
        message = Message(
            message_type=kind,
            reply_serial=self.answered,
            body=[*body],
            signature=signature,
            error_name=error or None,
        )
        assert self.handler(message), "an answer that nobody takes"


def played(scene: Callable[[Switchboard, Wire, Program], Awaitable[None]]) -> None:
    async def play() -> None:
        wire, heard = Wire(), list[Message]()
        await scene(Switchboard(wire, heard.append), wire, Program(BUS, 7))

    asyncio.run(play())


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_answers_come_in_the_order_of_the_questions() -> None:
    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        name = prop(PAGE, "Accessible", "Name")
        asked = asyncio.ensure_future(board.ask(program, [ROLE, name, ROLE]))
        await turn()
        wire.reply(11)
        wire.reply(Variant("s", "Orders"), signature="v")
        wire.reply(error="org.freedesktop.DBus.Error.UnknownObject", signature="")
        answers = await asked
        assert answers[:2] == [11, "Orders"]
        assert isinstance(answers[2], NoAnswer)
        assert not answers[2].late
        assert program.in_flight == 0

    played(scene)


def test_a_property_without_a_value_is_no_answer() -> None:
    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        asked = asyncio.ensure_future(board.ask(program, [prop(PAGE, "Accessible", "Name"), ROLE]))
        await turn()
        wire.reply(7)
        wire.reply(11)
        answers = await asked
        assert isinstance(answers[0], NoAnswer)
        assert answers[1] == 11

    played(scene)


def test_only_so_many_are_under_way_and_none_is_forgotten() -> None:
    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        first = asyncio.ensure_future(board.ask(program, [ROLE] * (IN_FLIGHT + 5)))
        second = asyncio.ensure_future(board.ask(program, [ROLE] * 3))
        await turn()
        assert len(wire.sent) == IN_FLIGHT
        for number in range(IN_FLIGHT + 8):
            wire.reply(number)
            assert len(wire.sent) - wire.answered <= IN_FLIGHT
        assert await first == list(range(IN_FLIGHT + 5))
        assert await second == [IN_FLIGHT + 5, IN_FLIGHT + 6, IN_FLIGHT + 7]

    played(scene)


def test_a_question_does_not_queue_behind_a_tree() -> None:
    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        tree = asyncio.ensure_future(board.ask(program, [ROLE] * (2 * IN_FLIGHT)))
        await turn()
        with urgent():
            hurried = asyncio.ensure_future(board.ask(program, [ROLE]))
        await turn()
        assert len(wire.sent) == IN_FLIGHT + 1
        for number in range(IN_FLIGHT + 1):
            wire.reply(number)
        assert await hurried == [IN_FLIGHT]
        assert not tree.done()
        for number in range(IN_FLIGHT):
            wire.reply(number)
        assert len(await tree) == 2 * IN_FLIGHT

    played(scene)


def test_what_is_not_answered_in_time_is_given_up_and_the_program_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atspi_calls, "CALL_TIMEOUT_S", 0.02)
    soon = ROLE._replace(timeout_s=0.02)

    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        for _ in range(2):
            answers = await board.ask(program, [soon] * (IN_FLIGHT + 2))
            assert all(isinstance(answer, NoAnswer) for answer in answers)
        sent = len(wire.sent)
        (answer,) = await board.ask(program, [soon])
        assert isinstance(answer, NoAnswer)
        assert len(wire.sent) == sent, "it rests: nothing is asked"
        assert program.in_flight == 0

    played(scene)


def test_a_hurried_question_without_an_answer_leaves_the_program_in_favour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atspi_calls, "CALL_TIMEOUT_S", 0.02)

    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        with urgent():
            for _ in range(3):
                (answer,) = await board.ask(program, [ROLE._replace(timeout_s=0.02)])
                assert isinstance(answer, NoAnswer)
                assert answer.late
        assert len(wire.sent) == 3

    played(scene)


def test_nothing_of_a_cancelled_list_goes_out_any_more() -> None:
    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        cancelled = asyncio.ensure_future(board.ask(program, [ROLE] * (2 * IN_FLIGHT)))
        after = asyncio.ensure_future(board.ask(program, [ROLE]))
        await turn()
        cancelled.cancel()
        await turn()
        assert len(wire.sent) == IN_FLIGHT + 1
        wire.answered = IN_FLIGHT
        wire.reply(5)
        assert await after == [5]

    played(scene)


def test_a_bus_that_is_gone_is_no_answer() -> None:
    async def scene(board: Switchboard, wire: Wire, program: Program) -> None:
        wire.gone = True
        answers = await board.ask(program, [ROLE, ROLE])
        assert all(isinstance(answer, NoAnswer) for answer in answers)

    played(scene)
