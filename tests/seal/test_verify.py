"""Each verdict provoked: bits flipped anywhere, frames and segments dropped, swapped, replayed, forged, cut."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from understudy.records.events import Mark
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.errors import SealError, UnknownVersion, WrongKey
from understudy.seal.keys import DeviceSigner, new_pair
from understudy.seal.layout import digest
from understudy.seal.manifest import (
    FILE_PERSON,
    Entry,
    Summary,
    make_manifest,
    parse_manifest,
    removed_entry,
)
from understudy.seal.segment import (
    GENESIS,
    HEADER_BYTES,
    LENGTH_BYTES,
    SegmentReader,
    SegmentWriter,
    parse_header,
)
from understudy.seal.verify import Head, Verification, verify, verify_outline

if TYPE_CHECKING:
    from tests.seal.conftest import Sealed

Judge = Callable[..., Verification]
WITH_KEY = pytest.mark.parametrize("with_key", [True, False], ids=["key", "no key"])
WITH_MANIFEST = pytest.mark.parametrize("closed", [True, False], ids=["closed", "never closed"])


def judge(
    sealed: Sealed, *, with_key: bool = True, closed: bool = True, device: DeviceSigner | None = None
) -> Verification:
    return verify(
        sealed.segments,
        sealed.manifest if closed else None,
        recording_id=sealed.recording_id,
        device_public_key=(device or sealed.device).public_key,
        private_key=sealed.pair.private if with_key else None,
    )


def outline(sealed: Sealed, *, closed: bool = True) -> Verification:
    heads = {number: Head(data[:HEADER_BYTES], len(data)) for number, data in sealed.segments.items()}
    return verify_outline(
        heads,
        sealed.manifest if closed else None,
        recording_id=sealed.recording_id,
        device_public_key=sealed.device.public_key,
    )


def frame_edges(data: bytes, private_key: bytes) -> list[int]:
    """Where frames begin and end, found by opening longer and longer pieces."""
    edges = []
    for size in range(HEADER_BYTES, len(data) + 1):
        reader = SegmentReader(data[:size], private_key)
        list(reader.frames())
        if reader.end in ("edge", "closed"):
            edges.append(size)
    return edges


def flips(data: bytes) -> Iterator[bytes]:
    """The bytes with one bit flipped, for every byte; another bit each time."""
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :]


# whole


@WITH_KEY
def test_what_was_closed_and_left_alone_is_whole(small: Sealed, with_key: bool) -> None:
    result = judge(small, with_key=with_key)
    assert (result.verdict, result.findings) == ("whole", ())
    assert result.depth == ("content" if with_key else "bytes")
    assert outline(small).verdict == "whole"


def test_a_recording_without_records_is_whole(small: Sealed) -> None:
    empty = type(small)(device=small.device).write([])
    assert judge(empty).verdict == "whole"


# flipped bits


@pytest.mark.parametrize(("number", "with_key"), [(0, False), (1, False), (1, True), (2, False)])
def test_a_flipped_bit_anywhere_in_a_closed_segment_is_tampering(small: Sealed, number: int, with_key: bool) -> None:
    good = small.segments[number]
    for at, changed in enumerate(flips(good)):
        small.segments[number] = changed
        # The manifest's hashes find it without the key; with the key, so does each frame by itself (below).
        assert judge(small, with_key=with_key).verdict == "tampered", at


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_flipped_bit_anywhere_in_a_recording_never_closed_is_tampering(small: Sealed, number: int) -> None:
    good = small.segments[number]
    for at, changed in enumerate(flips(good)):
        small.segments[number] = changed
        try:
            assert judge(small, closed=False).verdict == "tampered", at
        except UnknownVersion:
            # Nobody signs for this header, so its version can't be told from a newer program's.
            assert at in (0, 8, 9, 10, 11, *range(200, 232))


@WITH_KEY
def test_a_flipped_bit_anywhere_in_the_manifest_is_never_whole(small: Sealed, with_key: bool) -> None:
    good = small.manifest
    for at, changed in enumerate(flips(good)):
        small.manifest = changed
        try:
            verdict = judge(small, with_key=with_key).verdict
        except UnknownVersion:
            assert at in (0, 8, 9, 10, 11)
            continue
        # A larger count of entries or size of the summary is a manifest that ends too early.
        sizes = (*range(12, 16), *range(64, 68))
        assert verdict == "tampered" or (verdict == "incomplete" and at in sizes), at


def test_a_flipped_bit_in_a_length_is_not_taken_for_a_torn_tail(small: Sealed) -> None:
    number = max(small.segments)
    good = small.segments[number]
    edges = frame_edges(good, small.pair.private)
    for start in edges[:-1]:
        for at in range(start, start + LENGTH_BYTES):
            small.segments[number] = good[:at] + bytes([good[at] ^ 0x40]) + good[at + 1 :]
            assert judge(small, closed=False).verdict == "tampered"


# cuts


def test_a_crash_leaves_a_recovered_tail(small: Sealed) -> None:
    number = max(small.segments)
    good = small.segments[number]
    edges = frame_edges(good, small.pair.private)
    for size in range(len(good)):
        small.segments[number] = good[:size]
        result = judge(small, closed=False)
        assert result.verdict == "recovered", size
        if size >= HEADER_BYTES:
            where = "after a whole frame" if size in edges else "inside a frame"
            assert where in result.reason


def test_without_the_key_a_crash_can_not_be_told_from_a_loss(small: Sealed) -> None:
    number = max(small.segments)
    good = small.segments[number]
    for size in (0, 5, HEADER_BYTES, HEADER_BYTES + 40, len(good)):
        small.segments[number] = good[:size]
        result = judge(small, closed=False, with_key=False)
        assert result.verdict == "incomplete" and "only its key" in result.reason


@pytest.mark.parametrize(("number", "with_key"), [(0, True), (1, False), (2, True)])
def test_a_closed_recording_cut_at_any_byte_is_incomplete(small: Sealed, number: int, with_key: bool) -> None:
    good = small.segments[number]
    for size in range(len(good)):
        small.segments[number] = good[:size]
        assert judge(small, with_key=with_key).verdict == "incomplete", size


def test_an_earlier_segment_cut_at_a_frames_edge_is_incomplete(small: Sealed) -> None:
    good = small.segments[0]
    for size in frame_edges(good, small.pair.private)[:-1]:
        small.segments[0] = good[:size]
        assert judge(small, closed=False).verdict == "incomplete"


def test_what_is_left_of_a_cut_segment_is_still_checked_with_the_key(small: Sealed) -> None:
    good = small.segments[1]
    cut = good[:-20]
    small.segments[1] = cut[: HEADER_BYTES + 5] + bytes([cut[HEADER_BYTES + 5] ^ 1]) + cut[HEADER_BYTES + 6 :]
    assert judge(small).verdict == "tampered"
    assert judge(small, with_key=False).verdict == "incomplete"


@WITH_KEY
def test_a_manifest_cut_at_any_byte_is_incomplete(small: Sealed, with_key: bool) -> None:
    good = small.manifest
    for size in range(len(good)):
        small.manifest = good[:size]
        assert judge(small, with_key=with_key).verdict == "incomplete", size


@WITH_KEY
def test_a_lost_manifest_is_incomplete(small: Sealed, with_key: bool) -> None:
    assert judge(small, closed=False, with_key=with_key).verdict == "incomplete"


@WITH_KEY
@WITH_MANIFEST
def test_nothing_at_all_is_incomplete(small: Sealed, with_key: bool, closed: bool) -> None:
    small.segments.clear()
    result = judge(small, with_key=with_key, closed=closed)
    assert result.verdict == "incomplete"


def test_zeros_for_the_newest_segment_are_a_recovered_tail(small: Sealed) -> None:
    small.segments[2] = bytes(512)
    assert judge(small, closed=False).verdict == "recovered"
    small.segments[1] = bytes(512)
    with pytest.raises(UnknownVersion):
        judge(small, closed=False)
    assert judge(small).verdict == "tampered"


# frames dropped, swapped, replayed


@WITH_MANIFEST
def test_frames_dropped_swapped_or_replayed_are_tampering(small: Sealed, closed: bool) -> None:
    number = 2
    good = small.segments[number]
    edges = frame_edges(good, small.pair.private)
    head, first, second, end = (
        good[: edges[0]],
        *(good[a:b] for a, b in itertools.pairwise(edges)),
    )
    forms = {
        "first dropped": head + second + end,
        "second dropped": head + first + end,
        "all dropped": head + end,
        "swapped": head + second + first + end,
        "replayed": head + first + first + second + end,
        "replayed after": head + first + second + first + end,
        "end replayed": head + first + second + end + end,
        "end first": head + end + first + second,
        "length of another": head + first[:LENGTH_BYTES] + second[LENGTH_BYTES:] + first + end,
        "body dropped": head + first[:LENGTH_BYTES] + second + second + end,
        "frame of another segment": head
        + small.segments[1][HEADER_BYTES : frame_edges(small.segments[1], small.pair.private)[1]]
        + second
        + end,
    }
    for name, changed in forms.items():
        small.segments[number] = changed
        verdict = judge(small, closed=closed).verdict
        shorter = closed and len(changed) < len(good)
        assert verdict == "tampered" or (shorter and verdict == "incomplete"), name
        assert judge(small, closed=True, with_key=False).verdict != "whole", name


def test_what_lies_in_a_torn_body_is_not_believed(small: Sealed) -> None:
    """Part of a body can't be authenticated: whatever stands there is passed over like a cut."""
    good = small.segments[2]
    edges = frame_edges(good, small.pair.private)
    small.segments[2] = good[: edges[1] + LENGTH_BYTES] + b"anything"
    assert judge(small, closed=False).verdict == "recovered"
    reader = SegmentReader(small.segments[2], small.pair.private)
    assert len(list(reader.frames())) == 1


