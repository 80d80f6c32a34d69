"""Messages between the recorder's processes: length-prefixed MessagePack over socket pairs, in memory only."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from understudy.capture.source import Control
from understudy.records.events import Raw

M = TypeVar("M")

_LENGTH = struct.Struct("<I")
_READ_BYTES = 1 << 20
BUFFER_BYTES = 4 << 20
"""Asked of the kernel for each direction: several seconds of input, one full frame (the kernel may grant less)."""


class SourceReady(msgspec.Struct, frozen=True, tag="ready"):
    """A source's process is confined and about to run."""


class SourceFailed(msgspec.Struct, frozen=True, tag="failed"):
    """A source can't go on. `unavailable`: the desktop lacks something, trying again won't help."""

    message: str
    unavailable: bool


class Records(msgspec.Struct, frozen=True, tag="records"):
    """Records in the order in which the source yielded them."""

    records: list[Raw]


FromSource = SourceReady | SourceFailed | Records


class Wire(Generic[M]):
    """One end of a connection: sends any message, receives messages of type `M`.

    `receive` never blocks: it returns what is complete. The peer's end shows as EOFError from `receive`, and as
    BrokenPipeError from `send`. Not for two threads in the same direction.
    """

    def __init__(self, connection: socket.socket, receives: Any) -> None:  # noqa: ANN401 - a type or union of types
        self._socket = connection
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            connection.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(receives)
        self._pending = bytearray()

    def fileno(self) -> int:
        """The socket's descriptor, for select."""
        return self._socket.fileno()

    def send(self, message: object) -> None:
        """Send one message, waiting while the peer's buffer is full."""
        # Pictures are large: their bytes are put behind the length, not copied there.
        data = bytearray(_LENGTH.size)
        self._encoder.encode_into(message, data, _LENGTH.size)
        _LENGTH.pack_into(data, 0, len(data) - _LENGTH.size)
        self._socket.sendall(data)

    def send_some(self, data: memoryview) -> int:
        """Send as much of a message's bytes, its length in front, as the peer takes without waiting; how many."""
        try:
            return self._socket.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    def receive(self) -> list[M]:
        """The messages that have come whole; [] when none has. Raises EOFError at the end of the connection."""
        try:
            data = self._socket.recv(_READ_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except ConnectionResetError:
            data = b""
        if not data:
            raise EOFError("the other end is gone")
        self._pending += data
        messages: list[M] = []
        start = 0
        view = memoryview(self._pending)
        while len(self._pending) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pending, start)
            end = start + _LENGTH.size + length
            if end > len(self._pending):
                break
            messages.append(self._decoder.decode(view[start + _LENGTH.size : end]))
            start = end
        view.release()
        del self._pending[:start]
        return messages

    def wait(self, timeout_s: float) -> list[M]:
        """What comes within `timeout_s`, returning at the first; [] when nothing came."""
        ready, _, _ = select.select([self._socket], [], [], timeout_s)
        return self.receive() if ready else []

    def close(self) -> None:
        """Close this end; twice is harmless."""
        self._socket.close()


def first_message(connection: socket.socket, kind: type[M], timeout_s: float) -> M:
    """The first message on a connection, which must be of that kind; what follows it stays unread.

    Raises EOFError when it doesn't come in time, or the other end is gone.
    """
    connection.settimeout(timeout_s)
    try:
        (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
        return msgspec.msgpack.decode(_exactly(connection, length), type=kind)
    except TimeoutError:
        raise EOFError("nothing came from the other end") from None
    finally:
        connection.settimeout(None)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError("the other end is gone")
        data += more
    return data


class SourceChannel:
    """A source's end: the `Channel` of `capture.source` over a wire."""

    def __init__(self, wire: Wire[Control]) -> None:
        self._wire = wire

    def send(self, records: Sequence[Raw]) -> None:
        """Hand records to the recorder; raises BrokenPipeError when it is gone."""
        if records:
            self._wire.send(Records(list(records)))

    def poll(self, timeout_s: float) -> list[Control]:
        """Controls that have come within `timeout_s`; raises EOFError when the recorder is gone."""
        return self._wire.wait(timeout_s)

    def fileno(self) -> int:
        """Readable when a control waits."""
        return self._wire.fileno()
