"""Forgetting the end of a recording while it is made: gone as a whole, or as it was, whenever it is cut short."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from understudy.records.events import Mark, Pointer
from understudy.records.recording import Recording
from understudy.records.redacted import Redacted
from understudy.seal.segment import SegmentReader
from understudy.seal.streams import BodyDecoder, records_of
from understudy.spool import writer as writer_module
from understudy.spool.names import segment_paths
from understudy.spool.reader import SegmentFiles, read_recording, verify_recording
from understudy.spool.recordings import finish_forgetting
from understudy.spool.writer import SpoolFull, SpoolWriter

if TYPE_CHECKING:
    from tests.spool.conftest import Workbench

SECOND_NS = 1_000_000_000
CANARY, KEPT = "canary-of-the-last-minutes", "harmless-control"


def at(second: float, seq: int, word: str) -> list[Redacted]:
    time_ns = int(second * SECOND_NS)
    return [
        Redacted(Pointer(time_ns=time_ns, seq=seq, kind="move", x=seq, y=0)),
        Redacted(Mark(time_ns=time_ns, seq=seq, kind="task", detail=word)),
    ]


def minutes(bench: Workbench, count: int, *, canaries_from: int) -> tuple[str, SpoolWriter]:
    """A recording of so many minutes, a segment each; those from `canaries_from` on hold the canary."""
    recording_id, writer = bench.begin()
    for minute in range(count):
        word = CANARY if minute >= canaries_from else KEPT
        for second in (1, 30, 58):
            writer.append(at(minute * 60 + second, minute, word))
        if minute < count - 1:
            writer.roll()
    return recording_id, writer


def sealed(bench: Workbench, recording_id: str) -> Recording:
    return read_recording(
        bench.home.spool / recording_id, bench.key(recording_id), device_public_key=bench.device.public_key
    )


def verdict(bench: Workbench, recording_id: str) -> str:
    return verify_recording(
        bench.home.spool / recording_id,
        device_public_key=bench.device.public_key,
        private_key=bench.key(recording_id),
    ).verdict


def opened(bench: Workbench, recording_id: str, paths: list[Path]) -> bytes:
    """All that the key opens in these files, whatever their names; what it doesn't open as it lies there."""
    content = []
    for path in paths:
        data = path.read_bytes()
        content.append(data)
        if b"UNDRSEG" in data[:12]:
            decoder = BodyDecoder()
            for frame in SegmentReader(data, bench.key(recording_id)).frames():
                content.append(frame.body)
                if frame.kind == 2:
                    for stream, batch in decoder.decode(frame.body).items():
                        content.append(msgspec.json.encode(records_of(stream, batch)))
    return b"\n".join(content)


def in_folder(bench: Workbench, recording_id: str) -> bytes:
    return opened(bench, recording_id, sorted((bench.home.spool / recording_id).iterdir()))


def readable(bench: Workbench, recording_id: str) -> bytes:
    return msgspec.json.encode(sealed(bench, recording_id))


