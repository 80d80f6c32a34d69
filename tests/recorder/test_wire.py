from __future__ import annotations

import socket
import threading

import pytest

from understudy.capture.source import Ask, Control, Stop
from understudy.recorder.wire import FromSource, Records, SourceChannel, Wire
from understudy.records.events import Patch, Pointer, RawFrame
from understudy.records.geometry import Rect


def test_messages_arrive_whole_and_in_order_however_they_are_cut() -> None:
    ours, theirs = socket.socketpair()
    sender, receiver = Wire[Control](ours, Control), Wire[Control](theirs, Control)
    sent: list[Control] = [Ask(x=index, y=0, time_ns=index, cause="rest") for index in range(500)]
    for message in sent:
        sender.send(message)
    received: list[Control] = []
    while len(received) < len(sent):
        received += receiver.wait(1)
    assert received == sent
    assert receiver.receive() == []


def test_a_whole_frame_passes_though_it_is_larger_than_the_buffer() -> None:
    ours, theirs = socket.socketpair()
    pixels = bytes(range(256)) * 4 * 1920 * 3
    frame = RawFrame(
        time_ns=1,
        seq=0,
        screen=Rect(0, 0, 1920, 1024),
        stack=(),
        patches=(Patch(window=1, rect=Rect(0, 0, 1920, 1024), pixels=pixels, damaged_ns=0),),
    )
    channel = SourceChannel(Wire[Control](ours, Control))
    thread = threading.Thread(target=channel.send, args=([frame, Pointer(time_ns=2, seq=0, kind="up", x=1, y=1)],))
    thread.start()
    receiver = Wire[FromSource](theirs, FromSource)
    received: list[FromSource] = []
    while not received:
        received = receiver.wait(5)
    thread.join()
    (message,) = received
    assert isinstance(message, Records)
    assert message.records[0] == frame


def test_the_other_ends_end_shows() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire[Control](ours, Control)
    theirs.close()
    with pytest.raises(EOFError):
        wire.wait(1)
    with pytest.raises(BrokenPipeError):
        wire.send(Stop())
    wire.close()
    wire.close()
