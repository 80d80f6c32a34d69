"""AgentNet raw folders, made here as AgentNetTool writes them, each defect that is known of it included."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.importers.agentnet import AgentNet
from understudy.importers.imported import Imported, Skipped
from understudy.importers.listened import OUTSIDE, WRONG_MOMENT, WRONG_PLACE
from understudy.importers.recorded_folders import NO_METADATA
from understudy.importers.told_elements import elements
from understudy.records.actions import Episode
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Mark
from understudy.records.geometry import Rect
from understudy.records.recording import Recording

T0 = 30_680.627
METADATA = {"system": "Windows", "screen_width": 1920, "screen_height": 1080, "video_start_timestamp": T0 - 1.2}

Row = dict[str, Any]
Episodes = Callable[[Imported], list[Episode]]


def click(at_s: float, x: int, y: int) -> list[Row]:
    row = {"action": "click", "x": x, "y": y, "button": "left"}
    return [{"time_stamp": T0 + at_s + late, **row, "pressed": not late} for late in (0, 0.08)]


def typed(at_s: float, text: str) -> list[Row]:
    rows = []
    for index, char in enumerate(text):
        for late, action in ((0, "press"), (0.05, "release")):
            rows.append({"time_stamp": T0 + at_s + index * 0.1 + late, "action": action, "name": char})
    return rows


def in_front(at_s: float, name: str) -> Row:
    return {"time_stamp": T0 + at_s, "top_window_name": name}


def control(name: str, kind: str, rect: tuple[int, int, int, int], *children: Row) -> Row:
    left, top, right, bottom = rect
    bounds = {"left": left, "top": top, "right": right, "bottom": bottom}
    return {"Name": name, "ControlType": kind, "BoundingRectangle": bounds, "Depth": 0, "Children": list(children)}


def said(at_s: float, tree: object) -> Row:
    return {"time_stamp": T0 + at_s, "a11y_tree": tree}


def folder(
    path: Path,
    events: list[Row],
    windows: list[Row] = [],  # noqa: B006 - never changed
    told: list[Row] = [],  # noqa: B006
    metadata: Row | None = METADATA,
    task: str = "",
) -> Path:
    path.mkdir(parents=True)
    numbered = [{**row, "event_idx": row.get("event_idx", index)} for index, row in enumerate(events)]
    for name, rows in (("events", numbered), ("top_window", windows), ("element", told)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    if metadata is not None:
        (path / "metadata.json").write_text(json.dumps(metadata))
    if task:
        (path / "task_name.json").write_text(json.dumps({"task_name": task, "description": None}))
    return path


def only(path: Path) -> Imported:
    (one,) = AgentNet().read(path)
    assert isinstance(one, Imported), one
    return one


def pressed_on(one: Imported) -> list[Element | None]:
    return [each.element for each in one.records if isinstance(each, ElementAt) and each.cause == "press"]


def test_what_the_person_did(tmp_path: Path, episodes: Episodes) -> None:
    """Programs, elements and the task come with the actions."""
    window = control("Doc1", "WindowControl", (0, 0, 1920, 1040), control("Save", "ButtonControl", (20, 20, 80, 60)))
    path = folder(
        tmp_path / "r",
        [*click(0, 40, 40), *typed(2, "Q3 plan"), *click(4, 500, 500)],
        [in_front(-0.5, "WINWORD"), in_front(3.5, "chrome")],
        [said(0.004, window)],
        task="Save the plan",
    )
    one = only(path)
    assert one.found == {} and one.task == "Save the plan"
    (episode,) = episodes(one)
    told = [(step.action.kind, step.app, step.target.name if step.target else "") for step in episode.steps]
    assert [each for each in told if each[0] != "wait"] == [
        ("click", "WINWORD", "Save"),
        ("type", "WINWORD", ""),
        ("click", "chrome", ""),
    ]
    assert episode.steps[0].target_confidence == "pressed"


def test_outside_the_stated_screen(tmp_path: Path, episodes: Episodes) -> None:
    """The screen grew while it was recorded (or is the second one): kept where it was, counted, never clamped."""
    one = only(folder(tmp_path / "r", [*click(0, 10, 10), *click(2, 2400, 1300)]))
    assert one.found == {OUTSIDE: 1}
    places = [(s.action.x, s.action.y) for e in episodes(one) for s in e.steps if s.action.kind == "click"]
    assert places == [(10, 10), (2400, 1300)]


def test_the_videos_beginning_moves_nothing(tmp_path: Path) -> None:
    """When the two statements of it differ, that is said; events count from the first one in any case."""
    doubtful = {**METADATA, "obs_record_state_timings": {"OBS_WEBSOCKET_OUTPUT_STARTED": [T0 - 0.7]}}
    late = {**METADATA, "video_start_timestamp": T0 + 5}
    times = []
    for name, metadata in (("sure", METADATA), ("doubtful", doubtful), ("late", late)):
        one = only(folder(tmp_path / name, click(0, 5, 5), metadata=metadata))
        times.append([each.time_ns for each in one.records])
        assert bool(one.found) == (name == "doubtful"), name
    assert times[0] == times[1] == times[2] and times[0][0] == 0


def test_elements_of_another_moment_or_place_are_not_believed(tmp_path: Path, episodes: Episodes) -> None:
    """One asked at no press; one asked too late, when the page had changed: neither becomes a target."""
    ok = control("OK", "ButtonControl", (90, 90, 200, 120))
    path = folder(
        tmp_path / "r",
        [*click(0, 100, 100), *click(2, 700, 700), *click(4, 100, 100)],
        told=[said(1.0, ok), said(2.01, ok), said(4.01, ok), said(4.02, [])],
    )
    one = only(path)
    assert one.found == {
        WRONG_MOMENT: 1,
        WRONG_PLACE: 1,
        "presses of which the system could tell no element": 1,
    }
    clicks = [step for each in episodes(one) for step in each.steps if step.action.kind == "click"]
    assert [step.target.name if step.target else None for step in clicks] == [None, None, "OK"]


def test_names_and_addresses_in_paths_and_titles(tmp_path: Path, recording: Callable[[Imported], Recording]) -> None:
    """The annotator's address in the folder's name is only ever the pseudonym's source; others are scrubbed."""
    label = control("Mail to jane.roe@example.org", "HyperlinkControl", (0, 0, 50, 50))
    path = folder(
        tmp_path / "Annotator.One@example.com" / "3f2a",
        click(0, 10, 10),
        [in_front(-1, "jim.poe@example.net - Outlook")],
        [said(0, label)],
        task="Answer jane.roe@example.org",
    )
    one = only(tmp_path)
    assert one.person == "annotator.one@example.com" and one.name == "<EMAIL>/3f2a"
    kept = repr(recording(one)).replace(one.task, "")
    assert "Annotator" not in repr(one.records) and "@example" not in kept
    assert only(path).person == "", "outside what was named to us nothing is looked at"


