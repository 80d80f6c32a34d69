"""For made-up buses: lists of questions, answered one by one."""

from __future__ import annotations

from typing import Any, Protocol

from understudy.capture.x11.atspi_calls import PROPERTIES, Call, NoAnswer, Ref


class _Answers(Protocol):
    async def get(self, at: Ref, interface: str, name: str, /) -> Any: ...  # noqa: ANN401 - D-Bus

    async def call(self, at: Ref, interface: str, member: str, signature: str, /, *values: Any) -> Any: ...  # noqa: ANN401


class OneByOne:
    """Gives a class with AtspiBus's `call` and `get` its `answer` and `calls`."""

    async def answer(self: _Answers, call: Call) -> Any:  # noqa: ANN401 - D-Bus
        if call.interface == PROPERTIES:
            return await self.get(call.ref, call.values[0], call.values[1])
        return await self.call(call.ref, call.interface, call.member, call.signature, *call.values)

    async def calls(self: _Answers, wanted: list[Call]) -> list[Any]:
        found: list[Any] = []
        for call in wanted:
            try:
                found.append(await OneByOne.answer(self, call))
            except NoAnswer:
                found.append(None)
        return found
