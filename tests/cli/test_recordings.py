"""`understudy recordings` from the outside: what it prints, how it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.catalogue import Catalogue
from understudy.cli import recordings as command
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.records.events import Mark, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.keys import new_pair
from understudy.seal.passphrase import Cost
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.lock import RecorderLock
from understudy.spool.writer import SpoolWriter

SECOND_NS = 1_000_000_000


def content() -> list[Kept]:
    screen = Rect(0, 0, 800, 600)

    def windows(second: int, program: str) -> Kept:
        window = WindowState(id=7, rect=screen, program=program, app=program)
        return Windows(time_ns=second * SECOND_NS, seq=second, active=7, windows=(window,), screen=screen)

    return [
        Mark(time_ns=0, seq=0, kind="start"),
        windows(1, "chromium"),
        Pointer(time_ns=2 * SECOND_NS, seq=0, kind="move", x=1, y=1),
        Pointer(time_ns=3 * SECOND_NS, seq=1, kind="down", x=1, y=1, button=1),
        TextRun(time_ns=4 * SECOND_NS, seq=0, run=0, start_ns=0, text="x", level="text", element=None),
        Mark(time_ns=5 * SECOND_NS, seq=1, kind="dropped", reason="secure_field", what="keys"),
        windows(6, "mousepad"),
        Mark(time_ns=65 * SECOND_NS, seq=2, kind="stop"),
    ]


def record(home: Home, *, task: str = "file [an] order", close: bool = True, started: str = "2026-01-02") -> str:
    recording_id, pair = os.urandom(16).hex(), new_pair()
    KeyStore(home.keys).add(recording_id, pair.private, [identity.public_key(home.identity)])
    info = RecordingInfo(
        id=recording_id,
        contributor="c",
        consent_id="0" * 32,
        profile="own-work",
        started_at=f"{started}T03:04:05+00:00",
        start_ns=0,
        policy_sha256="0" * 64,
        product_version="0.1.0",
        schema_version=1,
        task=task,
    )
    device = identity.device(home.identity)
    writer = SpoolWriter.create(home.spool / recording_id, info, pair.public, device)
    writer.append([Redacted(one) for one in content()])
    if close:
        writer.close({"events": 8})
    else:
        writer.abandon()
    return recording_id


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    identity.create(home.identity)
    return home


@pytest.fixture
def locked_home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    identity.create(home.identity, "passphrase", ask_passphrase=lambda: "hunter2", cost=Cost(1, 64))
    return home


def run(home: Home, *arguments: str, typed: str = "") -> Result:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = home

    command.register(app)
    result = CliRunner().invoke(app, ["recordings", *arguments], input=typed, env={"COLUMNS": "200"})
    if isinstance(result.exception, CommandFailed | UsageFault):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def as_json(home: Home, arguments: Sequence[str], code: int = 0) -> Any:  # noqa: ANN401
    result = run(home, *arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_home_without_recordings_lists_none_and_gets_no_files(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert "Nothing is recorded yet" in run(home, "list").stdout
    assert as_json(home, ["list"]) == []
    assert as_json(home, ["verify"]) == []
    assert not home.root.exists()


def test_list_tells_of_each_recording_oldest_first(home: Home) -> None:
    second, first = record(home, started="2026-03-04"), record(home)
    rows = as_json(home, ["list"])
    assert [row["id"] for row in rows] == [first, second]
    assert rows[0]["task"] == "file [an] order" and rows[0]["verdict"] == "whole"
    assert rows[0]["duration_s"] == 65 and rows[0]["segments"] == 2 and rows[0]["bytes"] > 1000
    assert rows[0]["started"] == "2026-01-02T03:04:05+00:00"
    shown = run(home, "list").stdout
    assert first[:8] in shown and "1:05" in shown and "KB" in shown and "file [an] order" in shown


def test_list_tells_a_crash_from_a_loss(home: Home) -> None:
    crashed, lost = record(home, close=False), record(home)
    (home.spool / lost / "000001.seg").unlink()
    verdicts = {row["id"]: row["verdict"] for row in as_json(home, ["list"])}
    assert verdicts == {crashed: "recovered", lost: "incomplete"}


def test_under_a_passphrase_tasks_stay_sealed_until_it_is_given(locked_home: Home) -> None:
    recording_id = record(locked_home)
    (row,) = as_json(locked_home, ["list"])
    assert row["id"] == recording_id and row["task"] is None and row["started"] is None and row["verdict"] == "whole"
    assert "sealed" in run(locked_home, "list").stdout
    unlocked = run(locked_home, "list", "--unlock", typed="hunter2\n")
    assert "order" in unlocked.stdout and "hunter2" not in unlocked.output
    with pytest.raises(CommandFailed, match="--unlock"):
        run(locked_home, "show", recording_id)
    with pytest.raises(CommandFailed, match=r"Nothing can recover a forgotten one.*verified and forgotten"):
        run(locked_home, "show", recording_id, "--unlock", typed="hunter3\n")
    assert as_json(locked_home, ["verify"])[0]["verdict"] == "whole"


def test_show_counts_what_a_recording_holds(home: Home) -> None:
    recording_id = record(home)
    value = as_json(home, ["show", recording_id[:6]])
    assert value["records"]["pointer"] == 2 and value["records"]["mark"] == 3 and value["records"]["frame"] == 0
    assert value["dropped"] == [{"what": "keys", "reason": "secure_field", "count": 1}]
    assert value["applications_s"] == {"mousepad": 59.0, "chromium": 5.0}
    assert value["texts"] == {"text": 1} and value["stats"] == {"events": 8} and value["verdict"] == "whole"
    shown = run(home, "show", recording_id).stdout
    for words in ("file [an] order", "keys: secure field", "mousepad", "0:59", "own-work", "whole"):
        assert words in shown


def test_show_counts_what_is_left_of_a_damaged_recording(home: Home) -> None:
    recording_id = record(home)
    path = home.spool / recording_id / "000001.seg"
    data = bytearray(path.read_bytes())
    data[320] ^= 1
    path.write_bytes(data)
    value = as_json(home, ["show", recording_id])
    assert value["verdict"] == "tampered" and value["records"]["pointer"] == 2


def test_verify_says_why_and_ends_with_one_when_something_is_wrong(home: Home) -> None:
    good, crashed = record(home), record(home, close=False)
    rows = {row["id"]: row for row in as_json(home, ["verify"])}
    assert rows[good]["verdict"] == "whole" and rows[crashed]["verdict"] == "recovered"
    assert run(home, "verify").exit_code == 0
    path = home.spool / good / "000000.seg"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    (row,) = as_json(home, ["verify", good], code=1)
    assert row["verdict"] == "tampered" and row["reason"].startswith("segment 0:")
    shown = run(home, "verify")
    assert shown.exit_code == 1 and "tampered" in shown.stdout and "recovered" in shown.stdout


def test_verify_names_a_newer_format(home: Home) -> None:
    recording_id = record(home)
    for path in (home.spool / recording_id).iterdir():
        path.write_bytes(b"\x02" + path.read_bytes()[1:])
    (row,) = as_json(home, ["verify"], code=1)
    assert row["verdict"] == "unknown version" and "newer understudy" in row["reason"]
    assert as_json(home, ["list"])[0]["verdict"] == "unknown version"


def test_an_id_must_name_one_recording(home: Home) -> None:
    recording_id = record(home)
    assert as_json(home, ["show", recording_id[:4].upper()])["id"] == recording_id
    for given, words in (("12", "at least 4"), ("zzzz", "no recording"), ("../keys", "no recording")):
        with pytest.raises(UsageFault, match=words):
            run(home, "show", given)


def test_forget_takes_keys_and_bytes(home: Home) -> None:
    gone, left = record(home), record(home)
    with Catalogue.open(home.catalogue):
        pass
    shown = run(home, "forget", gone, typed="y\n")
    assert "gone" in shown.stdout and shown.exit_code == 0
    assert KeyStore(home.keys).known() == (left,)
    assert [path.name for path in home.spool.iterdir() if path.is_dir()] == [left]
    assert [row["id"] for row in as_json(home, ["list"])] == [left]


def test_forget_asks_first(home: Home) -> None:
    recording_id = record(home)
    assert run(home, "forget", recording_id, typed="n\n").exit_code == 1
    assert KeyStore(home.keys).known() == (recording_id,)


def test_forget_needs_no_passphrase(locked_home: Home) -> None:
    recording_id = record(locked_home)
    value = as_json(locked_home, ["forget", recording_id, "--yes"])
    assert value == {"id": recording_id, "dataset_revisions": []}
    assert KeyStore(locked_home.keys).known() == ()


def test_forget_finishes_what_was_interrupted(home: Home) -> None:
    """The bytes are gone already, the keys are not."""
    recording_id = record(home)
    for path in (home.spool / recording_id).iterdir():
        path.unlink()
    (home.spool / recording_id).rmdir()
    run(home, "forget", recording_id, "--yes")
    assert KeyStore(home.keys).known() == ()


def test_the_recording_in_progress_is_told_apart(home: Home) -> None:
    done, running = record(home), record(home, close=False)
    with RecorderLock(home.spool):
        rows = {row["id"]: row["verdict"] for row in as_json(home, ["list"])}
        assert rows == {done: "whole", running: "open"}
        assert as_json(home, ["verify", running])[0]["verdict"] == "open"
        with pytest.raises(CommandFailed, match="stop the recorder first"):
            run(home, "forget", running, "--yes")


def test_a_recording_whose_key_is_gone_can_still_be_verified(home: Home) -> None:
    recording_id = record(home)
    KeyStore(home.keys).destroy(recording_id)
    assert as_json(home, ["list"])[0]["task"] is None
    assert as_json(home, ["verify"])[0]["verdict"] == "whole"
    with pytest.raises(CommandFailed, match="it was forgotten"):
        run(home, "show", recording_id)


@pytest.mark.parametrize("name", ["list", "show", "verify", "forget"])
def test_each_command_has_help_with_an_example(home: Home, name: str) -> None:
    shown = click.unstyle(run(home, name, "--help").stdout)
    assert f"Example: understudy recordings {name}" in shown and "--json" in shown
