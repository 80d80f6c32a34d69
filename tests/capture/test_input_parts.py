"""How the input source reads the server's stream, and when it wakes, piece by piece."""

from __future__ import annotations

import itertools
import os
import struct
import time
from typing import TYPE_CHECKING

import pytest

from understudy.act.xtest import XTest
from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11 import record
from understudy.capture.x11.input import InputSource
from understudy.capture.x11.pulse import find_counter
from understudy.capture.x11.record import FROM_SERVER, FULL_REPLIES, RecordStream
from understudy.records.events import Pointer

if TYPE_CHECKING:
    from tests.capture.conftest import Running


class Socket:
    """Stands for the data connection: what is written to `write` is read from it."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)

    def get_file_descriptor(self) -> int:
        return self.read

    def disconnect(self) -> None:
        os.close(self.read)


def reply(data: bytes, category: int = FROM_SERVER, client: int = 0, server_ms: int = 7) -> bytes:
    head = struct.pack("=BBHIBBxxIII8x", 1, category, 1, len(data) // 4, 0, 0, client, server_ms, 0)
    return head + data


def stream() -> tuple[RecordStream, Socket]:
    made, socket = RecordStream.__new__(RecordStream), Socket()
    made._data, made._unread, made._at = socket, b"", 0
    return made, socket


def test_blocks_come_whole_however_the_bytes_do() -> None:
    mapping_notify, generic = bytes([34]) + bytes(31), struct.pack("=BBHI24x", 35, 131, 1, 2) + bytes(8)
    sent = mapping_notify + reply(b"a" * 32) + generic + reply(b"b" * 64, client=5) + reply(b"", server_ms=9)
    expected = [(0, 7, b"a" * 32), (5, 7, b"b" * 64), (0, 9, b"")]
    for size in (1, 7, 32, 33, 100, len(sent)):
        made, socket = stream()
        found = []
        for start in range(0, len(sent), size):
            os.write(socket.write, sent[start : start + size])
            found += [(block.client, block.server_ms, block.data) for block in made.blocks()]
        assert found == expected, f"in pieces of {size} bytes"
        os.close(socket.write)
        with pytest.raises(CaptureUnavailable):
            list(made.blocks())
        made.close()


def test_who_stops_between_two_blocks_loses_none() -> None:
    made, socket = stream()
    os.write(socket.write, b"".join(reply(bytes([number]) * 32) for number in range(5)))
    found = [next(made.blocks()).data[0] for _ in range(3)] + [block.data[0] for block in made.blocks()]
    assert found == [0, 1, 2, 3, 4]
    made.close()
    os.close(socket.write)


@pytest.mark.parametrize(
    ("replies", "events_each", "overrun"),
    [(FULL_REPLIES, 1, True), (FULL_REPLIES - 1, 1, False), (60, 20, False)],
    ids=["full", "not quite", "few large ones"],
)
def test_a_socket_that_may_have_been_full_is_noticed(replies: int, events_each: int, overrun: bool) -> None:
    made, socket = stream()
    assert os.write(socket.write, reply(bytes(32 * events_each)) * replies) == replies * 32 * (1 + events_each)
    assert len(list(made.blocks())) == replies
    assert made.overrun == overrun
    assert list(made.blocks()) == [] and not made.overrun, "told once"
    made.close()
    os.close(socket.write)


@pytest.mark.desktop
def test_where_the_server_may_have_lost_events_a_number_is_missing(
    running: type[Running], env: DesktopEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sooner than it does: two replies at once are enough."""
    monkeypatch.setattr(record, "FULL_REPLIES", 2)
    with XTest(env.display) as hands, running(InputSource(env)) as run:
        steps = itertools.count()

        def gap() -> bool:
            for _ in range(20):
                hands.move(300 + next(steps) % 50, 300)
            numbers = [each.seq for each in run.of(Pointer)]
            return bool(numbers) and numbers != list(range(numbers[0], numbers[0] + len(numbers)))

        run.wait(gap, "a missing number")


def test_an_error_of_the_server_is_told() -> None:
    made, socket = stream()
    os.write(socket.write, bytes(32))
    with pytest.raises(CaptureUnavailable, match="refused"):
        list(made.blocks())
    made.close()
    os.close(socket.write)


def test_counters_are_found_by_name_behind_names_of_any_length() -> None:
    names = [b"DEVICEIDLETIME 12", b"X", b"IDLETIME", b"SERVERTIME"]
    rows = b"".join(
        struct.pack("=IiIH", 60 + index, 0, 4, len(name)) + name + bytes(-(14 + len(name)) % 4)
        for index, name in enumerate(names)
    )
    answer = struct.pack("=BBHII20x", 1, 0, 1, len(rows) // 4, len(names)) + rows
    assert [find_counter(answer, name) for name in names] == [60, 61, 62, 63]
    assert find_counter(answer, b"NONE") is None


@pytest.mark.desktop
def test_an_event_after_a_long_rest_is_not_kept_waiting(running: type[Running], env: DesktopEnv) -> None:
    with XTest(env.display) as hands, running(InputSource(env)) as run:
        steps = itertools.count()

        def seen() -> bool:
            hands.move(300 + next(steps) % 50, 300)
            return bool(run.of(Pointer))

        run.wait(seen, "the first event")
        late = []
        for _ in range(5):
            # Long enough for the source to rely on the server's alarm.
            time.sleep(0.7)
            before = len(run.of(Pointer))
            since_s = time.monotonic()
            hands.move(400 + next(steps), 300)
            run.wait(lambda before=before: len(run.of(Pointer)) > before, "the event after a rest")  # type: ignore[misc]
            late.append(time.monotonic() - since_s)
        # Without the alarm it would be up to a second; a busy machine may delay most of them.
        assert sorted(late)[1] < 0.5