def test_whole_segments_go_and_the_recording_goes_on(bench: Workbench) -> None:
    recording_id, writer = minutes(bench, 5, canaries_from=2)
    assert CANARY.encode() in in_folder(bench, recording_id)
    # From within the third minute on: all of it goes.
    gone = writer.forget(150 * SECOND_NS)
    assert (gone.segments, gone.from_ns) == (3, 121 * SECOND_NS)
    assert gone.kept == {"pointer": 6, "mark": 6}
    assert sorted(segment_paths(bench.home.spool / recording_id)) == [0, 1, 2]
    assert CANARY.encode() not in in_folder(bench, recording_id)
    assert verdict(bench, recording_id) == "recovered"
    writer.append(at(301, 6, KEPT))
    writer.roll()
    writer.append(at(310, 7, KEPT))
    writer.close()
    assert verdict(bench, recording_id) == "whole"
    recording = sealed(bench, recording_id)
    assert [one.time_ns // SECOND_NS for one in recording.pointer] == [1, 30, 58, 61, 90, 118, 301, 310]
    assert CANARY.encode() not in in_folder(bench, recording_id)


def test_a_young_recording_keeps_only_what_it_says_of_itself(bench: Workbench) -> None:
    recording_id, writer = minutes(bench, 3, canaries_from=0)
    gone = writer.forget(-100 * SECOND_NS)
    assert (gone.segments, gone.kept) == (3, {})
    writer.close()
    assert verdict(bench, recording_id) == "whole"
    recording = sealed(bench, recording_id)
    assert recording.info.id == recording_id
    assert not recording.pointer
    assert not recording.mark
    assert CANARY.encode() not in in_folder(bench, recording_id)


def test_nothing_in_the_span_leaves_everything_as_it_is(bench: Workbench) -> None:
    recording_id, writer = minutes(bench, 2, canaries_from=9)
    before = {path: path.read_bytes() for path in (bench.home.spool / recording_id).iterdir()}
    assert writer.forget(500 * SECOND_NS).segments == 0
    assert {path: path.read_bytes() for path in (bench.home.spool / recording_id).iterdir()} == before
    writer.close()
    assert verdict(bench, recording_id) == "whole"


def test_forgetting_twice(bench: Workbench) -> None:
    recording_id, writer = minutes(bench, 4, canaries_from=1)
    writer.forget(200 * SECOND_NS)
    writer.append(at(245, 9, CANARY))
    assert writer.forget(100 * SECOND_NS).segments == 3
    writer.close()
    assert verdict(bench, recording_id) == "whole"
    assert CANARY.encode() not in in_folder(bench, recording_id)
    assert len(sealed(bench, recording_id).pointer) == 3


def test_the_seal_of_what_went_does_not_fit_any_more(bench: Workbench) -> None:
    """A copy of a forgotten segment put back is told from the recording's own."""
    recording_id, writer = minutes(bench, 3, canaries_from=2)
    path = bench.home.spool / recording_id / "000002.seg"
    copy = path.read_bytes()
    writer.forget(125 * SECOND_NS)
    writer.close()
    path.write_bytes(copy)
    assert verdict(bench, recording_id) == "tampered"


class Killed(BaseException):
    """Stands for the process's end: nothing may catch it."""


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Every call that changes the disk is counted; before the one numbered `step` the process "ends"."""
    done = [0]

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            done[0] += 1
            if done[0] == step:
                raise Killed
            return real(*args, **named)

        return call

    with monkeypatch.context() as patch:
        for name in ("open", "write", "fsync", "fdatasync", "unlink", "rename", "replace"):
            patch.setattr(os, name, counted(getattr(os, name)))
        yield done


def test_a_crash_at_any_step_leaves_all_or_nothing(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = []
    for step in range(1, 200):
        recording_id, writer = minutes(bench, 5, canaries_from=2)
        before = readable(bench, recording_id)
        try:
            with killed_at(step, monkeypatch):
                writer.forget(150 * SECOND_NS)
        except Killed:
            ended = True
        else:
            ended = False
        after = readable(bench, recording_id)
        assert after == before or CANARY.encode() not in after, f"half a state at step {step}"
        assert KEPT.encode() in after
        outcomes.append(after == before)
        assert verdict(bench, recording_id) in ("recovered", "incomplete")
        finish_forgetting(bench.home.spool)
        assert readable(bench, recording_id) == after
        if after != before:
            assert CANARY.encode() not in in_folder(bench, recording_id)
            # Segment 1 was closed, 2 is fresh and open: as if the recorder had been killed just after its start.
            assert verdict(bench, recording_id) == "recovered"
        assert finish_forgetting(bench.home.spool) == 0
        if not ended:
            break
    else:
        raise AssertionError("it was killed at every step")
    # As it was for some steps, forgotten for all later ones.
    assert outcomes[0] is True
    assert outcomes[-1] is False
    assert outcomes == sorted(outcomes, reverse=True)
    assert len(outcomes) > 15


def test_a_full_disk_keeps_nothing_from_going(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id, writer = minutes(bench, 4, canaries_from=1)

    def full(path: Path, data: bytes, *, durable: bool = True) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writer_module, "write_new", full)
    with pytest.raises(SpoolFull):
        writer.forget(100 * SECOND_NS)
    assert sorted(SegmentFiles(bench.home.spool / recording_id)) == [0]
    assert CANARY.encode() not in in_folder(bench, recording_id)
    assert KEPT.encode() in readable(bench, recording_id)
