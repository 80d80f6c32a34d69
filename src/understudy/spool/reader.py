"""Reads one recording from its folder: whole, or segment by segment."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from understudy.records import SCHEMA_VERSION
from understudy.records.kept import STREAMS, Kept
from understudy.records.recording import Recording, RecordingInfo
from understudy.seal.errors import SealError, Tampered, UnknownVersion, WrongKey
from understudy.seal.keys import public_of
from understudy.seal.manifest import Summary
from understudy.seal.segment import HEADER_BYTES, INFO, SegmentReader
from understudy.seal.streams import BodyDecoder, records_of
from understudy.seal.verify import Finding, Head, Outline, Verification, look, verify, verify_outline
from understudy.spool.names import MANIFEST_NAME, replacement_path, segment_name, segment_paths

logger = logging.getLogger(__name__)

OnDamage = Literal["raise", "skip"]


class DamagedSegment(SealError):
    """A segment is missing or not what was sealed. The message names its file and what can be done."""


class EmptyRecording(SealError):
    """There is no recording in the folder, or nothing of it reached the disk."""


@dataclass(frozen=True)
class Piece:
    """What one segment holds: records by stream, in the order sealed."""

    segment: int
    records: Mapping[str, list[Kept]]


class SegmentFiles(Mapping[int, bytes]):
    """The segments of a folder, by number; each is read when asked for.

    What is being forgotten is not among them, whatever a crash has left of it.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = segment_paths(folder)
        if (pending := replacement_path(folder)) is not None:
            number, replacement = pending
            self._paths = {n: path for n, path in self._paths.items() if n < number} | {number: replacement}

    def __getitem__(self, number: int) -> bytes:
        return self._paths[number].read_bytes()

    def __iter__(self) -> Iterator[int]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def heads(self) -> dict[int, Head]:
        """The start and the size of each segment, without its bodies."""
        heads = {}
        for number, path in self._paths.items():
            with path.open("rb") as file:
                heads[number] = Head(file.read(HEADER_BYTES), path.stat().st_size)
        return heads


class RecordingReader:
    """One recording, read as a stream: memory holds one segment at a time.

    `device_public_key` is that of the device which recorded it; without knowing it, nobody can tell a forged segment.
    A torn tail is left out silently. `on_damage` "raise" raises DamagedSegment for a segment that is missing or not
    what was sealed, "skip" leaves it out with a warning. `pieces` and `info` raise WrongKey and UnknownVersion too.
    """

    def __init__(
        self, folder: Path, private_key: bytes, *, device_public_key: bytes, on_damage: OnDamage = "raise"
    ) -> None:
        self._folder = folder
        self._private_key = private_key
        self._on_damage = on_damage
        self._files = SegmentFiles(folder)
        if not self._files:
            raise EmptyRecording(f"{folder.name}: no recording is there (it has no segment)")
        manifest = _manifest_bytes(folder)
        try:
            self._outline: Outline = look(
                self._files.heads(), manifest, recording_id=folder.name, device_public_key=device_public_key
            )
        except UnknownVersion as error:
            raise UnknownVersion(f"{folder.name}: {error}") from None
        for header in self._outline.headers.values():
            if header.recording_public_key != public_of(private_key):
                raise WrongKey(f"{folder.name}: the key given is not this recording's")
        for finding in self._outline.findings:
            if finding.verdict in ("incomplete", "tampered"):
                self._damage(finding)

    def info(self) -> RecordingInfo:
        """What the recording says of itself. Raises EmptyRecording when even that never reached the disk."""
        if 0 in self._outline.headers:
            try:
                for frame in SegmentReader(self._files[0], self._private_key).frames():
                    if frame.kind == INFO:
                        return _info(frame.body, self._folder.name)
                    break
            except Tampered as error:
                raise self._damaged(Finding("tampered", 0, str(error))) from None
        raise EmptyRecording(
            f"{self._folder.name}: what the recording says of itself is missing ({segment_name(0)}); "
            "understudy recordings forget removes it"
        )

    def summary(self) -> Summary | None:
        """The counts and times in the closing manifest, None when the recording was never closed."""
        manifest = self._outline.manifest
        return manifest.summary(self._private_key) if manifest else None

    def last_ns(self) -> int | None:
        """The greatest `time_ns` of any record, None when there is none: from the manifest, else the last segments."""
        if summary := self.summary():
            return summary.last_ns if summary.records else None
        for number in sorted(self._outline.headers, reverse=True):
            for piece in self.pieces(first=number):
                times = [record.time_ns for records in piece.records.values() for record in records]
                if times:
                    return max(times)
        return None

    def pieces(self, first: int = 0) -> Iterator[Piece]:
        """What each readable segment holds, in order, from segment number `first` on."""
        last = max(self._files)
        for number in sorted(number for number in self._outline.headers if number >= first):
            records: dict[str, list[Kept]] = {}
            reader = SegmentReader(self._files[number], self._private_key)
            decoder = BodyDecoder()
            try:
                for frame in reader.frames():
                    if frame.kind != INFO:
                        for stream, batch in decoder.decode(frame.body).items():
                            records.setdefault(stream, []).extend(records_of(stream, batch))
            except Tampered as error:
                # What authenticated before the damage is still what was sealed.
                self._damage(Finding("tampered", number, str(error)))
            except SealError as error:
                raise type(error)(f"{self._folder.name}/{segment_name(number)}: {error}") from None
            if reader.end in ("edge", "torn") and (number != last or self._outline.manifest):
                self._damage(Finding("incomplete", number, "its end is missing"))
            yield Piece(number, records)

    def _damage(self, finding: Finding) -> None:
        if self._on_damage == "raise":
            raise self._damaged(finding)
        logger.warning("recording %s, segment %s: %s", self._folder.name, finding.segment, finding.reason)

    def _damaged(self, finding: Finding) -> DamagedSegment:
        name = MANIFEST_NAME if finding.segment is None else segment_name(finding.segment)
        return DamagedSegment(
            f"{self._folder.name}/{name}: {finding.reason}; understudy recordings verify {self._folder.name[:8]} "
            "tells more, and the other segments stay readable"
        )


