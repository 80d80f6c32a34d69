"""DuckTrack folders, made here line by line as its recorder writes them, each defect that is known of it included."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.importers.ducktrack import DuckTrack
from understudy.importers.imported import Imported, NotReadable, Skipped
from understudy.importers.listened import NO_SCREEN, OUTSIDE
from understudy.importers.recorded_folders import BROKEN_LINE, CUT_LINE, NO_METADATA, VIDEO
from understudy.records.actions import Action, Episode
from understudy.records.events import Key, Mark, Pointer, Windows

T0 = 150_160.5
METADATA = {
    "system": "Windows",
    "node": "jdoe-laptop.corp.example",
    "id": 13_939_574_105_829,
    "screen_width": 1512,
    "screen_height": 982,
    "scroll_direction": 1,
    "start_time": "2023-10-20 17:19:53",
    "obs_record_state_timings": {"OBS_WEBSOCKET_OUTPUT_STARTED": [T0 - 0.5]},
}

Row = dict[str, Any]
Episodes = Callable[[Imported], list[Episode]]


def press(at_s: float, name: str | None) -> Row:
    return {"time_stamp": T0 + at_s, "action": "press", "name": name}


def release(at_s: float, name: str | None) -> Row:
    return {"time_stamp": T0 + at_s, "action": "release", "name": name}


def click(at_s: float, x: float, y: float, button: str = "left") -> list[Row]:
    row = {"action": "click", "x": x, "y": y, "button": button}
    return [{"time_stamp": T0 + at_s + late, **row, "pressed": not late} for late in (0, 0.08)]


def typed(at_s: float, text: str) -> list[Row]:
    rows = []
    for index, char in enumerate(text):
        name = "space" if char == " " else char
        rows += [press(at_s + index * 0.1, name), release(at_s + index * 0.1 + 0.05, name)]
    return rows


def folder(path: Path, rows: list[Row], metadata: Row | None = METADATA, tail: str = "") -> Path:
    path.mkdir(parents=True)
    (path / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + tail)
    if metadata is not None:
        (path / "metadata.json").write_text(json.dumps(metadata))
    return path


def only(path: Path) -> Imported:
    (one,) = DuckTrack().read(path)
    assert isinstance(one, Imported), one
    return one


def actions(episodes: list[Episode]) -> list[Action]:
    return [step.action for episode in episodes for step in episode.steps if step.action.kind != "wait"]


def test_what_the_person_did(tmp_path: Path, episodes: Episodes) -> None:
    """Moves in fractions of points, a click, typing with Shift, a shortcut and the wheel come out as actions."""
    rows = [{"time_stamp": T0, "action": "move", "x": 1175.42, "y": 50.19}, *click(0.5, 1175.42, 50.19)]
    rows += [press(1.4, "shift"), press(1.5, "H"), release(1.55, "H"), release(1.58, "shift"), *typed(1.6, "ello you")]
    rows += [press(4, "ctrl_l"), press(4.1, "\x13"), release(4.2, "\x13"), release(4.3, "ctrl_l")]
    rows += [{"time_stamp": T0 + 6, "action": "scroll", "x": 7.0, "y": 8.0, "dx": 0, "dy": -2}]
    one = only(folder(tmp_path / "r", rows))
    assert one.found == {}
    done = actions(episodes(one))
    assert [(each.kind, each.text, each.keys) for each in done] == [
        ("click", "", ()),
        ("type", "Hello you", ()),
        ("hotkey", "", ("ctrl", "s")),
        ("scroll", "", ()),
    ]
    assert (done[0].x, done[0].y, done[3].scroll_y) == (1175, 50, 2)


def test_outside_the_screen_kept_and_counted(tmp_path: Path, episodes: Episodes) -> None:
    """A press on a second screen, left of the first, stays where it was."""
    one = only(folder(tmp_path / "r", click(0, 10, 10) + click(2, 3000, 500) + click(4, -700, 20)))
    assert one.found == {OUTSIDE: 2}
    assert [(each.x, each.y) for each in actions(episodes(one))] == [(10, 10), (3000, 500), (-700, 20)]
    screens = {each.screen for each in one.records if isinstance(each, Windows)}
    assert {(screen.width, screen.height) for screen in screens} == {(1512, 982)}


def test_times_count_from_the_first_event(tmp_path: Path) -> None:
    """Neither the wall clock nor when the video is said to have begun moves anything; order is by time."""
    rows = [*click(1, 5, 5), {"time_stamp": T0, "action": "move", "x": 1, "y": 1}]
    one = only(folder(tmp_path / "r", rows))
    assert [each.time_ns for each in one.records] == [0, 0, 1_000_000_000, 1_080_000_000]


def test_a_row_of_another_clock_does_not_stretch_the_recording(tmp_path: Path) -> None:
    wrong = {"time_stamp": 1_697_836_793.2, "action": "move", "x": 1, "y": 1}
    one = only(folder(tmp_path / "r", [*click(0, 5, 5), wrong]))
    assert one.found == {"rows stamped by another clock (left out)": 1}
    assert max(each.time_ns for each in one.records) < 10**9


def test_killed_while_writing(tmp_path: Path) -> None:
    """Half a last line, no metadata: what came before is read, the loss is said."""
    one = only(folder(tmp_path / "r", click(0, 5, 5), metadata=None, tail='{"time_stamp": 150161.2, "acti'))
    assert one.found == {CUT_LINE: 1, NO_METADATA: 1, NO_SCREEN: 1}
    assert sum(isinstance(each, Pointer) for each in one.records) == 2


def test_unknown_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [*click(0, 5, 5), *click(1, 5, 5, button="unknown"), press(2, None), press(2.5, "hyperdrive")]
    rows += [{"time_stamp": T0 + 3, "action": "gesture"}, {"action": "move", "x": 1, "y": 1}, release(4, "q")]
    path = folder(tmp_path / "r", rows)
    (path / "events.jsonl").write_text("not json\n" + (path / "events.jsonl").read_text())
    (path / "recording.mp4").write_bytes(b"\x00")
    assert only(path).found == {
        BROKEN_LINE: 1,
        "clicks with an unknown button (left out)": 2,
        "keys without a known name (left out)": 2,
        "events of unknown kinds or without their place or key (left out)": 1,
        "events without a time (left out)": 1,
        "releases without a press (left out)": 1,
        VIDEO: 1,
    }


def test_the_machine_is_told_by_its_own_id_and_nothing_else_of_it(tmp_path: Path) -> None:
    """The MAC address goes where only a keyed hash is made of it; the host's name goes nowhere."""
    one = only(folder(tmp_path / "r", click(0, 5, 5)))
    assert one.person == "13939574105829"
    assert "jdoe" not in repr(one) and "13939574105829" not in repr(one.records) + one.task + one.name


