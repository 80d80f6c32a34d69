"""The golden recording and the source that replays it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from understudy.capture.replay import BadGolden, ReplaySource, dump_golden, load_golden
from understudy.capture.source import Stop
from understudy.records.elements import Element
from understudy.records.events import (
    ElementAt,
    Grab,
    Insert,
    Key,
    Mark,
    Patch,
    Placement,
    Pointer,
    Raw,
    RawFrame,
    Windows,
    WindowState,
)
from understudy.records.geometry import Rect

if TYPE_CHECKING:
    from tests.capture.conftest import Running

MS = 1_000_000
SCREEN = Rect(0, 0, 64, 48)
FIELD = Element(id="e1", role="entry", name="Name", bounds=Rect(1, 2, 30, 10))

RECORDS: list[Raw] = [
    Windows(time_ns=0, seq=0, active=7, windows=(WindowState(id=7, rect=SCREEN, program="editor"),), screen=SCREEN),
    RawFrame(
        time_ns=1 * MS,
        seq=1,
        screen=SCREEN,
        stack=(Placement(7, SCREEN, True),),
        patches=(Patch(window=7, rect=Rect(0, 0, 2, 1), pixels=b"\x00\xff\x80\x01\x02\x03", damaged_ns=0),),
    ),
    ElementAt(time_ns=2 * MS, seq=0, cause="focus", element=FIELD, asked_ns=2 * MS),
    Pointer(time_ns=3 * MS, seq=0, kind="down", x=5, y=6, button=1, modifiers=("ctrl",)),
    Key(time_ns=40 * MS, seq=1, down=True, keycode=38, keysym="a", text="ä"),
    Insert(time_ns=41 * MS, seq=1, op="insert", element=FIELD, offset=0, text="ä"),
    Grab(time_ns=50 * MS, seq=2, held=True, pid=12),
    Mark(time_ns=60 * MS, seq=0, kind="task", detail="made up"),
]


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    path = tmp_path / "golden.jsonl"
    dump_golden(RECORDS, path)
    return path


def test_what_was_written_is_read(golden: Path) -> None:
    assert load_golden(golden) == RECORDS


def test_a_line_that_is_no_record_is_named(golden: Path) -> None:
    golden.write_bytes(golden.read_bytes() + b'{"type":"pointer","x":"left"}\n')
    with pytest.raises(BadGolden, match=r"golden.jsonl:9: no raw record"):
        load_golden(golden)


def test_times_must_not_go_back(tmp_path: Path) -> None:
    path = tmp_path / "back.jsonl"
    dump_golden(list(reversed(RECORDS)), path)
    with pytest.raises(BadGolden, match=r"back\.jsonl:2"):
        load_golden(path)


def test_everything_is_replayed_in_order(running: type[Running], golden: Path) -> None:
    with running(ReplaySource(golden)) as run:
        run.thread.join(10)
    assert run.channel.records == RECORDS


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("input", [Pointer, Key, Grab, Mark]),
        ("screen", [Windows, RawFrame, Mark]),
        ("elements", [ElementAt, Insert, Mark]),
    ],
)
def test_one_source_s_part(running: type[Running], golden: Path, name: str, kinds: list[type]) -> None:
    with running(ReplaySource(golden, name)) as run:
        run.thread.join(10)
    assert [type(record) for record in run.channel.records] == kinds


def test_the_pace_is_kept(running: type[Running], golden: Path) -> None:
    started_s = time.monotonic()
    with running(ReplaySource(golden, speed=0.2)) as run:
        run.thread.join(10)
    assert time.monotonic() - started_s >= 0.29
    assert run.channel.records == RECORDS


def test_stop_ends_it(running: type[Running], golden: Path) -> None:
    with running(ReplaySource(golden, speed=0.001)) as run:
        run.wait(lambda: run.channel.records, "the first record")
        run.channel.tell(Stop())
        run.thread.join(10)
    assert len(run.channel.records) < len(RECORDS)


def test_bad_settings_are_refused(golden: Path) -> None:
    with pytest.raises(ValueError, match="no source"):
        ReplaySource(golden, "sound")
    with pytest.raises(ValueError, match="speed"):
        ReplaySource(golden, speed=-1)
