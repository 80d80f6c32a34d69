"""SapiMouse sessions: rows made by hand, and some real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from understudy.importers.imported import Imported, NotReadable, Skipped
from understudy.importers.sapimouse import SapiMouse
from understudy.records.actions import Episode
from understudy.records.events import Pointer, Windows
from understudy.records.recording import Recording

HEAD = "client timestamp,button,state,x,y\n"
Episodes = Callable[[Imported], list[Episode]]


def session(folder: Path, rows: str, name: str = "user7/session_1min.csv") -> Imported | Skipped:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rows)
    (only,) = SapiMouse().read(folder)
    return only


def imported(folder: Path, rows: str) -> Imported:
    only = session(folder, HEAD + rows)
    assert isinstance(only, Imported), only
    return only


def pointers(demonstration: Imported) -> list[Pointer]:
    return [record for record in demonstration.records if isinstance(record, Pointer)]


def test_moves_clicks_drags_and_scrolls(tmp_path: Path, episodes: Episodes) -> None:
    told = imported(
        tmp_path,
        "5000,NoButton,Move,10,20\n5100,Left,Pressed,10,20\n5180,Left,Released,10,20\n"
        "7000,Right,Pressed,12,20\n7100,Right,Released,12,20\n"
        "9000,Left,Pressed,100,100\n9050,Left,Drag,150,120\n9100,Left,Released,200,120\n"
        "12000,Scroll,Down,200,120\n12100,Scroll,Down,200,120\n14000,NoButton,Move,210,130\n",
    )
    assert told.person == "user7" and told.found == {} and told.outcome == "" and told.task == ""
    first = pointers(told)[0]
    assert (first.time_ns, first.kind, first.x, first.y) == (0, "move", 10, 20)
    actions = [step.action for episode in episodes(told) for step in episode.steps if step.action.kind != "wait"]
    assert [(each.kind, each.button, each.x, each.to_x, each.scroll_y) for each in actions] == [
        ("click", "left", 10, None, 0),
        ("click", "right", 12, None, 0),
        ("drag", "left", 100, 200, 0),
        ("scroll", "", 200, None, 2),
    ]


def test_every_move_is_kept_and_nothing_names_a_place(
    tmp_path: Path, recording: Callable[[Imported], Recording]
) -> None:
    rows = "".join(f"{10 * n},NoButton,Move,{n},{2 * n}\n" for n in range(100))
    told = imported(tmp_path, rows + "2000,Left,Pressed,5,5\n2050,Left,Released,5,5\n")
    kept = recording(told)
    assert sum(event.kind == "move" for event in kept.pointer) == 100
    (desktop,) = (record for record in told.records if isinstance(record, Windows))
    assert (desktop.screen.width, desktop.screen.height) == (1024, 768)
    assert "user7" not in repr(kept)


def test_lost_releases_unknown_buttons_and_bad_rows_are_counted(tmp_path: Path) -> None:
    told = imported(
        tmp_path,
        "0,Left,Released,1,1\n10,Left,Pressed,1,1\n20,Left,Drag,4,4\n30,Left,Pressed,5,5\n40,Left,Released,5,5\n"
        "50,Other,Pressed,6,6\n60,Other,Released,6,6\n70,NoButton,Hover,6,6\n80,Left\nsoon,Left,Pressed,1,1\n"
        "90,NoButton,Move,999999999,1\n85,NoButton,Move,7,7\n",
    )
    assert [(event.kind, event.button, event.x) for event in pointers(told)] == [
        *(("down", 1, 1), ("move", 0, 4), ("up", 1, 4), ("down", 1, 5), ("up", 1, 5)),
        *(("down", 2, 6), ("up", 2, 6), ("move", 0, 7)),
    ]
    assert told.found == {
        "releases without a press": 1,
        "releases that were never recorded, put before the next press": 1,
        "presses of a button without a name, taken for the middle one": 1,
        "rows of an unknown kind": 1,
        "rows that can't be read": 2,
        "rows with a place beyond any screen": 1,
    }
    times = [event.time_ns for event in pointers(told)]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "foreign"), ("a,b\n1,2\n", "foreign"), (HEAD, "empty"), (HEAD + "1,NoButton,Move,1,1\n", "empty")],
)
def test_what_is_no_session_is_skipped(tmp_path: Path, text: str, reason: str) -> None:
    only = session(tmp_path, text)
    assert isinstance(only, Skipped) and only.reason == reason


def test_a_file_alone_belongs_to_whom_its_folder_names(tmp_path: Path) -> None:
    path = tmp_path / "user9" / "session_3min.csv"
    path.parent.mkdir()
    path.write_text(HEAD + "0,Left,Pressed,1,1\n9,Left,Released,1,1\n")
    (only,) = SapiMouse().read(path)
    assert isinstance(only, Imported) and only.person == "user9"


def test_a_folder_without_sessions_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="SapiMouse sessions"):
        SapiMouse().provenance(tmp_path)


def test_real_sessions(shared_data: Path, episodes: Episodes) -> None:
    """The first few of the published archive: all of a session in one episode, clicks and drags in it."""
    count = 0
    for told in SapiMouse().read(shared_data / "sapimouse" / "sapimouse-80-users.tar.xz"):
        assert isinstance(told, Imported)
        kinds = {step.action.kind for episode in episodes(told) for step in episode.steps}
        assert {"click", "drag"} <= kinds
        assert told.person.startswith("user")
        count += 1
        if count == 4:
            break
    assert count == 4
