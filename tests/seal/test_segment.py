"""A segment seals and opens; what is wrong with one has its own error."""

from __future__ import annotations

import pytest

from understudy.records.events import Mark
from understudy.records.kept import Kept
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.errors import CutShort, Tampered, UnknownVersion, WrongKey
from understudy.seal.keys import DeviceSigner, KeyPair, new_pair
from understudy.seal.segment import (
    GENESIS,
    HEADER_BYTES,
    INFO,
    LENGTH_BYTES,
    RECORDS,
    SegmentReader,
    SegmentWriter,
    parse_header,
    zero_filled,
)
from understudy.seal.streams import BodyDecoder, records_of

ID = "ab" * 16


@pytest.fixture
def device() -> DeviceSigner:
    return DeviceSigner.generate()


@pytest.fixture
def pair() -> KeyPair:
    return new_pair()


def make_writer(device: DeviceSigner, pair: KeyPair, number: int = 0) -> SegmentWriter:
    return SegmentWriter(
        recording_id=ID, number=number, previous=GENESIS, recording_public_key=pair.public, device=device
    )


def marks(*times_ns: int) -> list[Redacted]:
    return [Redacted(Mark(time_ns=time, seq=index, kind="clock")) for index, time in enumerate(times_ns)]


def opened(data: bytes, private: bytes) -> list[Kept]:
    decoder = BodyDecoder()
    return [
        record
        for frame in SegmentReader(data, private).frames()
        if frame.kind == RECORDS
        for stream, batch in decoder.decode(frame.body).items()
        for record in records_of(stream, batch)
    ]


def test_what_is_sealed_comes_back(device: DeviceSigner, pair: KeyPair, info: RecordingInfo, kept: list[Kept]) -> None:
    writer = make_writer(device, pair)
    data = writer.header + writer.info(info) + writer.append([Redacted(one) for one in kept]) + writer.close()
    assert sorted(map(repr, opened(data, pair.private))) == sorted(map(repr, kept))
    reader = SegmentReader(data, pair.private)
    reader.header.check(device.public_key)
    kinds = [frame.kind for frame in reader.frames()]
    assert kinds == [INFO, RECORDS] and reader.end == "closed"


