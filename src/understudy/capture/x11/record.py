"""The X RECORD extension: device events and the requests that change their meaning, in the server's own order.

One context holds core device events, keymap changes, keyboard grabs with their replies, and the deaths of clients.
Its replies are taken as whole blocks (up to 1 KB, 32 events) straight from libxcb's queue: no callback an event.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import xcffib
import xcffib.record
import xcffib.xproto
from xcffib.ffi import ffi

from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.connect import Connection, connect, disconnect, raw_reply, take_reply

# Categories of blocks (X Record Extension Protocol 1.13, section 4).
FROM_SERVER, FROM_CLIENT, CLIENT_STARTED, CLIENT_DIED, START_OF_DATA, END_OF_DATA = range(6)

# Core requests (X11/Xproto.h).
GRAB_KEYBOARD, UNGRAB_KEYBOARD, CHANGE_KEYBOARD_MAPPING, SET_MODIFIER_MAPPING = 31, 32, 100, 118
# Requests of XKEYBOARD (X11/extensions/XKBproto.h) and of XInput 2 (XI2proto.h).
XKB_SET_MAP, XKB_GET_KBD_BY_NAME = 9, 23
XI_GRAB_DEVICE, XI_UNGRAB_DEVICE = 51, 52

_DEVICE_EVENTS = (2, 6)
_ALL_CLIENTS = 3
_NONE = (0, 0)
_NO_EXTENSION = (_NONE, _NONE)

_Range: Any = xcffib.record.Range


@dataclass(frozen=True)
class Block:
    """Consecutive records of one category and client.

    `client` is the resource base of the client (0 for device events); `server_ms` the server's 32-bit time when the
    block began; `swapped` True when the client's byte order isn't ours. `data`: whole 32-byte events or replies
    (FROM_SERVER), whole requests (FROM_CLIENT).
    """

    category: int
    client: int
    server_ms: int
    swapped: bool
    data: bytes


@dataclass(frozen=True)
class Opcodes:
    """Major opcodes of extensions as this server numbers them; 0 where it lacks one."""

    xkb: int
    xinput: int


def _range(
    core: tuple[int, int] = _NONE,
    core_replies: tuple[int, int] = _NONE,
    extension: tuple[tuple[int, int], tuple[int, int]] = _NO_EXTENSION,
    extension_replies: tuple[tuple[int, int], tuple[int, int]] = _NO_EXTENSION,
    device: tuple[int, int] = _NONE,
    died: bool = False,
) -> object:
    return _Range.synthetic(core, core_replies, extension, extension_replies, _NONE, device, _NONE, False, died)


class RecordStream:
    """An enabled RECORD context. `blocks` never waits; `fileno` is readable when more may have come.

    Raises CaptureUnavailable when the server lacks RECORD or is gone.
    """

    def __init__(self, env: DesktopEnv, control: Connection) -> None:
        self._control = control
        self.opcodes = Opcodes(xkb=_major(control, "XKEYBOARD"), xinput=_major(control, "XInputExtension"))
        if not _major(control, "RECORD"):
            raise CaptureUnavailable("the X server lacks the RECORD extension: switch it on in the server's set-up")
        self._record = control(xcffib.record.key)
        self._record.QueryVersion(1, 13).reply()
        self._context = control.generate_id()
        self._record.CreateContextChecked(self._context, 0, 1, 0, [_ALL_CLIENTS], []).check()
        ranges = self._ranges()
        self._record.RegisterClientsChecked(self._context, 0, 1, len(ranges), [_ALL_CLIENTS], ranges).check()
        self._data: Connection = None
        self._sequence = 0
        self._reply = ffi.new("void **")
        self._error = ffi.new("xcb_generic_error_t **")
        self._data = connect(env)
        self.started_between_ns = (0, 0)
        self.started_server_ms = 0
        self._enable()

    def _ranges(self) -> list[object]:
        xkb, xinput = (self.opcodes.xkb,) * 2, (self.opcodes.xinput,) * 2
        ranges = [
            _range(device=_DEVICE_EVENTS, died=True),
            _range(core=(GRAB_KEYBOARD, UNGRAB_KEYBOARD), core_replies=(GRAB_KEYBOARD, GRAB_KEYBOARD)),
            _range(core=(CHANGE_KEYBOARD_MAPPING,) * 2),
            _range(core=(SET_MODIFIER_MAPPING,) * 2),
        ]
        if self.opcodes.xkb:
            ranges.append(_range(extension=(xkb, (XKB_SET_MAP, XKB_SET_MAP))))
            ranges.append(_range(extension=(xkb, (XKB_GET_KBD_BY_NAME, XKB_GET_KBD_BY_NAME))))
        if self.opcodes.xinput:
            ranges.append(
                _range(
                    extension=(xinput, (XI_GRAB_DEVICE, XI_UNGRAB_DEVICE)),
                    extension_replies=(xinput, (XI_GRAB_DEVICE, XI_GRAB_DEVICE)),
                )
            )
        return ranges

    def _enable(self) -> None:
        before_ns = time.monotonic_ns()
        self._sequence = self._data(xcffib.record.key).EnableContext(self._context).sequence
        self._data.flush()
        first = raw_reply(self._data, self._sequence)
        if first is None:
            raise CaptureUnavailable("the X server refused to record: is another program using up its RECORD contexts?")
        block = _block(first)
        self.started_between_ns = before_ns, time.monotonic_ns()
        self.started_server_ms = block.server_ms

    def fileno(self) -> int:
        """The descriptor of the data connection, for select."""
        return int(self._data.get_file_descriptor())

    def blocks(self) -> Iterator[Block]:
        """The blocks that have come, oldest first. Raises CaptureUnavailable when the server is gone."""
        poll, connection = xcffib.lib.xcb_poll_for_reply, self._data._conn
        while poll(connection, self._sequence, self._reply, self._error) and self._reply[0] != ffi.NULL:
            yield _block(take_reply(self._reply[0]))
        if self._data.has_error():
            raise CaptureUnavailable("the X server is gone")

    def close(self) -> None:
        """Stop recording and close the data connection; twice is harmless."""
        if self._data is not None:
            disconnect(self._data)
            self._data = None


def _major(connection: Connection, name: str) -> int:
    reply = connection.core.QueryExtension(len(name), name).reply()
    return int(reply.major_opcode) if reply.present else 0


def _block(raw: bytes) -> Block:
    return Block(
        category=raw[1],
        swapped=bool(raw[9]),
        client=int.from_bytes(raw[12:16], sys.byteorder),
        server_ms=int.from_bytes(raw[16:20], sys.byteorder),
        data=raw[32:],
    )
