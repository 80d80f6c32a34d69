"""The pure parts of X11 capture: the clock, requests on the wire, pixels."""

from __future__ import annotations

import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.capture.x11.clock import ServerClock, unwrap_ms
from understudy.capture.x11.input import changed_keys, split_requests
from understudy.capture.x11.pixels import rgb

MS = 1_000_000


@given(st.integers(0, 2**50), st.integers(-(2**31) + 1, 2**31 - 1))
def test_unwrap_finds_the_time_nearest(near_ms: int, away_ms: int) -> None:
    true_ms = near_ms + away_ms
    assert unwrap_ms(true_ms % 2**32, near_ms) == true_ms


def test_a_server_on_the_same_clock_needs_no_calibration() -> None:
    now_ns = (2**32 + 1234) * MS + 567
    clock = ServerClock(1234, (now_ns - MS, now_ns))
    assert clock.offset_ms == 0
    assert clock.time_ns(1300, now_ns + 70 * MS) == (2**32 + 1300) * MS
    assert clock.time_ns(2**32 - 1, now_ns) == (2**32 - 1) * MS, "an event from before the wrap"


def test_a_server_on_another_clock_is_calibrated() -> None:
    clock = ServerClock(500, (10_000 * MS, 10_002 * MS))
    assert clock.time_ns(500, 10_002 * MS) == 10_001 * MS
    assert clock.time_ns(750, 10_260 * MS) == 10_251 * MS


def request(opcode: int, body: bytes, detail: int = 0) -> bytes:
    return struct.pack("=BBH", opcode, detail, 1 + len(body) // 4) + body


def test_requests_are_split_big_ones_too() -> None:
    small = request(31, b"\0" * 12)
    big = struct.pack("=BBHI", 100, 0, 0, 3) + b"\1\2\3\4"
    assert list(split_requests(small + big + small, sys.byteorder)) == [small, big, small]


def test_a_request_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="no length"):
        list(split_requests(b"\x64" + b"\0" * 15, sys.byteorder))


def test_the_core_request_that_redefines_keys() -> None:
    body = struct.pack("=BBxx4I", 200, 2, 0x61, 0x41, 0x20AC, 0)
    assert list(changed_keys(request(100, body, detail=2), sys.byteorder)) == [(200, [0x61, 0x41]), (201, [0x20AC, 0])]
    swapped = struct.pack(">BBxxI", 9, 1, 0x62)
    assert list(changed_keys(b"\x64\x01\0\3" + swapped, "big")) == [(9, [0x62])]


def test_pixels_become_rgb() -> None:
    image = struct.pack("=4I", 0xFF112233, 0x445566, 0x00778899, 0xAABBCC)
    assert rgb(image, 2, 2).hex() == "112233445566778899aabbcc"
