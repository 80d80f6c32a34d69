"""A segment sealed anew keeps what isn't changed, columns and streams of newer programs included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from understudy.records.events import Mark
from understudy.records.redacted import Redacted
from understudy.seal.errors import Tampered
from understudy.seal.keys import DeviceSigner, new_pair
from understudy.seal.layout import digest
from understudy.seal.manifest import FILE_PERSON, Entry, make_manifest, parse_manifest
from understudy.seal.rewrite import rewrite_segment
from understudy.seal.segment import GENESIS, SegmentReader, SegmentWriter, parse_header
from understudy.seal.streams import BodyDecoder, batches_of, records_of
from understudy.seal.verify import verify

if TYPE_CHECKING:
    from tests.seal.conftest import Sealed

ID = "cd" * 16


def tables(data: bytes, private_key: bytes) -> dict[str, pa.Table]:
    decoder, found = BodyDecoder(), {}
    for frame in SegmentReader(data, private_key).frames():
        if frame.kind == 2:
            for stream, batch in decoder.decode(frame.body).items():
                found.setdefault(stream, []).append(batch)
    return {stream: pa.Table.from_batches(batches) for stream, batches in found.items()}


def test_columns_and_streams_of_a_newer_program_survive() -> None:
    device, pair = DeviceSigner.generate(), new_pair()
    writer = SegmentWriter(recording_id=ID, number=0, previous=GENESIS, recording_public_key=pair.public, device=device)
    (marks,) = batches_of([Redacted(Mark(time_ns=n, seq=n, kind="clock")) for n in range(4)]).values()
    newer = marks.append_column("mood", pa.array(["fine", "tired", "fine", "gone"]))
    unknown = pa.record_batch({"time_ns": [1], "wave": [[0.5, 0.25]]})
    data = writer.header + writer.append_batches({"mark": newer, "brainwaves": unknown}) + writer.close()

    def without_late_marks(stream: str, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch.filter(pc.less(batch.column("time_ns"), 2))

    again = rewrite_segment(data, private_key=pair.private, device=device, change=without_late_marks)
    found = tables(again, pair.private)
    assert found["mark"].column("mood").to_pylist() == ["fine", "tired"]
    assert found["brainwaves"].to_pylist() == [{"time_ns": 1, "wave": [0.5, 0.25]}]
    assert [mark.seq for mark in records_of("mark", found["mark"])] == [0, 1]


def test_a_segment_sealed_anew_fits_into_its_recording(small: Sealed) -> None:
    again = rewrite_segment(
        small.segments[0],
        private_key=small.pair.private,
        device=small.device,
        change=lambda stream, batch: batch.slice(0, 0),
    )
    old = parse_manifest(small.manifest, small.device.public_key)
    entries = dict(old.entries)
    header = parse_header(again)
    entries[0] = Entry(0, "resealed", len(again), header.hash, entries[0].link_hash, digest(again, FILE_PERSON))
    small.segments[0] = again
    small.manifest = make_manifest(
        recording_id=small.recording_id,
        recording_public_key=small.pair.public,
        entries=list(entries.values()),
        summary=old.summary(small.pair.private),
        device=small.device,
    )
    result = verify(
        small.segments,
        small.manifest,
        recording_id=small.recording_id,
        device_public_key=small.device.public_key,
        private_key=small.pair.private,
    )
    assert result.verdict == "whole"
    assert not tables(again, small.pair.private)


def test_a_segment_of_another_device_is_not_sealed_anew(small: Sealed) -> None:
    with pytest.raises(Tampered, match="signature"):
        rewrite_segment(
            small.segments[0],
            private_key=small.pair.private,
            device=DeviceSigner.generate(),
            change=lambda stream, batch: batch,
        )
