"""Records become Arrow batches and come back; nothing but Redacted goes in."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.records.elements import Element
from understudy.records.events import ElementAt, Insert, Key, Mark, Pointer, RawFrame
from understudy.records.geometry import Rect
from understudy.records.kept import STREAMS, Kept, stream_of
from understudy.records.redacted import Redacted
from understudy.seal.errors import SealError, Tampered
from understudy.seal.streams import (
    RECORD_TYPES,
    BodyDecoder,
    BodyEncoder,
    batches_of,
    records_of,
    schema_of,
    seconds_of,
)


def test_every_field_of_every_stream_comes_back(kept: list[Kept]) -> None:
    batches = batches_of([Redacted(record) for record in kept])
    assert tuple(batches) == STREAMS
    back = [record for stream, batch in batches.items() for record in records_of(stream, batch)]
    assert back == sorted(kept, key=lambda record: STREAMS.index(stream_of(record)))


def test_every_kept_field_has_a_column_but_the_raw_value() -> None:
    for stream, kind in RECORD_TYPES.items():
        assert schema_of(stream).names == [field.name for field in msgspec.structs.fields(kind)]
    inner = schema_of("element").field("element").type
    assert {"id", "name", "value_class"} <= {field.name for field in inner}
    assert "value" not in {field.name for field in inner}


def test_a_raw_value_left_in_an_element_is_not_written() -> None:
    element = Element(id="e", role="entry", value="raw secret")
    sealed = BodyEncoder().encode(
        batches_of([Redacted(ElementAt(time_ns=1, seq=0, cause="focus", element=element, asked_ns=1))])
    )
    assert b"raw secret" not in sealed


RAW = [
    Pointer(time_ns=1, seq=0, kind="move", x=1, y=2),
    Insert(time_ns=1, seq=0, op="insert", element=Element(id="e", role="entry"), offset=0, text="x"),
    RawFrame(time_ns=1, seq=0, screen=Rect(0, 0, 1, 1), stack=(), patches=()),
    {"time_ns": 1},
    b"bytes",
    None,
]


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: type(raw).__name__)
def test_only_redacted_is_sealed(raw: object) -> None:
    with pytest.raises(TypeError, match="only Redacted"):
        batches_of([raw])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="only Redacted"):
        list(seconds_of([raw]))  # type: ignore[list-item]


def test_a_class_that_resembles_redacted_is_refused() -> None:
    class Lookalike:
        record = Mark(time_ns=1, seq=0, kind="start")
        stream = "mark"

    with pytest.raises(TypeError, match="only Redacted records may be sealed, not Lookalike"):
        batches_of([Lookalike()])  # type: ignore[list-item]


def test_a_redacted_whose_record_was_swapped_is_refused() -> None:
    item = Redacted(Mark(time_ns=1, seq=0, kind="start"))
    item.record = Key(time_ns=1, seq=0, down=True, keycode=38, keysym="a", text="a")
    with pytest.raises(TypeError, match="a Key is no record of the stream mark"):
        batches_of([item])


@given(st.lists(st.integers(0, 5_000_000_000), max_size=40))
def test_batches_span_less_than_a_second_and_lose_nothing(times: list[int]) -> None:
    records = [Redacted(Mark(time_ns=time, seq=index, kind="clock")) for index, time in enumerate(times)]
    parts = list(seconds_of(records))
    assert [item for part in parts for item in part] == records
    for part in parts:
        inside = [item.record.time_ns for item in part]
        assert inside
        assert max(inside) - min(inside) < 1_000_000_000


@given(st.text(), st.integers(-(2**63), 2**63 - 1))
def test_any_text_and_any_number_come_back(text: str, number: int) -> None:
    record = Mark(time_ns=number, seq=0, kind="task", detail=text)
    (batch,) = batches_of([Redacted(record)]).values()
    assert records_of("mark", batch) == [record]


def test_text_that_is_no_unicode_is_refused_without_being_shown() -> None:
    with pytest.raises(ValueError, match="stream mark holds text that is no Unicode") as caught:
        batches_of([Redacted(Mark(time_ns=1, seq=0, kind="task", detail="secret\ud800"))])
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_schema_is_written_once_a_segment() -> None:
    encoder, decoder = BodyEncoder(), BodyDecoder()
    bodies = [
        encoder.encode(batches_of([Redacted(Mark(time_ns=n, seq=n, kind="clock", detail=str(n)))])) for n in (1, 2)
    ]
    assert b"time_ns" in bodies[0] and b"time_ns" not in bodies[1]
    assert [decoder.decode(body)["mark"].column("detail").to_pylist() for body in bodies] == [["1"], ["2"]]


def test_the_chunks_of_a_stream_make_one_arrow_stream() -> None:
    encoder = BodyEncoder()
    chunks = b""
    for n in (1, 2, 3):
        body = encoder.encode(batches_of([Redacted(Mark(time_ns=n, seq=n, kind="clock"))]))
        chunks += body[1 + body[0] + 4 :]
    assert pa.ipc.open_stream(chunks).read_all().column("seq").to_pylist() == [1, 2, 3]


def test_unknown_columns_and_streams_are_passed_over() -> None:
    (batch,) = batches_of([Redacted(Mark(time_ns=1, seq=0, kind="start"))]).values()
    wider = batch.append_column("mood", pa.array(["fine"]))
    assert records_of("mark", wider) == [Mark(time_ns=1, seq=0, kind="start")]
    assert records_of("brainwaves", wider) == []


def test_missing_columns_take_the_default() -> None:
    (batch,) = batches_of([Redacted(Mark(time_ns=1, seq=0, kind="start", detail="d"))]).values()
    assert records_of("mark", batch.select(["time_ns", "seq", "kind"])) == [Mark(time_ns=1, seq=0, kind="start")]


def test_a_value_of_a_newer_program_is_named_without_being_shown() -> None:
    (batch,) = batches_of([Redacted(Mark(time_ns=1, seq=0, kind="start"))]).values()
    newer = batch.set_column(2, "kind", pa.array(["teleported"]))
    with pytest.raises(SealError, match="stream mark has a field") as caught:
        records_of("mark", newer)
    assert "teleported" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"\x04mark", b"\x04mark\xff\xff\0\0", b"\x02\xff\xff\0\0\0\0", b"\x04mark\x08\0\0\0" + b"x" * 8]
)
def test_a_malformed_body_is_an_error_not_a_crash(body: bytes) -> None:
    with pytest.raises(Tampered):
        BodyDecoder().decode(body)


def test_the_document_lists_every_schema() -> None:
    document = (Path(__file__).parents[2] / "docs" / "format.md").read_text()
    for stream in STREAMS:
        section = re.search(rf"^#### `{stream}`\n(.*?)(?=^#|\Z)", document, re.S | re.M)
        assert section, f"docs/format.md has no section on the stream {stream}"
        rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section.group(1), re.M)
        assert rows == [(field.name, type_in_words(field)) for field in schema_of(stream)]


def type_in_words(field: pa.Field) -> str:
    """An Arrow type as docs/format.md writes it: "?" marks what may be null."""
    kind = field.type
    if pa.types.is_list(kind):
        word = f"list<{type_in_words(kind.value_field)}>"
    elif pa.types.is_struct(kind):
        names = {"bounds": "rect", "screen": "rect", "rect": "rect", "element": "element"}
        word = names.get(field.name) or {4: "rect", 5: "patch", 8: "window", 10: "node"}[kind.num_fields]
    else:
        word = str(kind)
    return word + ("?" if field.nullable else "")