def test_dropping_the_last_frames_of_a_recording_never_closed_reads_as_a_crash(small: Sealed) -> None:
    """What the format can't tell: nothing after the last flush was ever signed for."""
    good = small.segments[2]
    small.segments[2] = good[: frame_edges(good, small.pair.private)[1]]
    assert judge(small, closed=False).verdict == "recovered"
    assert judge(small, closed=True).verdict == "incomplete"


# segments dropped, swapped, replayed


@WITH_KEY
@WITH_MANIFEST
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_dropped_segment_is_incomplete(small: Sealed, number: int, with_key: bool, closed: bool) -> None:
    del small.segments[number]
    result = judge(small, with_key=with_key, closed=closed)
    assert result.verdict == "incomplete"
    if closed or number < 2:
        assert result.reason == f"segment {number}: it is missing"
    assert outline(small, closed=closed).verdict == "incomplete"


@WITH_KEY
@WITH_MANIFEST
def test_swapped_segments_are_tampering(small: Sealed, with_key: bool, closed: bool) -> None:
    small.segments[0], small.segments[1] = small.segments[1], small.segments[0]
    assert judge(small, with_key=with_key, closed=closed).verdict == "tampered"


@WITH_KEY
@WITH_MANIFEST
def test_a_replayed_segment_is_tampering(small: Sealed, with_key: bool, closed: bool) -> None:
    small.segments[3] = small.segments[2]
    assert judge(small, with_key=with_key, closed=closed).verdict == "tampered"


