"""Who holds the whole keyboard: grab requests and their answers, as the record stream tells them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import xcffib
import xcffib.res
import xcffib.xinput

from understudy.capture.x11.connect import Connection, has_extension
from understudy.capture.x11.record import (
    GRAB_KEYBOARD,
    UNGRAB_KEYBOARD,
    XI_GRAB_DEVICE,
    XI_UNGRAB_DEVICE,
    Opcodes,
)

_SUCCESS = 0
_MASTER_KEYBOARD, _SLAVE_KEYBOARD = 2, 4
_PID = 2
_CORE_KEYBOARD = 3
"""The virtual core keyboard's device id, the same in every server."""


@dataclass(frozen=True)
class GrabChange:
    """The keyboard was taken (`held`) or given back; `client` is the resource base of who did it."""

    held: bool
    client: int


class Grabs:
    """Follows grabs: pure but for the device list and the process ids, which `control` is asked for."""

    def __init__(self, control: Connection, opcodes: Opcodes) -> None:
        self._control = control
        self._xinput = opcodes.xinput
        self._keyboards = _keyboards(control) if opcodes.xinput else {_CORE_KEYBOARD}
        self._res = control(xcffib.res.key) if has_extension(control, "X-Resource") else None
        self._asking: dict[int, str] = {}
        self._pids: dict[int, int] = {}
        self.holder: int | None = None

    def request(self, client: int, request: bytes) -> Iterator[GrabChange]:
        """A grab request of a client, as it lay on the wire."""
        opcode, minor = request[0], request[1]
        if opcode == GRAB_KEYBOARD:
            self._asking[client] = "core"
        elif opcode == UNGRAB_KEYBOARD:
            yield from self._given_back(client)
        elif opcode == self._xinput and minor == XI_GRAB_DEVICE:
            if _u16(request, 16) in self._keyboards:
                self._asking[client] = "xinput"
        elif opcode == self._xinput and minor == XI_UNGRAB_DEVICE:
            if _u16(request, 8) in self._keyboards:
                yield from self._given_back(client)
        else:
            raise ValueError(f"request {opcode}.{minor} is no grab")

    def reply(self, client: int, reply: bytes) -> Iterator[GrabChange]:
        """The server's answer to the grab request that the client made last."""
        asked = self._asking.pop(client, None)
        if asked is None:
            return
        status = reply[1] if asked == "core" else reply[8]
        if status == _SUCCESS:
            self.holder = client
            yield GrabChange(held=True, client=client)

    def died(self, client: int) -> Iterator[GrabChange]:
        """A client has gone; what it held is free."""
        self._asking.pop(client, None)
        yield from self._given_back(client)
        self._pids.pop(client, None)

    def _given_back(self, client: int) -> Iterator[GrabChange]:
        # The server ignores a release by anyone but the holder.
        if self.holder == client:
            self.holder = None
            yield GrabChange(held=False, client=client)

    def pid(self, client: int) -> int:
        """The process of a client, 0 when the server can't tell (X-Resource 1.2 missing, a remote client)."""
        if self._res is None:
            return 0
        if client not in self._pids:
            self._pids[client] = pid_of_resource(self._res, client)
        return self._pids[client]


def pid_of_resource(res: Any, resource: int) -> int:  # noqa: ANN401
    """The process that owns an X resource (a window, a client's base), by `xcffib.res`; 0 when unknown."""
    spec: Any = xcffib.res.ClientIdSpec
    try:
        reply = res.QueryClientIds(1, [spec.synthetic(resource, _PID)]).reply()
    except xcffib.Error:
        return 0
    for value in reply.ids:
        if value.spec.mask == _PID and len(value.value):
            return int(value.value[0])
    return 0


def _keyboards(control: Connection) -> set[int]:
    xinput = control(xcffib.xinput.key)
    xinput.XIQueryVersion(2, 0).reply()
    devices = xinput.XIQueryDevice(0).reply().infos
    return {d.deviceid for d in devices if d.type in (_MASTER_KEYBOARD, _SLAVE_KEYBOARD)} or {_CORE_KEYBOARD}


def _u16(request: bytes, offset: int) -> int:
    return int.from_bytes(request[offset : offset + 2], sys.byteorder)
