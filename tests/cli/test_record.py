"""`understudy record` as people meet it: what it refuses and in which words, the notice, the consent."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import xcffib.xinput

from benchmarks.driven import POLICY, UNDERSTUDY, Desk, Recorder, environment, understudy
from benchmarks.terminal import Terminal
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.x11 import virtual
from understudy.catalogue.catalogue import Catalogue
from understudy.cli.app import run
from understudy.settings import Home
from understudy.spool.recordings import recording_ids

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

DEMO = ("--consent", "demo", "--identity", "none")
WITHDRAWN_S = 10.0
"""The consent is asked for every 2 s; the rest is for closing the recording on a busy machine."""


@pytest.fixture
def env(desktop: VirtualDesktop, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "user").mkdir()
    return environment(desktop, tmp_path / "user")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return path


def refused(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line with which a command failed."""
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert done.stderr.startswith("understudy: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


# --- what it can't work with -----------------------------------------------------------------------------------------


def test_without_a_display_it_says_so_and_makes_nothing(tmp_path: Path, env: dict[str, str]) -> None:
    del env["DISPLAY"]
    assert "DISPLAY is not set" in refused(understudy(tmp_path / "home", "record", *DEMO, env=env), 1)
    assert not (tmp_path / "home").exists()


def test_a_display_that_does_not_answer_is_named(tmp_path: Path, env: dict[str, str]) -> None:
    env["DISPLAY"] = ":59999"
    assert "':59999' does not answer" in refused(understudy(tmp_path / "home", "record", *DEMO, env=env), 1)


@pytest.mark.parametrize("variable", [{"WAYLAND_DISPLAY": "wayland-0"}, {"XDG_SESSION_TYPE": "wayland"}])
def test_a_wayland_session_is_told_what_to_do(tmp_path: Path, env: dict[str, str], variable: dict[str, str]) -> None:
    line = refused(understudy(tmp_path / "home", "record", *DEMO, env=env | variable), 1)
    assert "Wayland" in line
    assert "choose an X11 (Xorg) session at the login screen" in line


def test_an_unknown_field_of_the_policy_is_named_with_its_line(
    tmp_path: Path, env: dict[str, str], policy: Path
) -> None:
    policy.write_text(POLICY + 'pixles = "tree"\n')
    line = refused(understudy(tmp_path / "home", "record", "--policy", str(policy), *DEMO, env=env), 2)
    assert f"{policy.name}:{POLICY.count(chr(10)) + 1}" in line
    assert "pixles" in line
    assert recording_ids(Home(tmp_path / "home").spool) == ()


def test_a_policy_that_names_no_application_records_nothing(tmp_path: Path, env: dict[str, str], policy: Path) -> None:
    policy.write_text('version = 1\nprofile = "own-work"\n')
    line = refused(understudy(tmp_path / "home", "record", "--policy", str(policy), *DEMO, env=env), 2)
    assert "names no application" in line


def test_nobody_to_ask_is_wrong_usage(tmp_path: Path, env: dict[str, str], policy: Path) -> None:
    line = refused(understudy(tmp_path / "home", "record", "--policy", str(policy), env=env), 2)
    assert "nobody can answer here" in line
    line = refused(understudy(tmp_path / "other", "record", env=env), 2)
    assert "--profile own-work or --profile workplace" in line


def test_a_demo_consent_is_refused_where_somebody_can_sit(
    tmp_path: Path,
    env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The device list is made up here: no machine that runs tests has a keyboard to count on."""
    slave = xcffib.xinput.DeviceType.SlaveKeyboard
    names = ("Virtual core XTEST keyboard", "AT Translated Set 2 keyboard")
    infos = [SimpleNamespace(type=slave, name=[bytes([byte]) for byte in name.encode()]) for name in names]

    class FakeConnection:
        def __call__(self, key: object) -> object:
            return SimpleNamespace(
                XIQueryVersion=lambda *_: SimpleNamespace(reply=lambda: None),
                XIQueryDevice=lambda *_: SimpleNamespace(reply=lambda: SimpleNamespace(infos=infos)),
            )

        def disconnect(self) -> None:
            """Nothing was opened."""

    monkeypatch.setattr(virtual, "connect", lambda desktop: FakeConnection())
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert run(["--home", str(tmp_path / "home"), "record", *DEMO]) == 2
    assert "has real input devices; a person consents for themselves" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_without_an_accessibility_bus_it_goes_on_and_drops_what_is_typed(
    desktop: VirtualDesktop, tmp_path: Path
) -> None:
    editor = desktop.spawn(["mousepad", "--disable-server"])
    try:
        nowhere = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/nothing"}
        with (
            Desk(desktop.display) as desk,
            XTest(desktop.display) as hands,
            Recorder(desktop, tmp_path, env=nowhere) as recorder,
        ):
            left, top, width, height = desk.place(desk.find("mousepad"), 0, 100, 800, 500)
            recorder.begin()
            time.sleep(1.0)
            hands.move(left + width // 2, top + height // 2, 0.2)
            hands.click()
            time.sleep(0.3)
            hands.type_text("something\n", 0.02)
            time.sleep(0.8)
            assert recorder.stop() == 0
            recording = recorder.recording()
    finally:
        editor.terminate()
        editor.wait(10)
    assert [one.kind for one in recording.pointer if one.kind != "move"] == ["down", "up"]
    assert recording.text == ()
    assert not [key for key in recording.keys if key.text.isprintable() and key.text]
    assert "no_tree" in {mark.reason for mark in recording.mark}
    dropped = {mark.reason for mark in recording.mark if mark.kind == "dropped"}
    assert dropped & {"no_evidence", "no_tree", "focus_uncertain"}, "what was typed left no mark"


# --- consent ---------------------------------------------------------------------------------------------------------


class Person:
    """Somebody at a terminal on the virtual desktop, with a home."""

    def __init__(self, desktop: VirtualDesktop, root: Path) -> None:
        (root / "user").mkdir()
        self.desktop, self.root, self.home = desktop, root, Home(root / "home")
        self.env = environment(desktop, root / "user")
        self.policy = root / "policy.toml"
        self.policy.write_text(POLICY)

    def record(self) -> Terminal:
        words = ("record", "--policy", str(self.policy), "--identity", "none")
        return Terminal([UNDERSTUDY, "--home", str(self.home.root), *words], self.env)

    def consents(self) -> list[tuple[str, bool, bool]]:
        """(method, demo, holds) of the consents on file."""
        with Catalogue.open(self.home.catalogue) as catalogue:
            return [(one.method, one.demo, one.holds) for one in catalogue.consents()]


@pytest.fixture(scope="module")
def person(desktop: VirtualDesktop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Somebody who said no first, then yes, and recorded a moment."""
    person = Person(desktop, tmp_path_factory.mktemp("person"))
    with person.record() as terminal:
        terminal.expect("WHAT IS NEVER RECORDED")
        terminal.expect("Type yes to consent, anything else to refuse")
        terminal.say("no")
        assert terminal.end() == 1
        assert "no consent was given; nothing is recorded" in " ".join(terminal.seen.split())
    assert person.consents() == []
    assert recording_ids(person.home.spool) == ()
    with person.record() as terminal:
        terminal.expect("Type yes to consent")
        terminal.say("yes")
        terminal.expect("Ctrl+C here, stops")
        terminal.press_ctrl_c()
        assert terminal.end() == 0
        assert "stopped." in terminal.seen
    yield person


def test_a_typed_yes_is_on_file(person: Person) -> None:
    assert person.consents()[0] == ("typed-yes", False, True)
    assert len(recording_ids(person.home.spool)) >= 1
    shown = understudy(person.home.root, "consent", "show", "--notice", env=person.env).stdout
    assert "WHAT IS NEVER RECORDED" in shown


def test_a_changed_policy_asks_again(person: Person) -> None:
    before = len(person.consents())
    person.policy.write_text(POLICY.replace('keys = "text"', 'keys = "shape"'))
    with person.record() as terminal:
        terminal.expect("Type yes to consent")
        terminal.say("")
        assert terminal.end() == 1
    person.policy.write_text(POLICY)
    assert len(person.consents()) == before


def test_the_second_run_asks_no_more_until_the_consent_is_withdrawn(person: Person) -> None:
    arguments = ("--identity", "none")
    with Recorder(person.desktop, person.root / "second", *arguments, home=person.home.root) as recorder:
        recorder.begin()
        assert "Type yes" not in recorder.said()
        line = refused(understudy(person.home.root, "record", "--policy", str(person.policy), *DEMO, env=person.env), 1)
        assert "a recorder is already running here" in line
        assert understudy(person.home.root, "consent", "withdraw", "--yes", env=person.env).returncode == 0
        withdrawn_s = time.monotonic()
        assert recorder.wait() == 0
        assert time.monotonic() - withdrawn_s < WITHDRAWN_S
        assert "the consent was withdrawn" in recorder.said()
        assert recorder.verdict() == "whole"
        stops = [mark.detail for mark in recorder.recording().mark if mark.kind == "stop"]
        assert stops == ["consent_withdrawn"]
    assert person.consents()[0] == ("typed-yes", False, False)
    again = understudy(person.home.root, "record", "--policy", str(person.policy), env=person.env)
    assert "nobody can answer here" in refused(again, 2)
