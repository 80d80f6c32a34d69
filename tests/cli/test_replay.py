"""`understudy replay` from the outside: its plan, where it stops, and a whole replay on a desktop of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.cli import replay as command
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.records.events import Key, Mark, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.keys import new_pair
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.lock import RecorderLock
from understudy.spool.writer import SpoolWriter

MS_NS = 1_000_000
SCREEN = Rect(0, 0, 900, 600)
EDITOR = WindowState(id=7, rect=Rect(60, 70, 600, 400), program="mousepad", app="Mousepad", title="notes")


def press(at_ms: int, seq: int, *names: str) -> list[Kept]:
    """The keys of a hotkey, or of one key."""
    *held, last = names
    modifiers = ("ctrl",) if held else ()
    code = {"Control_L": 37, "s": 39, "Return": 36}
    downs = [
        Key(time_ns=(at_ms + nth) * MS_NS, seq=seq + nth, down=True, keycode=code[name], keysym=name)
        for nth, name in enumerate(held)
    ]
    tap = [
        Key(
            time_ns=(at_ms + 20 + 20 * nth) * MS_NS,
            seq=seq + len(held) + nth,
            down=down,
            keycode=code[last],
            keysym=last,
            modifiers=modifiers,
        )
        for nth, down in enumerate((True, False))
    ]
    ups = [
        Key(time_ns=(at_ms + 60) * MS_NS, seq=seq + 3, down=False, keycode=code[name], keysym=name, modifiers=modifiers)
        for name in held
    ]
    return [*downs, *tap, *ups]


def typed(at_ms: int, seq: int, text: str, *, scrubbed: bool = False) -> Kept:
    return TextRun(
        time_ns=(at_ms + 200) * MS_NS,
        seq=seq,
        run=seq,
        start_ns=at_ms * MS_NS,
        text=text,
        level="text",
        element=None,
        scrubbed=scrubbed,
    )


def note(*second: Kept, window: WindowState = EDITOR) -> list[Kept]:
    """A click into the editor, a line, what is given in the second line, saved."""
    return [
        Mark(time_ns=0, seq=0, kind="start"),
        Windows(time_ns=1, seq=0, active=7, windows=(window,), screen=SCREEN),
        Pointer(time_ns=500 * MS_NS, seq=0, kind="down", x=300, y=300, button=1),
        Pointer(time_ns=560 * MS_NS, seq=1, kind="up", x=300, y=300, button=1),
        typed(1000, 0, "Crates: 12"),
        *press(1500, 0, "Return"),
        *second,
        *press(3000, 2, "Control_L", "s"),
    ]


def record(home: Home, content: Sequence[Kept], *, close: bool = True) -> str:
    recording_id, pair = os.urandom(16).hex(), new_pair()
    KeyStore(home.keys).add(recording_id, pair.private, [identity.public_key(home.identity)])
    info = RecordingInfo(
        id=recording_id,
        contributor="c",
        consent_id="0" * 32,
        profile="own-work",
        started_at="2026-01-02T03:04:05+00:00",
        start_ns=0,
        policy_sha256="0" * 64,
        product_version="0.1.0",
        schema_version=1,
    )
    writer = SpoolWriter.create(home.spool / recording_id, info, pair.public, identity.device(home.identity))
    writer.append([Redacted(one) for one in content])
    if close:
        writer.close({})
    else:
        writer.abandon()
    return recording_id


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    identity.create(home.identity)
    return home


def run(home: Home, *arguments: str, typed_in: str = "") -> Result:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = home

    command.register(app)
    return CliRunner().invoke(app, ["replay", *arguments], input=typed_in, env={"COLUMNS": "200"})


def fault(result: Result, kind: type[Exception]) -> str:
    assert isinstance(result.exception, kind), (result.output, result.exception)
    return str(result.exception)


SCRUBBED = typed(2000, 1, "for <EMAIL_1>", scrubbed=True)


def test_the_plan_tells_the_steps_and_what_is_missing(home: Home) -> None:
    one = record(home, note(SCRUBBED))
    told = json.loads(run(home, one, "--plan", "--json").stdout)
    assert [step["kind"] for step in told["steps"]] == ["click", "type", "press", "type", "hotkey"]
    assert [step["needs"] for step in told["steps"]] == [[], [], [], ["EMAIL_1"], []]
    assert told["done"] is True and told["stopped"] is None
    lines = run(home, one[:8], "--plan").stdout.splitlines()
    assert len(lines) == 5 and "Crates: 12" in lines[1] and "EMAIL_1" in lines[3]


def test_what_can_not_be_filled_in_is_refused(home: Home) -> None:
    one = record(home, note(SCRUBBED))
    message = fault(run(home, one, "--fill", "PHONE_1=1", "--plan"), UsageFault)
    assert "PHONE_1" in message and "4, EMAIL_1" in message
    filled = run(home, one, "--fill", "EMAIL_1", "--plan", "--json", typed_in="b@example.org\n")
    assert "b@example.org" not in filled.output, "asked for without being shown"


def test_a_recording_that_can_not_be_replayed_is_named(home: Home) -> None:
    assert "at least 4" in fault(run(home, "abc"), UsageFault)
    assert "no recording" in fault(run(home, "abcd"), UsageFault)
    empty = record(home, [Mark(time_ns=0, seq=0, kind="start")])
    assert "no action" in fault(run(home, empty), CommandFailed)
    running = record(home, note(), close=False)
    with RecorderLock(home.spool):
        assert "being recorded" in fault(run(home, running), CommandFailed)


def test_another_display_is_asked_about_first(home: Home) -> None:
    one = record(home, note())
    refused = run(home, one, "--display", ":4711", typed_in="n\n")
    assert refused.exit_code == 1 and ":4711" in refused.output and "1  " not in refused.stdout
    assert ":4711" in fault(run(home, one, "--display", ":4711", "--yes"), CommandFailed), "agreed, but it isn't there"


def test_a_program_that_it_can_not_start_is_asked_for(home: Home) -> None:
    window = WindowState(id=7, rect=EDITOR.rect, program="gnucash", app="Gnucash")
    one = record(home, note(window=window))
    assert "--program 'gnucash" in fault(run(home, one), UsageFault)
    browser = WindowState(id=7, rect=EDITOR.rect, program="chromium", app="Chromium", url="http://h/<OPAQUE_1>")
    assert "--page URL" in fault(run(home, record(home, note(window=browser))), UsageFault)


@pytest.mark.desktop
def test_a_note_is_written_once_more_on_a_desktop_of_its_own(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    file.write_text("")
    one = record(home, note(typed(2000, 1, "to <EMAIL_1>", scrubbed=True)))
    program = f"mousepad --disable-server {file}"
    result = run(home, one, "--program", program, "--fill", "EMAIL_1=ada@example.org")
    assert result.exit_code == 0, (result.output, result.exception)
    assert file.read_text() == "Crates: 12\nto ada@example.org"
    assert len(result.stdout.splitlines()) == 5

    file.write_text("")
    stopped = run(home, one, "--program", program, "--json")
    message = fault(stopped, CommandFailed)
    assert message.startswith("step 4: it was typed with something sensitive in it") and "--fill EMAIL_1" in message
    told = json.loads(stopped.stdout)
    assert (told["done"], told["stopped"]["step"], len(told["steps"])) == (False, 4, 4)
    assert file.read_text() == "", "nothing after the stop was done"
