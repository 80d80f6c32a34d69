"""Streams as Arrow tables: records in, batches of a second out, and back.

Each stream of STREAMS has one Arrow schema that follows from its record type (docs/format.md lists them, a test keeps
the list true). A body holds at most one batch a stream; a stream's schema is written once a segment, with its first
batch, so the chunks of one stream, put together over a segment, are one Arrow IPC stream. Columns and streams that
this program doesn't know stay in the tables and are passed over when records are made of them.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from understudy.records.events import ElementAt, Key, Mark, Pointer, Windows
from understudy.records.kept import STREAMS, ElementTree, Frame, Kept, TextRun
from understudy.records.redacted import Redacted
from understudy.seal.errors import SealError, Tampered

RECORD_TYPES: dict[str, type[msgspec.Struct]] = {
    "pointer": Pointer,
    "keys": Key,
    "text": TextRun,
    "window": Windows,
    "element": ElementAt,
    "frame": Frame,
    "mark": Mark,
    "tree": ElementTree,
}

NEVER_STORED = {"Element": ("value",)}
"""Raw fields without a column: whatever they hold, it can't be written."""

BATCH_NS = 1_000_000_000
"""The longest time that one body covers."""

Batches = Mapping[str, pa.RecordBatch]


@functools.cache
def schema_of(stream: str) -> pa.Schema:
    """The Arrow schema of a stream; raises KeyError for a stream that isn't in STREAMS."""
    return pa.schema(_fields(msgspec.inspect.type_info(RECORD_TYPES[stream])))


def _fields(info: Any) -> list[pa.Field]:  # noqa: ANN401 - msgspec's description of a type
    hidden = NEVER_STORED.get(info.cls.__name__, ())
    return [_field(field.name, field.type) for field in info.fields if field.name not in hidden]


def _field(name: str, info: Any) -> pa.Field:  # noqa: ANN401
    inner = info
    if isinstance(info, msgspec.inspect.UnionType):
        inner = next(kind for kind in info.types if not isinstance(kind, msgspec.inspect.NoneType))
    return pa.field(name, _arrow_type(inner), nullable=inner is not info)


def _arrow_type(info: Any) -> pa.DataType:  # noqa: ANN401
    match info:
        case msgspec.inspect.IntType():
            return pa.int64()
        case msgspec.inspect.BoolType():
            return pa.bool_()
        case msgspec.inspect.StrType() | msgspec.inspect.LiteralType():
            return pa.string()
        case msgspec.inspect.BytesType():
            return pa.binary()
        case msgspec.inspect.VarTupleType():
            return pa.list_(_field("item", info.item_type))
        case msgspec.inspect.StructType():
            return pa.struct(_fields(info))
    raise TypeError(f"no Arrow type for {type(info).__name__}")


def batches_of(records: Sequence[Redacted]) -> dict[str, pa.RecordBatch]:
    """One batch a stream, in the order of STREAMS. Raises TypeError for anything but `Redacted`."""
    rows: dict[str, list[Any]] = {}
    for item in records:
        if type(item) is not Redacted:
            raise TypeError(f"only Redacted records may be sealed, not {type(item).__name__}")
        if type(item.record) is not RECORD_TYPES[item.stream]:
            raise TypeError(f"a {type(item.record).__name__} is no record of the stream {item.stream}")
        rows.setdefault(item.stream, []).append(msgspec.to_builtins(item.record, builtin_types=(bytes,)))
    batches = {}
    for stream in STREAMS:
        if stream in rows:
            try:
                batches[stream] = pa.RecordBatch.from_pylist(rows[stream], schema=schema_of(stream))
            except UnicodeEncodeError:
                # The cause holds the text itself: it must not travel with the error.
                raise ValueError(f"a record of the stream {stream} holds text that is no Unicode") from None
    return batches


def seconds_of(records: Sequence[Redacted]) -> Iterator[Sequence[Redacted]]:
    """The records cut, in the order given, into runs that span less than BATCH_NS each."""
    start = 0
    low = high = 0
    for index, item in enumerate(records):
        if type(item) is not Redacted:
            raise TypeError(f"only Redacted records may be sealed, not {type(item).__name__}")
        now = item.record.time_ns
        if index == start:
            low = high = now
        low, high = min(low, now), max(high, now)
        if high - low >= BATCH_NS:
            yield records[start:index]
            start, low, high = index, now, now
    if start < len(records):
        yield records[start:]


def records_of(stream: str, batch: pa.RecordBatch | pa.Table) -> list[Kept]:
    """The records of a batch; [] for a stream that this program doesn't know.

    Columns that it doesn't know are passed over, missing ones take the field's default. Raises SealError when a
    column doesn't fit the record type.
    """
    kind = RECORD_TYPES.get(stream)
    if kind is None:
        return []
    names = batch.schema.names
    columns = [batch.column(index).to_pylist() for index in range(len(names))]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    try:
        return msgspec.convert(rows, list[kind])  # type: ignore[valid-type]
    except msgspec.ValidationError:
        # The cause may quote a value.
        raise SealError(
            f"a record of the stream {stream} has a field that this program doesn't know how to read: "
            "it was written by a newer understudy"
        ) from None


class BodyEncoder:
    """Makes the bodies of one segment, in order: it remembers which schemas the segment already holds.

    A body is a run of entries: length of the stream's name (u8), the name, length of the chunk (u32,
    little-endian), the chunk.
    """

    def __init__(self) -> None:
        self._written: dict[str, pa.Schema] = {}

    def encode(self, batches: Batches) -> bytes:
        """The body of these batches. Raises ValueError when a stream changes its schema inside the segment."""
        parts = []
        for stream, batch in batches.items():
            chunk: bytes = batch.serialize().to_pybytes()
            if stream not in self._written:
                self._written[stream] = batch.schema
                chunk = batch.schema.serialize().to_pybytes() + chunk
            elif not self._written[stream].equals(batch.schema):
                raise ValueError(f"the stream {stream} changed its schema inside a segment")
            name = stream.encode()
            parts += [bytes([len(name)]), name, struct.pack("<I", len(chunk)), chunk]
        return b"".join(parts)


class BodyDecoder:
    """Reads the bodies of one segment, in order."""

    def __init__(self) -> None:
        self._schemas: dict[str, pa.Schema] = {}

    def decode(self, body: bytes) -> dict[str, pa.RecordBatch]:
        """The batches that `BodyEncoder.encode` was given. Raises Tampered when the bytes are no such body."""
        batches: dict[str, pa.RecordBatch] = {}
        at = 0
        try:
            while at < len(body):
                name_end = at + 1 + body[at]
                stream = body[at + 1 : name_end].decode()
                (size,) = struct.unpack_from("<I", body, name_end)
                at = name_end + 4 + size
                if at > len(body):
                    raise Tampered(f"a chunk of the stream {stream} ends beyond its body")
                batches[stream] = self._batch(stream, body[name_end + 4 : at])
        except (struct.error, UnicodeDecodeError, pa.ArrowException, OSError, EOFError) as error:
            raise Tampered(f"a body holds no Arrow batches ({type(error).__name__})") from None
        return batches

    def _batch(self, stream: str, chunk: bytes) -> pa.RecordBatch:
        source = pa.BufferReader(chunk)
        message = pa.ipc.read_message(source)
        if message.type == "schema":
            self._schemas[stream] = pa.ipc.read_schema(message)
            message = pa.ipc.read_message(source)
        if stream not in self._schemas:
            raise Tampered(f"the first chunk of the stream {stream} lacks its schema")
        batch = pa.ipc.read_record_batch(message, self._schemas[stream])
        batch.validate()
        return batch