@WITH_KEY
@WITH_MANIFEST
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_segment_of_another_recording_is_tampering(
    small: Sealed, twin: Sealed, number: int, with_key: bool, closed: bool
) -> None:
    small.segments[number] = twin.segments[min(number, 2)]
    result = judge(small, with_key=with_key, closed=closed)
    assert result.verdict == "tampered"
    assert outline(small, closed=closed).verdict == "tampered"


@WITH_KEY
def test_another_recordings_manifest_is_tampering(small: Sealed, twin: Sealed, with_key: bool) -> None:
    small.manifest = twin.manifest
    assert judge(small, with_key=with_key).verdict == "tampered"


@WITH_KEY
@WITH_MANIFEST
def test_a_whole_recording_under_another_id_is_tampering(small: Sealed, with_key: bool, closed: bool) -> None:
    small.recording_id = "12" * 16
    assert judge(small, with_key=with_key, closed=closed).verdict == "tampered"


@WITH_KEY
def test_segments_of_another_run_with_the_same_id_are_tampering(small: Sealed, with_key: bool) -> None:
    """Same device, same id, same key: only the chain and the manifest tell."""
    other = type(small)(device=small.device, pair=small.pair).write(
        *[[Mark(time_ns=number, seq=0, kind="clock")] for number in range(3)]
    )
    good = small.segments[1]
    small.segments[1] = other.segments[1]
    assert judge(small, with_key=with_key).verdict == "tampered"
    assert judge(small, with_key=with_key, closed=False).verdict == "tampered"
    small.segments[1] = good
    small.manifest = other.manifest
    assert judge(small, with_key=with_key).verdict == "tampered"


# forged


@WITH_KEY
@WITH_MANIFEST
def test_a_recording_forged_from_public_keys_alone_is_tampering(
    small: Sealed, info: RecordingInfo, with_key: bool, closed: bool
) -> None:
    """Everything in it opens and hangs together; only the device's signature is missing."""
    forger = DeviceSigner.generate()
    forged = type(small)(device=forger, pair=small.pair).write(
        [Mark(time_ns=1, seq=0, kind="start")], [Mark(time_ns=2, seq=1, kind="stop")]
    )
    assert judge(forged, device=forger).verdict == "whole"
    assert judge(forged, device=small.device, with_key=with_key, closed=closed).verdict == "tampered"


