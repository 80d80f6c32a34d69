"""Reading: a torn tail is no error, everything else wrong names its file."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from understudy.records import SCHEMA_VERSION
from understudy.records.events import Mark, Pointer
from understudy.records.kept import Kept
from understudy.records.recording import RecordingInfo
from understudy.seal.errors import SealError, UnknownVersion, WrongKey
from understudy.seal.keys import DeviceSigner, new_pair
from understudy.seal.segment import HEADER_BYTES
from understudy.spool import reader as reader_module
from understudy.spool.contents import count_contents
from understudy.spool.reader import DamagedSegment, EmptyRecording, RecordingReader, read_recording
from understudy.spool.recordings import forget_bytes, recording_ids, recordings

if TYPE_CHECKING:
    from tests.spool.conftest import Workbench


def moves(count: int, start: int = 0) -> list[Kept]:
    numbers = range(start, start + count)
    return [Pointer(time_ns=n * 100_000_000, seq=n, kind="move", x=n, y=0) for n in numbers]


def read(bench: Workbench, recording_id: str, **named: object) -> list[int]:
    recording = read_recording(
        bench.home.spool / recording_id,
        bench.key(recording_id),
        device_public_key=bench.device.public_key,
        **named,  # type: ignore[arg-type]
    )
    return [move.seq for move in recording.pointer]


def flip(bench: Workbench, recording_id: str, name: str, at: int) -> None:
    path = bench.home.spool / recording_id / name
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_whole_recording_comes_back(bench: Workbench) -> None:
    recording_id = bench.record(moves(1500), task="orders")
    recording = read_recording(
        bench.home.spool / recording_id, bench.key(recording_id), device_public_key=bench.device.public_key
    )
    assert recording.info.id == recording_id and recording.info.task == "orders"
    assert list(recording.pointer) == moves(1500)
    reader = RecordingReader(
        bench.home.spool / recording_id, bench.key(recording_id), device_public_key=bench.device.public_key
    )
    summary = reader.summary()
    assert summary is not None
    assert (summary.records, summary.stats) == ({"pointer": 1500}, {"events": 1500})
    assert reader.last_ns() == summary.last_ns == 1499 * 100_000_000


def test_a_torn_tail_is_left_out_silently(bench: Workbench) -> None:
    recording_id = bench.record(moves(10), moves(10, 10), close=False)
    path = bench.home.spool / recording_id / "000000.seg"
    path.write_bytes(path.read_bytes()[:-1])
    assert read(bench, recording_id) == list(range(10))
    reader = RecordingReader(path.parent, bench.key(recording_id), device_public_key=bench.device.public_key)
    assert reader.summary() is None and reader.last_ns() == 900_000_000


def test_a_crash_inside_the_newest_header_is_a_torn_tail(bench: Workbench) -> None:
    recording_id = bench.record(moves(1300), close=False)
    path = bench.home.spool / recording_id / "000002.seg"
    path.write_bytes(path.read_bytes()[: HEADER_BYTES - 1])
    assert len(read(bench, recording_id)) == 1200


def test_a_damaged_segment_is_named_and_the_rest_still_reads(bench: Workbench) -> None:
    recording_id = bench.record(moves(1500))
    flip(bench, recording_id, "000001.seg", 2000)
    with pytest.raises(DamagedSegment, match=rf"{recording_id}/000001.seg: .*recordings verify"):
        read(bench, recording_id)
    left = read(bench, recording_id, on_damage="skip")
    assert set(range(600)) | set(range(1200, 1500)) <= set(left) < set(range(1500))


@pytest.mark.parametrize("name", ["000000.seg", "000001.seg", "000002.seg"])
def test_a_missing_segment_is_named(bench: Workbench, name: str) -> None:
    recording_id = bench.record(moves(1500))
    (bench.home.spool / recording_id / name).unlink()
    with pytest.raises(DamagedSegment, match=f"{name}: it is missing"):
        read(bench, recording_id)


def test_a_damaged_manifest_is_named_and_the_segments_still_read(bench: Workbench) -> None:
    recording_id = bench.record(moves(15))
    flip(bench, recording_id, "manifest", 100)
    with pytest.raises(DamagedSegment, match="/manifest: the closing manifest"):
        read(bench, recording_id)
    assert read(bench, recording_id, on_damage="skip") == list(range(15))


def test_a_segment_forged_by_another_device_is_never_read(bench: Workbench) -> None:
    recording_id = bench.record(moves(15))
    bench.device = DeviceSigner.generate()
    with pytest.raises(DamagedSegment, match="signature"):
        read(bench, recording_id)
    with pytest.raises(EmptyRecording):
        read(bench, recording_id, on_damage="skip")


def test_another_key_is_the_wrong_key(bench: Workbench) -> None:
    recording_id = bench.record(moves(15))
    with pytest.raises(WrongKey, match=f"{recording_id}: the key given is not this recording's"):
        read_recording(bench.home.spool / recording_id, new_pair().private, device_public_key=bench.device.public_key)


def test_a_newer_format_is_named(bench: Workbench) -> None:
    recording_id = bench.record(moves(15))
    folder = bench.home.spool / recording_id
    for path in folder.iterdir():
        path.write_bytes(b"\x02" + path.read_bytes()[1:])
    with pytest.raises(UnknownVersion, match=f"{recording_id}: .* version 2.*newer understudy"):
        read(bench, recording_id)
    assert recordings(bench.home.spool, device_public_key=bench.device.public_key)[0].outline is None


def test_a_newer_schema_is_named(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = bench.record(moves(15))
    monkeypatch.setattr(reader_module, "SCHEMA_VERSION", SCHEMA_VERSION - 1)
    with pytest.raises(UnknownVersion, match="schema version 1"):
        read(bench, recording_id)


def test_unknown_fields_of_what_a_recording_says_of_itself_are_passed_over(bench: Workbench) -> None:
    recording_id = bench.record(moves(1))
    reader = RecordingReader(
        bench.home.spool / recording_id, bench.key(recording_id), device_public_key=bench.device.public_key
    )
    body = msgspec.json.encode({**msgspec.to_builtins(reader.info()), "mood": "fine"})
    assert reader_module._info(body, "x") == reader.info()


def test_no_recording_at_all_is_named(bench: Workbench) -> None:
    folder = bench.home.spool / ("ab" * 16)
    folder.mkdir(parents=True)
    with pytest.raises(EmptyRecording, match="no recording is there"):
        read_recording(folder, new_pair().private, device_public_key=bench.device.public_key)


def test_a_recording_that_crashed_at_once_says_what_is_missing(bench: Workbench) -> None:
    recording_id = bench.record(close=False)
    path = bench.home.spool / recording_id / "000000.seg"
    for size in (0, 100, HEADER_BYTES, HEADER_BYTES + 20):
        path.write_bytes(path.read_bytes()[:size])
        with pytest.raises(EmptyRecording, match=r"000000\.seg.*recordings forget"):
            read(bench, recording_id)
        if size:
            path.unlink()
            shutil.rmtree(path.parent)
        recording_id = bench.record(close=False)
        path = bench.home.spool / recording_id / "000000.seg"


def test_a_recording_without_records_is_empty_but_whole(bench: Workbench) -> None:
    recording_id = bench.record()
    assert read(bench, recording_id) == []


def test_a_copy_without_the_key_yields_nothing(bench: Workbench) -> None:
    recording_id = bench.record([Mark(time_ns=1, seq=0, kind="task", detail="secret-task")], task="secret-task")
    bytes_ = b"".join(path.read_bytes() for path in (bench.home.spool / recording_id).iterdir())
    assert b"secret" not in bytes_ and b"2026" not in bytes_ and b"mark" not in bytes_
    assert bench.device.public_key not in bytes_ and bench.me.public_key not in bytes_


def test_recordings_are_listed_and_forgotten(bench: Workbench) -> None:
    first, second = bench.record(moves(15)), bench.record(moves(700), close=False)
    (bench.home.spool / "notes.txt").write_text("mine")
    (bench.home.spool / "old").mkdir()
    listed = {one.id: one for one in recordings(bench.home.spool, device_public_key=bench.device.public_key)}
    assert set(listed) == {first, second}
    assert (listed[first].closed, listed[first].segments) == (True, 1)
    assert (listed[second].closed, listed[second].segments) == (False, 2)
    assert listed[first].outline and listed[first].outline.verdict == "whole"
    assert forget_bytes(bench.home.spool, first) == listed[first].bytes
    assert forget_bytes(bench.home.spool, first) == 0
    assert recording_ids(bench.home.spool) == (second,)
    assert (bench.home.spool / "notes.txt").exists()
    with pytest.raises(ValueError, match="hexadecimal"):
        forget_bytes(bench.home.spool, "../keys")


def test_contents_are_counted(bench: Workbench) -> None:
    marks: list[Kept] = [
        Mark(time_ns=0, seq=0, kind="start"),
        Mark(time_ns=10**9, seq=1, kind="pause"),
        Mark(time_ns=4 * 10**9, seq=2, kind="resume"),
        Mark(time_ns=5 * 10**9, seq=3, kind="dropped", reason="secure_field", what="keys"),
        Mark(time_ns=6 * 10**9, seq=4, kind="dropped", reason="secure_field", what="keys"),
        Mark(time_ns=7 * 10**9, seq=5, kind="loss", detail="input"),
        Mark(time_ns=8 * 10**9, seq=6, kind="task", detail="second task"),
    ]
    recording_id = bench.record(marks, moves(3))
    reader = RecordingReader(
        bench.home.spool / recording_id, bench.key(recording_id), device_public_key=bench.device.public_key
    )
    contents = count_contents(reader.pieces())
    assert contents.records["mark"] == 7 and contents.records["pointer"] == 3 and contents.records["keys"] == 0
    assert contents.dropped == {("keys", "secure_field"): 2}
    assert (contents.lost, contents.paused_s, contents.tasks) == (1, 3.0, ("second task",))
    assert (contents.first_ns, contents.last_ns) == (0, 8 * 10**9)


def test_errors_of_reading_have_one_root() -> None:
    assert issubclass(DamagedSegment, SealError) and issubclass(EmptyRecording, SealError)
    assert {field.name for field in msgspec.structs.fields(RecordingInfo)} >= {"id", "task", "schema_version"}