def read_recording(
    folder: Path, private_key: bytes, *, device_public_key: bytes, on_damage: OnDamage = "raise"
) -> Recording:
    """The whole recording in memory. Raises and leaves out as `RecordingReader` does, besides EmptyRecording."""
    reader = RecordingReader(folder, private_key, device_public_key=device_public_key, on_damage=on_damage)
    info = reader.info()
    streams: dict[str, list[Any]] = {stream: [] for stream in STREAMS}
    for piece in reader.pieces():
        for stream, records in piece.records.items():
            if stream in streams:
                streams[stream] += records
    return Recording(info=info, **{stream: tuple(records) for stream, records in streams.items()})


def verify_recording(folder: Path, *, device_public_key: bytes, private_key: bytes | None = None) -> Verification:
    """The verdict on a recording's folder; see `seal.verify`. Raises UnknownVersion, WrongKey."""
    return verify(
        SegmentFiles(folder),
        _manifest_bytes(folder),
        recording_id=folder.name,
        device_public_key=device_public_key,
        private_key=private_key,
    )


def outline_recording(folder: Path, *, device_public_key: bytes) -> Verification:
    """The verdict by headers, sizes and manifest alone. Raises UnknownVersion."""
    return verify_outline(
        SegmentFiles(folder).heads(),
        _manifest_bytes(folder),
        recording_id=folder.name,
        device_public_key=device_public_key,
    )


def _manifest_bytes(folder: Path) -> bytes | None:
    try:
        return (folder / MANIFEST_NAME).read_bytes()
    except FileNotFoundError:
        return None


def _info(body: bytes, name: str) -> RecordingInfo:
    try:
        version = msgspec.json.decode(body, type=_Versioned).schema_version
        if version > SCHEMA_VERSION:
            raise UnknownVersion(
                f"{name}: its records have schema version {version}, this program reads {SCHEMA_VERSION}: "
                "use a newer understudy"
            )
        return msgspec.json.decode(body, type=RecordingInfo)
    except msgspec.MsgspecError:
        raise DamagedSegment(f"{name}/{segment_name(0)}: what the recording says of itself is not readable") from None


class _Versioned(msgspec.Struct):
    schema_version: int