@WITH_KEY
@WITH_MANIFEST
def test_a_segment_appended_from_public_keys_alone_is_tampering(small: Sealed, with_key: bool, closed: bool) -> None:
    last = parse_header(small.segments[2])
    writer = SegmentWriter(
        recording_id=small.recording_id,
        number=3,
        previous=last.hash,
        recording_public_key=small.pair.public,
        device=DeviceSigner.generate(),
    )
    small.segments[3] = writer.header + writer.append([Redacted(Mark(time_ns=9, seq=9, kind="stop"))]) + writer.close()
    assert judge(small, with_key=with_key, closed=closed).verdict == "tampered"


def test_new_content_under_a_signed_header_is_tampering(small: Sealed) -> None:
    """A header that was signed once can't carry another stream: its stream key is unknown to the forger."""
    writer = SegmentWriter(
        recording_id=small.recording_id,
        number=2,
        previous=parse_header(small.segments[1]).hash,
        recording_public_key=small.pair.public,
        device=DeviceSigner.generate(),
    )
    frames = writer.append([Redacted(Mark(time_ns=9, seq=9, kind="stop"))]) + writer.close()
    small.segments[2] = small.segments[2][:HEADER_BYTES] + frames
    assert judge(small, closed=False).verdict == "tampered"


# what the key adds to a closed recording


def closed_with(small: Sealed, summary: Summary) -> Sealed:
    """The recording with a manifest that its own device signed over another summary."""
    small.manifest = make_manifest(
        recording_id=small.recording_id,
        recording_public_key=small.pair.public,
        entries=list(parse_manifest(small.manifest, small.device.public_key).entries.values()),
        summary=summary,
        device=small.device,
    )
    return small


@pytest.mark.parametrize(
    "change", [{"records": {"mark": 7}}, {"records": {}}, {"info_hash": "00" * 32}], ids=["more", "none", "info"]
)
def test_a_summary_that_says_something_else_is_found_with_the_key(small: Sealed, change: dict[str, object]) -> None:
    summary = parse_manifest(small.manifest, small.device.public_key).summary(small.pair.private)
    changed = Summary(
        **{
            **{name: getattr(summary, name) for name in ("info_hash", "records", "first_ns", "last_ns", "stats")},
            **change,
        }
    )
    closed_with(small, changed)
    assert judge(small, with_key=False).verdict == "whole"
    assert judge(small).verdict == "tampered"


# segments removed or sealed anew by their contributor


def test_a_segment_that_its_contributor_removed_leaves_the_rest_whole(small: Sealed) -> None:
    entries = dict(parse_manifest(small.manifest, small.device.public_key).entries)
    entries[1] = removed_entry(1, entries[1].link_hash)
    summary = parse_manifest(small.manifest, small.device.public_key).summary(small.pair.private)
    small.manifest = make_manifest(
        recording_id=small.recording_id,
        recording_public_key=small.pair.public,
        entries=list(entries.values()),
        summary=summary,
        device=small.device,
    )
    removed = small.segments.pop(1)
    assert judge(small).verdict == "whole"
    assert judge(small, with_key=False).verdict == "whole"
    small.segments[1] = removed
    assert judge(small).verdict == "tampered"


# errors


@WITH_MANIFEST
def test_a_key_that_is_not_the_recordings_is_an_error_not_a_verdict(small: Sealed, closed: bool) -> None:
    with pytest.raises(WrongKey):
        verify(
            small.segments,
            small.manifest if closed else None,
            recording_id=small.recording_id,
            device_public_key=small.device.public_key,
            private_key=new_pair().private,
        )


@WITH_KEY
@pytest.mark.parametrize("version", [2, 200])
def test_a_newer_version_is_an_error_not_a_verdict(small: Sealed, version: int, with_key: bool) -> None:
    small.segments = {number: bytes([version]) + data[1:] for number, data in small.segments.items()}
    with pytest.raises(UnknownVersion, match=f"version {version}"):
        judge(small, with_key=with_key, closed=False)
    small.manifest = bytes([version]) + small.manifest[1:]
    with pytest.raises(UnknownVersion, match=f"version {version}"):
        judge(small, with_key=with_key)


def test_files_that_are_something_else_never_read_as_whole(small: Sealed) -> None:
    for junk in (b"", b"\0" * 2000, b"\x01" * 2000, b"PK\x03\x04" * 200, bytes(range(256)) * 4):
        small.segments = {0: junk}
        try:
            assert judge(small).verdict in ("tampered", "incomplete")
        except SealError as error:
            assert isinstance(error, UnknownVersion)


def test_the_manifest_entry_hash_covers_the_file(small: Sealed) -> None:
    entries = parse_manifest(small.manifest, small.device.public_key).entries
    assert {number: entry.file_hash for number, entry in entries.items()} == {
        number: digest(data, FILE_PERSON) for number, data in small.segments.items()
    }
    assert isinstance(entries[0], Entry) and parse_header(small.segments[0]).previous == GENESIS
