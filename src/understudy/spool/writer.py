"""Writes one recording: sealed frames appended to segments, each call on disk when it returns.

Everything lies inside the recording's own folder (the process is confined to it): `NNNNNN.seg`, and at the end
`manifest`. A recording without a manifest was never closed; its segments read all the same.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from understudy.records.kept import Frame
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.keys import DeviceSigner
from understudy.seal.layout import HASH_BYTES, digest
from understudy.seal.manifest import FILE_PERSON, INFO_PERSON, Entry, Summary, make_manifest
from understudy.seal.segment import GENESIS, SegmentWriter
from understudy.spool.files import PRIVATE_FILE, make_folder, write_all, write_new
from understudy.spool.forgetting import erase_from, finish
from understudy.spool.names import MANIFEST_NAME, replacement_name, segment_name

logger = logging.getLogger(__name__)

FULL = (errno.ENOSPC, errno.EDQUOT)
SEGMENT_NS = 60_000_000_000
"""No segment spans more time than this, so that forgetting cuts little else away."""
REKEY_NS = 55_000_000_000
"""From this age on the segment ends at the next key frame, which is asked for: the next one then opens with it."""


class SpoolFull(Exception):
    """The disk (or the quota) is full. What was sealed before stays readable; the message is one line."""


@dataclass(frozen=True)
class Forgotten:
    """What `SpoolWriter.forget` took away: `segments` of them, whose records begin at `from_ns`.

    `kept` are the records still there, by stream; `noted` is what the writer's `note` said when the first of the
    segments began. With no segment gone, `from_ns` is 0.
    """

    segments: int
    from_ns: int
    kept: Mapping[str, int]
    noted: Mapping[str, int]


@dataclass
class _Span:
    """A segment's least and greatest `time_ns` (0 without a record), and what was counted and noted before it."""

    counts: dict[str, int]
    noted: Mapping[str, int]
    first_ns: int
    last_ns: int
    earliest_ns: int = 0
    latest_ns: int = 0
    picture_bytes: int = 0