def test_folder_and_description_are_the_task(tmp_path: Path) -> None:
    named = folder(tmp_path / "all" / "Book a flight", click(0, 5, 5))
    (named / "README.md").write_text("for Jo\n")
    folder(tmp_path / "all" / "recording-2023-10-20_17-19-53", click(0, 6, 6))
    found = [each for each in DuckTrack().read(tmp_path / "all") if isinstance(each, Imported)]
    assert [each.task for each in found] == ["Book a flight: for Jo", ""]
    assert DuckTrack().count(tmp_path / "all") == 2
    assert found[0].content != found[1].content


def test_autorepeat_rollover_and_lost_releases(tmp_path: Path) -> None:
    rows = [press(0, "a"), press(0.5, "a"), press(0.53, "a"), release(0.6, "a")]
    rows += [press(1, "x"), press(1.05, "y"), release(1.1, "x"), release(1.15, "y")]
    rows += [press(2, "!"), release(2.1, "1"), press(3, "b"), press(9, "b"), release(9.1, "b")]
    one = only(folder(tmp_path / "r", rows))
    keys = [each for each in one.records if isinstance(each, Key)]
    assert [each.keysym for each in keys if each.down and not each.repeat] == ["a", "x", "y", "exclam", "b", "b"]
    assert sum(each.repeat for each in keys) == 2
    assert sum(not each.down for each in keys) == 6
    assert one.found == {
        "releases told under another name than the press": 1,
        "keys pressed twice without a release between": 1,
    }


