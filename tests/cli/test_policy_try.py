"""`understudy policy try` and `diff`, run as a person runs them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.cli import policy as command
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.records.events import Mark, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.keys import new_pair
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.writer import SpoolWriter

S = 1_000_000_000
HEAD = 'version = 1\nprofile = "own-work"\n'
EDITOR = '[[app]]\nname = "Editor [1]"\nprogram = "mousepad"\n'


def content() -> list[Kept]:
    screen = Rect(0, 0, 800, 600)
    window = WindowState(id=7, rect=screen, program="mousepad", pid=1)
    return [
        Mark(time_ns=0, seq=0, kind="start"),
        Windows(time_ns=S, seq=0, active=7, windows=(window,), screen=screen),
        Pointer(time_ns=2 * S, seq=0, kind="down", x=1, y=1, button=1),
        Pointer(time_ns=2 * S + 1, seq=1, kind="up", x=1, y=1, button=1),
        TextRun(time_ns=4 * S, seq=0, run=0, start_ns=3 * S, text="see ann@example.com", level="text", element=None),
        Mark(time_ns=9 * S, seq=1, kind="stop"),
    ]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    identity.create(home.identity)
    return home


@pytest.fixture
def recording(home: Home) -> str:
    recording_id, pair = os.urandom(16).hex(), new_pair()
    KeyStore(home.keys).add(recording_id, pair.private, [identity.public_key(home.identity)])
    info = RecordingInfo(
        id=recording_id, contributor="c", consent_id="0" * 32, profile="own-work", started_at="2026-01-02T03:04:05Z",
        start_ns=0, policy_sha256="0" * 64, product_version="0.1.0", schema_version=1,
    )  # fmt: skip
    writer = SpoolWriter.create(home.spool / recording_id, info, pair.public, identity.device(home.identity))
    writer.append([Redacted(one) for one in content()])
    writer.close({})
    return recording_id


def run(home: Home, *arguments: str) -> Result:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = home

    command.register(app)
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, ["policy", *arguments])


def policy(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(HEAD + text)
    return str(folder / name)


def test_try_tells_what_would_be_kept_and_why_not(tmp_path: Path, home: Home, recording: str) -> None:
    file = policy(tmp_path, "p.toml", EDITOR)
    shown = run(home, "try", file, recording[:8])
    assert shown.exit_code == 0, shown.output
    for words in ("only be narrowed", "mousepad: Editor [1]", "holds what is replaced: email (1)"):
        assert words in shown.stdout
    (app,) = json.loads(run(home, "try", file, recording, "--json").stdout)["applications"]
    assert app["rule"] == "Editor [1]" and app["actions"]["kept"] == 1 and app["texts"]["kept"] == 0
    nothing = run(home, "try", policy(tmp_path, "none.toml", ""), recording)
    assert "nothing kept" in nothing.stdout and "no [[app]] names the program" in nothing.stdout
    assert "ann@example.com" not in shown.stdout + nothing.stdout


def test_try_changes_nothing(tmp_path: Path, home: Home, recording: str) -> None:
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    run(home, "try", policy(tmp_path, "p.toml", EDITOR), recording)
    assert before == {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


def test_try_needs_a_recording_its_key_and_a_policy(tmp_path: Path, home: Home, recording: str) -> None:
    file = policy(tmp_path, "p.toml", EDITOR)
    assert isinstance(run(home, "try", file, "ffffffff").exception, UsageFault)
    assert isinstance(run(home, "try", policy(tmp_path, "x.toml", "x = 1\n"), recording).exception, UsageFault)
    KeyStore(home.keys).destroy(recording)
    assert isinstance(run(home, "try", file, recording).exception, CommandFailed)


@pytest.mark.parametrize(
    ("after", "code", "word"),
    [
        (EDITOR, 0, "mean the same"),
        (EDITOR + "titles = false\n", 3, "stricter"),
        (EDITOR + 'images = "keep"\n', 4, "looser"),
    ],
)
def test_diff_tells_the_direction_by_its_exit_code(
    tmp_path: Path, home: Home, after: str, code: int, word: str
) -> None:
    files = policy(tmp_path, "a.toml", EDITOR), policy(tmp_path, "b.toml", after)
    shown = run(home, "diff", *files)
    assert (shown.exit_code, word in shown.stdout) == (code, True)
    told = json.loads(run(home, "diff", *files, "--json").stdout)
    assert told["same"] is (code == 0) and told["looser"] is (code == 4)
    assert all(change["where"] == "Editor [1]" for change in told["changes"])