class SpoolWriter:
    """Appends to one recording until `close`. Made by `create`; a context manager that closes what it opened.

    `rekey` is called when the next frame should be a key frame, so that the next segment opens on it; `note` whenever
    a segment begins, for `forget` to tell again what it said.
    """

    def __init__(
        self,
        folder: Path,
        info: RecordingInfo,
        recording_public_key: bytes,
        device: DeviceSigner,
        rekey: Callable[[], None],
        durable: bool = True,
        note: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._folder = folder
        self._note = note
        self._info = info
        self._public = recording_public_key
        self._device = device
        self._rekey = rekey
        self._durable = durable
        self._entries: list[Entry] = []
        self._spans: list[_Span] = []
        self._counts: dict[str, int] = {}
        self._first_ns = 0
        self._last_ns = 0
        self._descriptor = -1
        self._segment_ns: int | None = None
        self._asked = False
        self._closed = False
        self._full = False
        self._open_segment(0, GENESIS)

    @classmethod
    def create(
        cls,
        folder: Path,
        info: RecordingInfo,
        recording_public_key: bytes,
        device: DeviceSigner,
        *,
        rekey: Callable[[], None] = lambda: None,
        note: Callable[[], Mapping[str, int]] = dict,
        durable: bool = True,
    ) -> SpoolWriter:
        """Begin a recording in `folder` (made when it isn't there): its first segment, with `info`, is on disk.

        `durable` False leaves it to the caller to have everything on disk (`files.sync_file_system`), for those who
        write many recordings at once and can make each of them again. The writer needs the public half only. Raises
        FileExistsError when the folder holds anything, SpoolFull.
        """
        if not folder.is_dir():
            make_folder(folder)
        if any(folder.iterdir()):
            raise FileExistsError(f"{folder} is not empty: a recording begins in a folder of its own")
        return cls(folder, info, recording_public_key, device, rekey, durable, note)

    @property
    def bytes_written(self) -> int:
        """Bytes on disk so far, the manifest not counted."""
        return sum(entry.size for entry in self._entries) + self._size

    @property
    def picture_bytes(self) -> int:
        """Bytes of pictures in what is on disk so far, as they were before sealing."""
        return sum(span.picture_bytes for span in self._spans)

    def append(self, records: Sequence[Redacted]) -> int:
        """Seal the records and have them on disk; returns the number of bytes that took.

        Begins a new segment where one is due: at a key frame from REKEY_NS on, at SEGMENT_NS at the latest. Raises
        TypeError for anything but `Redacted` (nothing is written then) and SpoolFull once, after which only `close`
        may follow.
        """
        self._check_open()
        for item in records:
            if type(item) is not Redacted:
                raise TypeError(f"only Redacted records may be sealed, not {type(item).__name__}")
        before = self.bytes_written
        start = 0
        for index, item in enumerate(records):
            if self._due(item):
                self._write(records[start:index])
                self.roll()
                start = index
            if self._segment_ns is None:
                self._segment_ns = item.record.time_ns
        self._write(records[start:])
        return self.bytes_written - before

    def roll(self) -> None:
        """End the segment and begin the next. Raises SpoolFull."""
        self._check_open()
        number, previous = self._number + 1, self._segment.header_hash
        self._finish_segment()
        self._open_segment(number, previous)

    def forget(self, since_ns: int) -> Forgotten:
        """Nothing sealed from `since_ns` on is left when this returns, nor anything else of the segments it lay in.

        The recording goes on in a fresh segment; the next frame must be a key frame. How a crash amidst it ends stands
        in `spool.forgetting`. Raises SpoolFull when a full disk has no room for the fresh segment even then; what was
        to be forgotten is gone all the same.
        """
        self._check_open()
        doomed = [number for number, span in enumerate(self._spans) if span.latest_ns >= since_ns]
        if not doomed:
            return Forgotten(0, 0, dict(self._counts), self._note())
        number = doomed[0]
        gone = self._spans[number:]
        count = len(gone)
        self._drop_descriptor()
        previous = self._entries[number - 1].header_hash if number else GENESIS
        del self._entries[number:], self._spans[number:]
        self._counts, self._first_ns, self._last_ns = dict(gone[0].counts), gone[0].first_ns, gone[0].last_ns
        fresh = self._begin_segment(number, previous)
        replacement = self._folder / replacement_name(number)
        try:
            try:
                write_new(replacement, fresh)
            except OSError as error:
                if error.errno not in FULL:
                    raise
                # What is to go makes room for what says so.
                erase_from(self._folder, number)
                write_new(replacement, fresh)
            finish(self._folder)
            self._descriptor = os.open(self._folder / segment_name(number), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            erase_from(self._folder, number)
            if error.errno not in FULL:
                raise
            raise self._full_error(error) from None
        self._size = len(fresh)
        self._hash.update(fresh)
        begun = [span.earliest_ns for span in gone if span.latest_ns]
        return Forgotten(count, min(begun, default=0), dict(self._counts), gone[0].noted)

    def close(self, stats: Mapping[str, object] | None = None) -> None:
        """End the recording: the last segment closed, the manifest with `stats` on disk. Twice is harmless.

        `stats` are the recorder's own counters (a JSON object), sealed like all content.

        Raises SpoolFull when there is no room for it and it wasn't raised before; the recording then reads as one
        that was never closed.
        """
        if self._closed:
            return
        self._closed = True
        if self._segment.closed:
            # There was no room for the end of a segment: what follows it would not be believed.
            self._drop_descriptor()
            return
        entries, last = list(self._entries), b""
        if self._descriptor >= 0:
            last = self._segment.close()
            entries.append(self._entry(last))
        was_full = self._full
        try:
            if last:
                self._put(last)
            manifest = self._manifest(entries, stats or {})
            write_new(self._folder / MANIFEST_NAME, manifest, durable=self._durable)
        except SpoolFull:
            if not was_full:
                raise
        except OSError as error:
            if error.errno not in FULL:
                raise
            # Without a manifest the closed end would read as a cut: take it back.
            self._cut(self._size - len(last))
            if not was_full:
                raise self._full_error(error) from None
        finally:
            self._drop_descriptor()

    def abandon(self) -> None:
        """Let go of the files without closing the recording, as a crash would."""
        self._closed = True
        self._drop_descriptor()

    def __enter__(self) -> SpoolWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("the recording is closed")
        if self._full:
            raise ValueError("the disk is full and was said to be: only close may follow")

    def _due(self, item: Redacted) -> bool:
        """True when a new segment begins with this record."""
        if self._segment_ns is None:
            return False
        age_ns = item.record.time_ns - self._segment_ns
        is_key = isinstance(item.record, Frame) and item.record.key
        if age_ns >= REKEY_NS and is_key and self._asked:
            return True
        if age_ns >= SEGMENT_NS:
            if not is_key:
                self._rekey()
            return True
        if age_ns >= REKEY_NS and not self._asked:
            self._asked = True
            self._rekey()
        return False

    def _begin_segment(self, number: int, previous: bytes) -> bytes:
        """Begin a segment in memory; the bytes that it opens with."""
        self._segment = SegmentWriter(
            recording_id=self._info.id,
            number=number,
            previous=previous,
            recording_public_key=self._public,
            device=self._device,
        )
        self._number = number
        self._size = 0
        self._hash = hashlib.blake2b(digest_size=HASH_BYTES, person=FILE_PERSON.encode())
        self._segment_ns = None
        self._asked = False
        self._spans.append(_Span(dict(self._counts), self._note(), self._first_ns, self._last_ns))
        return self._segment.header + (self._segment.info(self._info) if number == 0 else b"")

    def _open_segment(self, number: int, previous: bytes) -> None:
        opening = self._begin_segment(number, previous)
        try:
            self._descriptor = os.open(
                self._folder / segment_name(number),
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC,
                PRIVATE_FILE,
            )
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise self._full_error(error) from None
        try:
            self._put(opening)
        except SpoolFull:
            (self._folder / segment_name(number)).unlink()
            self._drop_descriptor()
            raise
        if not self._durable:
            return
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _finish_segment(self) -> None:
        last = self._segment.close()
        entry = self._entry(last)
        self._put(last)
        self._entries.append(entry)
        self._size = 0
        self._drop_descriptor()

    def _entry(self, last: bytes) -> Entry:
        whole = self._hash.copy()
        whole.update(last)
        name = self._segment.header_hash
        return Entry(self._number, "recorded", self._size + len(last), name, name, whole.digest())

    def _manifest(self, entries: Sequence[Entry], stats: Mapping[str, object]) -> bytes:
        summary = Summary(
            info_hash=digest(msgspec.json.encode(self._info), INFO_PERSON).hex(),
            records=dict(self._counts),
            first_ns=self._first_ns,
            last_ns=self._last_ns,
            stats=dict(stats),
        )
        return make_manifest(
            recording_id=self._info.id,
            recording_public_key=self._public,
            entries=entries,
            summary=summary,
            device=self._device,
        )

    def _write(self, records: Sequence[Redacted]) -> None:
        if not records:
            return
        state = self._segment.checkpoint()
        sealed = self._segment.append(records)
        try:
            self._put(sealed)
        except SpoolFull:
            self._segment.rewind(state)
            raise
        for item in records:
            self._counts[item.stream] = self._counts.get(item.stream, 0) + 1
        times = [item.record.time_ns for item in records]
        first = sum(self._counts.values()) == len(records)
        self._first_ns = min(times) if first else min(self._first_ns, *times)
        self._last_ns = max(times) if first else max(self._last_ns, *times)
        span = self._spans[-1]
        span.earliest_ns = min(span.earliest_ns or times[0], *times)
        span.latest_ns = max(span.latest_ns, *times)
        frames = (item.record for item in records if isinstance(item.record, Frame))
        span.picture_bytes += sum(len(patch.webp) for frame in frames for patch in frame.patches)

    def _put(self, data: bytes) -> None:
        """The bytes are on disk, or SpoolFull is raised and the segment ends where it did."""
        try:
            write_all(self._descriptor, data)
            if self._durable:
                os.fdatasync(self._descriptor)
        except OSError as error:
            self._cut(self._size)
            if error.errno not in FULL:
                raise
            raise self._full_error(error) from None
        self._size += len(data)
        self._hash.update(data)

    def _cut(self, size: int) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, size)
            os.fsync(self._descriptor)
        self._size = size

    def _full_error(self, error: OSError) -> SpoolFull:
        self._full = True
        logger.warning("spool full: segment %d, %d bytes kept", self._number, self.bytes_written)
        what = "the disk is full" if error.errno == errno.ENOSPC else "the disk quota is used up"
        return SpoolFull(
            f"{what}: recording stops; everything sealed before stays readable. Free some space in its home"
        )

    def _drop_descriptor(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
