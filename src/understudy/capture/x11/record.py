"""The X RECORD extension: device events and the requests that change their meaning, in the server's own order.

One context holds core device events, keymap changes, keyboard grabs with their replies, and the deaths of clients.
libxcb opens the data connection and nothing more: once recording is asked for, the server sends replies to that one
request for ever, up to 1 KB each but often with a single event, and they are cut out of whole reads of the socket.
That takes 1 µs where a call of libxcb for each took 8.
"""

from __future__ import annotations

import os
import select
import struct
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import xcffib
import xcffib.record
import xcffib.xproto

from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.connect import Connection, connect, disconnect

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

_ERROR, _REPLY, _GENERIC_EVENT = 0, 1, 35
_PACKET_BYTES = 32
"""Errors and events; replies and generic events have as many 32-bit words more as their length field says."""
_HEADER = struct.Struct("=BB2xIxB2xII12x")
"""Of a reply to EnableContext: 1, category, sequence, length, element header, client swapped, pad, resource base,
server time, sequence recorded (X Record Extension Protocol 1.13, section 7)."""
_ENABLE_CONTEXT = 5
_ENABLE = struct.Struct("=BBHI")
_START_S = 5.0
_READ_BYTES = 1 << 18
FULL_REPLIES = 272
"""So many replies in one read: the socket may have been full. The kernel counts 768 bytes for each small one, and lets
212,992 wait by default (net.core.wmem_default): 277. A server whose writes stop there can lose what it records next:
its FlushClient counts what there is to write before RECORD adds to it (X.Org server 21.1, os/io.c)."""


class Block(NamedTuple):
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


class Opcodes(NamedTuple):
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
        self._unread, self._at = b"", 0
        self.read_bytes = 0
        """How much the last look found."""
        self.overrun = False
        """True when the server may have lost events before what the last look found."""
        self._data = connect(env)
        self.started_between_ns = (0, 0)
        self.started_server_ms = 0
        self._enable(_major(control, "RECORD"))

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

    def _enable(self, opcode: int) -> None:
        before_ns = time.monotonic_ns()
        # Past libxcb, which would read what follows into a queue of its own.
        os.write(self.fileno(), _ENABLE.pack(opcode, _ENABLE_CONTEXT, 2, self._context))
        deadline_s = time.monotonic() + _START_S
        while (left_s := deadline_s - time.monotonic()) > 0:
            select.select([self.fileno()], [], [], left_s)
            for block in self.blocks():
                self.started_between_ns = before_ns, time.monotonic_ns()
                self.started_server_ms = block.server_ms
                return
        raise CaptureUnavailable("the X server did not begin to record: is it stopped?")

    def fileno(self) -> int:
        """The descriptor of the data connection, for select."""
        return int(self._data.get_file_descriptor())

    def blocks(self) -> Iterator[Block]:
        """The blocks that have come, oldest first. Raises CaptureUnavailable when the server is gone or refuses."""
        try:
            data = os.read(self.fileno(), _READ_BYTES)
            if not data:
                raise CaptureUnavailable("the X server is gone")
        except BlockingIOError:
            data = b""
        except ConnectionError as error:
            raise CaptureUnavailable("the X server is gone") from error
        # Whoever stopped in the middle goes on behind the last block that was handed out.
        self._unread, self._at = self._unread[self._at :] + data, 0
        self.read_bytes = len(data)
        # At least 64 bytes each: a header and an event.
        self.overrun = len(data) >= FULL_REPLIES * 2 * _PACKET_BYTES and self._replies() >= FULL_REPLIES
        size = len(self._unread)
        while size - self._at >= _PACKET_BYTES:
            start = self._at + _PACKET_BYTES
            kind, category, words, swapped, client, server_ms = _HEADER.unpack_from(self._unread, self._at)
            end = start + (4 * words if kind in (_REPLY, _GENERIC_EVENT) else 0)
            if end > size:
                break
            self._at = end
            if kind == _REPLY:
                yield Block(category, client, server_ms, bool(swapped), self._unread[start:end])
            elif kind == _ERROR:
                raise CaptureUnavailable(
                    "the X server refused to record: is another program using up its RECORD contexts?"
                )

    def _replies(self) -> int:
        """How many whole replies wait to be handed out."""
        count, at, size = 0, 0, len(self._unread)
        while size - at >= _PACKET_BYTES:
            kind, _, words, _, _, _ = _HEADER.unpack_from(self._unread, at)
            at += _PACKET_BYTES + (4 * words if kind in (_REPLY, _GENERIC_EVENT) else 0)
            count += at <= size
        return count

    def close(self) -> None:
        """Stop recording and close the data connection; twice is harmless."""
        if self._data is not None:
            disconnect(self._data)
            self._data = None


def _major(connection: Connection, name: str) -> int:
    reply = connection.core.QueryExtension(len(name), name).reply()
    return int(reply.major_opcode) if reply.present else 0
