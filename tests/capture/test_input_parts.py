"""How the input source reads the server's stream, and when it wakes, piece by piece."""

from __future__ import annotations

import itertools
import os
import select
import struct
import sys
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from understudy.act.xtest import XTest
from understudy.capture.source import CaptureUnavailable, Control, DesktopEnv, Stop
from understudy.capture.x11 import input as input_source
from understudy.capture.x11 import record
from understudy.capture.x11.input import FAST_BYTES, InputSource
from understudy.capture.x11.pulse import find_counter
from understudy.capture.x11.record import FROM_SERVER, FULL_REPLIES, RecordStream
from understudy.records.events import Pointer, Raw, Tick

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


STREAM, CONTROLS, SERVER = 10, 11, 12
"""Descriptors of the session below."""
BLOCK_S, BEAT_S = 0.025, 0.1


class Waits:
    """Stands for `select`, the server and the recorder: each look finds so many bytes; then the recorder says stop.

    `made` are the waits: for what, and for how many ms; None where a tick was told.
    """

    POLLIN = select.POLLIN

    def __init__(self, looks: Sequence[int]) -> None:
        self.looks = list(looks)
        self.made: list[tuple[set[int], float] | None] = []
        self.read_bytes = 0

    def poll(self) -> SimpleNamespace:
        watched: set[int] = set()

        def wait(timeout_ms: float) -> list[tuple[int, int]]:
            self.made.append((watched, timeout_ms))
            return [] if self.looks else [(CONTROLS, self.POLLIN)]

        return SimpleNamespace(register=lambda descriptor, _: watched.add(descriptor), poll=wait)

    def hand_over(self, _: object) -> bool:
        self.read_bytes = self.looks.pop(0) if self.looks else 0
        return self.read_bytes > 0

    def send(self, records: Sequence[Raw]) -> None:
        assert all(isinstance(one, Tick) for one in records)
        self.made.append(None)

    def controls(self, _: float) -> list[Control]:
        return [Stop()]


ALL, TOLD = {STREAM, CONTROLS, SERVER}, {CONTROLS, SERVER}


@pytest.mark.parametrize(
    ("looks", "waits"),
    [
        ([0, 0, 0], [(ALL, 101), (ALL, 101), (ALL, 101)]),
        ([64, 0, 0], [(ALL, 101), (TOLD, 25), None, (ALL, 101)]),
        ([FAST_BYTES, 0, 0], [(ALL, 101), (ALL, 26), None, (ALL, 101)]),
        ([FAST_BYTES, FAST_BYTES, 64, 0], [(ALL, 101), (ALL, 26), (ALL, 26), (TOLD, 25), None]),
    ],
    ids=["at rest", "after a few", "after a burst", "in a burst"],
)
def test_the_end_of_a_movement_is_told_as_soon_after_much_as_after_little(
    monkeypatch: pytest.MonkeyPatch, looks: list[int], waits: list[tuple[set[int], float] | None]
) -> None:
    desk = Waits(looks)
    monkeypatch.setattr(input_source, "select", desk)
    made: Any = input_source._Session.__new__(input_source._Session)
    made._stream = SimpleNamespace(fileno=lambda: STREAM, read_bytes=0)
    made._pulse = SimpleNamespace(
        fileno=lambda: SERVER, block_s=BLOCK_S, beat=lambda _: BEAT_S, news=lambda _: False, seen=lambda _: None
    )
    made._paused, made._released, made._newest_ns = False, None, sys.maxsize

    def hand_over(channel: object) -> bool:
        came = desk.hand_over(channel)
        made._stream.read_bytes = desk.read_bytes
        return came

    made._hand_over, made._flush = hand_over, lambda _: None
    made.run(SimpleNamespace(fileno=lambda: CONTROLS, poll=desk.controls, send=desk.send))
    # The last wait is the one that the recorder's word ended.
    assert desk.made[:-1] == waits


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