def test_lost_events_are_a_loss(tmp_path: Path) -> None:
    rows = [{**row, "event_idx": at} for row, at in zip(click(0, 5, 5) + click(2, 5, 5), (0, 1, 7, 8), strict=True)]
    one = only(folder(tmp_path / "r", rows))
    assert one.found == {"places where the numbers of events jump (some are lost)": 1}
    assert [(each.kind, each.time_ns) for each in one.records if isinstance(each, Mark)] == [("loss", 80_000_000)]


def test_password_managers_and_password_fields(tmp_path: Path, episodes: Episodes) -> None:
    """What goes to a password manager, to a field labelled as a password and to a terminal is not kept."""
    secret = control("Password", "EditControl", (0, 0, 300, 40))
    other = control("Search", "EditControl", (0, 100, 300, 140))
    rows = [*click(0, 10, 10), *typed(1, "hunter2x"), *click(3, 10, 110), *typed(4, "cats"), *typed(7.9, "mastérpw")]
    rows += [*click(12, 10, 110), *typed(13, "dogs"), *typed(17, "sudo-pw")]
    windows = [
        in_front(-1, "chrome"),
        in_front(8, "KeePassXC"),
        in_front(11, "chrome"),
        in_front(16, "WindowsTerminal"),
    ]
    one = only(folder(tmp_path / "r", rows, windows, [said(0, secret), said(3, other), said(12, other)]))
    steps = [step for each in episodes(one) for step in each.steps]
    assert [step.action.text for step in steps if step.action.kind == "type"] == ["cats", "dogs"]
    told = repr(steps)
    for word in ("hunter", "mast", "érpw", "sudo"):
        assert word not in told


def test_macos_elements() -> None:
    """Frames are told as the words of a dictionary; secure fields by their subrole."""
    frame = str({"x": 10.5, "y": 20.0, "w": 99.5, "h": 30.0, "type": "kAXValueCGRectType"})
    tree = {"AXRole": "AXTextField", "AXSubrole": "AXSecureTextField", "AXTitle": "Code", "AXFrame": frame}
    group = {"AXRole": "AXGroup", "AXFrame": {"x": 0, "y": 0, "w": 500, "h": 500}, "AXChildren": [tree, "x", None]}
    outer, inner = elements(group)
    assert (outer.role, outer.bounds) == ("panel", Rect(0, 0, 500, 500))
    assert inner.role == "password text" and inner.secure and inner.bounds == Rect(10, 20, 100, 30)
    assert inner.path == ("panel", "password text")
    assert elements([]) == elements("x") == elements({"AXFrame": "__import__('os')"}) == ()
    assert elements({"AXRole": "AXButton", "AXFrame": "(" * 250})[0].bounds is None


def test_no_metadata_no_elements(tmp_path: Path) -> None:
    path = folder(tmp_path / "r", click(0, 5, 5), metadata=None)
    (path / "element.jsonl").unlink()
    (path / "top_window.jsonl").unlink()
    one = only(path)
    assert one.found[NO_METADATA] == 1 and pressed_on(one) == []


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Name", "ControlType", "BoundingRectangle", "Children", "left", "AXFrame", "AXRole", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees=st.lists(_JSON, max_size=4), task=_JSON, windows=st.lists(_JSON, max_size=3), cut=st.integers(0, 60))
def test_mangled_folders_never_crash(
    tmp_path_factory: pytest.TempPathFactory, trees: list[object], task: object, windows: list[object], cut: int
) -> None:
    path = tmp_path_factory.mktemp("mangled") / "r"
    folder(path, click(0, 5, 5), [in_front(0, "a")], [said(0, tree) for tree in trees])
    rows = [json.dumps({"time_stamp": T0, "top_window_name": each}) for each in windows]
    (path / "top_window.jsonl").write_text("\n".join(rows)[cut:])
    (path / "task_name.json").write_text(json.dumps({"task_name": task}))
    elements_file = path / "element.jsonl"
    elements_file.write_bytes(elements_file.read_bytes()[: -cut or None])
    (one,) = AgentNet().read(path)
    assert isinstance(one, Imported)
    assert all(each.time_ns >= 0 for each in one.records)


def test_unreadable_folder_is_skipped(tmp_path: Path) -> None:
    """What the disk doesn't give is damaged, and reading goes on."""
    folder(tmp_path / "b", click(0, 5, 5))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "events.jsonl").symlink_to("/proc/self/mem")
    first, second = AgentNet().read(tmp_path)
    assert isinstance(first, Skipped) and first.reason in ("damaged", "empty")
    assert isinstance(second, Imported)