def test_each_second_has_a_frame_of_its_own(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    data = writer.header + writer.append(marks(0, 999_999_999, 1_000_000_000, 5_000_000_000)) + writer.close()
    assert [frame.records for frame in SegmentReader(data, pair.private).frames()] == [2, 1, 1]


def test_nothing_readable_lies_outside(device: DeviceSigner, pair: KeyPair, info: RecordingInfo) -> None:
    writer = make_writer(device, pair)
    data = writer.header + writer.info(info) + writer.append(marks(1)) + writer.close()
    for word in (info.task, info.contributor, info.consent_id, "clock", "mark", "ARROW", info.started_at):
        assert word.encode() not in data


def test_two_seals_of_the_same_records_have_nothing_in_common(device: DeviceSigner, pair: KeyPair) -> None:
    first, second = (make_writer(device, pair) for _ in range(2))
    a, b = (writer.append(marks(1, 2)) for writer in (first, second))
    assert len(a) == len(b) and a != b


@pytest.mark.parametrize("bad", ["info", {"id": ID}, None])
def test_only_a_recording_info_is_sealed_as_one(device: DeviceSigner, pair: KeyPair, bad: object) -> None:
    with pytest.raises(TypeError, match="expected a RecordingInfo"):
        make_writer(device, pair).info(bad)  # type: ignore[arg-type]


def test_a_closed_segment_takes_nothing_more_and_forgets_its_key(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.append(marks(1))
    assert not any(writer.checkpoint())


def test_frames_that_never_reached_the_disk_can_be_taken_back(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    data = writer.header + writer.append(marks(1))
    state = writer.checkpoint()
    writer.append(marks(2))
    writer.rewind(state)
    reader = SegmentReader(data + writer.close(), pair.private)
    assert len(list(reader.frames())) == 1 and reader.end == "closed"


def test_another_recordings_key_is_the_wrong_key(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    with pytest.raises(WrongKey, match="not that of recording"):
        SegmentReader(writer.header, new_pair().private)


def test_a_header_made_without_the_devices_key_is_found(device: DeviceSigner, pair: KeyPair) -> None:
    forged = make_writer(DeviceSigner.generate(), pair)
    with pytest.raises(Tampered, match="signature"):
        parse_header(forged.header).check(device.public_key)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_is_named(device: DeviceSigner, pair: KeyPair, version: int) -> None:
    header = make_writer(device, pair).header
    with pytest.raises(UnknownVersion, match=f"version {version}.*newer understudy"):
        parse_header(bytes([version]) + header[1:])


def test_other_algorithms_and_other_files_are_named(device: DeviceSigner, pair: KeyPair) -> None:
    header = make_writer(device, pair).header
    with pytest.raises(UnknownVersion, match="algorithms 9"):
        parse_header(header[:8] + b"\x09" + header[9:])
    with pytest.raises(UnknownVersion, match="leaves zero"):
        parse_header(header[:200] + b"\x01" + header[201:])
    with pytest.raises(Tampered, match="not a segment"):
        parse_header(b"\x01PNG-IMG" + header[8:])


@pytest.mark.parametrize("size", [0, 1, 11, HEADER_BYTES - 1])
def test_a_short_header_is_cut_short(device: DeviceSigner, pair: KeyPair, size: int) -> None:
    with pytest.raises(CutShort):
        parse_header(make_writer(device, pair).header[:size])


def test_a_cut_at_every_byte_keeps_what_lies_before(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    edges, data = [HEADER_BYTES], writer.header
    for time in (1, 2, 3):
        data += writer.append(marks(time))
        edges.append(len(data))
    data += writer.close()
    for size in range(HEADER_BYTES, len(data)):
        reader = SegmentReader(data[:size], pair.private)
        frames = list(reader.frames())
        assert len(frames) == sum(edge <= size for edge in edges) - 1
        assert reader.end == ("edge" if size in edges else "torn"), size


def test_a_changed_length_is_no_torn_tail(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    data = bytearray(writer.header + writer.append(marks(1)) + writer.append(marks(2)))
    for at in range(HEADER_BYTES, HEADER_BYTES + LENGTH_BYTES):
        changed = bytes(data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :])
        with pytest.raises(Tampered, match="not what was sealed"):
            list(SegmentReader(changed, pair.private).frames())


def test_a_power_cut_that_left_zeros_is_a_torn_tail(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    good = writer.header + writer.append(marks(1))
    lost = writer.append([Redacted(Mark(time_ns=2, seq=0, kind="task", detail="".join(map(chr, range(300, 3000)))))])
    data = good + lost
    boundary = -(-(len(good) + 100) // 512) * 512
    assert boundary < len(data) - 600
    reader = SegmentReader(data[:boundary] + bytes(len(data) - boundary), pair.private)
    assert len(list(reader.frames())) == 1 and reader.end == "torn"
    # Zeros that begin elsewhere than at a sector, or that end before the file does, were not made by a power cut.
    for changed in (
        data[: boundary - 9] + bytes(len(data) - boundary - 500) + data[len(data) - 509 :],
        data[: len(good) + 3] + b"\0" + data[len(good) + 4 :],
    ):
        if changed != data:
            with pytest.raises(Tampered):
                list(SegmentReader(changed, pair.private).frames())


def test_zero_filled_needs_a_whole_sectors_boundary() -> None:
    assert zero_filled(b"x" * 512 + bytes(512), 600)
    assert not zero_filled(b"x" * 600, 600)
    assert not zero_filled(b"x" * 512 + bytes(4), 516)


def test_bytes_after_the_last_frame_are_found(device: DeviceSigner, pair: KeyPair) -> None:
    writer = make_writer(device, pair)
    data = writer.header + writer.close()
    with pytest.raises(Tampered, match="1 bytes follow"):
        list(SegmentReader(data + b"x", pair.private).frames())


def test_a_frame_of_another_segment_does_not_open(device: DeviceSigner, pair: KeyPair) -> None:
    first, second = make_writer(device, pair, 0), make_writer(device, pair, 1)
    frame = second.append(marks(1))
    with pytest.raises(Tampered):
        list(SegmentReader(first.header + frame, pair.private).frames())