def test_option_and_altgr_write(tmp_path: Path, episodes: Episodes) -> None:
    """On a Mac Option makes characters, on Windows AltGr does, with a Control that nobody pressed."""
    mac = [press(0, "alt"), press(0.1, "é"), release(0.2, "é"), release(0.3, "alt")]
    one = only(folder(tmp_path / "mac", mac, {**METADATA, "system": "Darwin"}))
    assert [(each.kind, each.text) for each in actions(episodes(one))] == [("type", "é")]
    windows = [press(0, "ctrl_l"), press(0, "alt_gr"), press(0.1, "@"), release(0.2, "@")]
    windows += [release(0.3, "alt_gr"), release(0.3, "ctrl_l")]
    one = only(folder(tmp_path / "windows", windows))
    assert [(each.kind, each.text) for each in actions(episodes(one))] == [("type", "@")]


def test_a_pause_forgets_what_was_held(tmp_path: Path, episodes: Episodes) -> None:
    rows = [press(0, "ctrl"), {"time_stamp": T0 + 1, "action": "pause"}, {"time_stamp": T0 + 60, "action": "resume"}]
    one = only(folder(tmp_path / "r", [*rows, *typed(61, "a"), *click(63, 5, 5)]))
    assert [each.kind for each in one.records if isinstance(each, Mark)] == ["pause", "resume"]
    assert [(each.kind, each.text) for each in actions(episodes(one))] == [("type", "a"), ("click", "")]


@pytest.mark.parametrize("rows", [[], [{"time_stamp": T0, "action": "pause"}]])
def test_nothing_was_done(tmp_path: Path, rows: list[Row]) -> None:
    (one,) = DuckTrack().read(folder(tmp_path / "r", rows))
    assert one == Skipped("r", "empty")


def test_what_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="there is nothing; expected a DuckTrack recording"):
        DuckTrack().read(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotReadable, match=r"no events\.jsonl in it or below"):
        DuckTrack().provenance(tmp_path / "empty")
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotReadable, match="a file; expected"):
        DuckTrack().count(tmp_path / "file")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "events.jsonl").write_text('{"kind": "log"}\n')
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "events.jsonl").write_text("half a")
    reasons = [each.reason for each in DuckTrack().read(tmp_path) if isinstance(each, Skipped)]
    assert reasons == ["damaged", "foreign"]


_VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=3)
)
_KINDS = ("move", "click", "scroll", "press", "release", "pause", "resume")
_ROW = st.fixed_dictionaries(
    {},
    optional={
        "time_stamp": st.one_of(st.floats(T0, T0 + 20), _VALUE),
        "action": st.one_of(st.sampled_from(_KINDS), _VALUE),
        **{key: st.one_of(st.integers(-5000, 5000), _VALUE) for key in ("x", "y", "dx", "dy")},
        "button": st.one_of(st.sampled_from(["left", "x1"]), _VALUE),
        "pressed": st.one_of(st.booleans(), _VALUE),
        "name": st.one_of(st.sampled_from(["a", "A", "shift", "ctrl", "enter", "\x01"]), _VALUE),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(_ROW, max_size=30), metadata=_VALUE, cut=st.integers(0, 40), noise=st.binary(max_size=20))
def test_mangled_folders_never_crash(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], metadata: object, cut: int, noise: bytes
) -> None:
    """Whatever lies there: a recording whose records begin at 0 or later and are in order, or a reason."""
    path = tmp_path_factory.mktemp("mangled")
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    (path / "events.jsonl").write_bytes(lines[: max(0, len(lines) - cut)] + noise)
    (path / "metadata.json").write_bytes(json.dumps({"screen_width": metadata, "screen_height": 7}).encode()[cut:])
    (one,) = DuckTrack().read(path)
    if isinstance(one, Imported):
        times = [each.time_ns for each in one.records]
        assert times == sorted(times) and times[0] >= 0
    else:
        assert one.reason in ("empty", "damaged", "foreign")
