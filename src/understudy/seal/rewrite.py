"""Seal one segment anew with some of its content changed or left out; all else stays, unknown columns included."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from understudy.seal.errors import Tampered
from understudy.seal.keys import DeviceSigner
from understudy.seal.segment import INFO, SegmentReader, SegmentWriter
from understudy.seal.streams import BodyDecoder

Change = Callable[[str, pa.RecordBatch], pa.RecordBatch]
"""(stream, batch) -> the batch to seal in its place, with the same schema; no rows leave it out."""


def rewrite_segment(data: bytes, *, private_key: bytes, device: DeviceSigner, change: Change) -> bytes:
    """The segment sealed anew under a new key, at the same place in its recording.

    The next segment still names the old header: the recording's new manifest carries that link (state "resealed").
    Raises Tampered, WrongKey or UnknownVersion as `SegmentReader` does; the result of a torn segment is closed.
    """
    reader = SegmentReader(data, private_key)
    reader.header.check(device.public_key)
    writer = SegmentWriter(
        recording_id=reader.header.recording_id,
        number=reader.header.number,
        previous=reader.header.previous,
        recording_public_key=reader.header.recording_public_key,
        device=device,
    )
    parts = [writer.header]
    decoder = BodyDecoder()
    for frame in reader.frames():
        if frame.kind == INFO:
            parts.append(writer.raw_info(frame.body))
            continue
        batches = decoder.decode(frame.body)
        if sum(batch.num_rows for batch in batches.values()) != frame.records:
            raise Tampered("a frame holds another number of records than it says")
        parts.append(writer.append_batches({stream: change(stream, batch) for stream, batch in batches.items()}))
    return b"".join([*parts, writer.close()])
