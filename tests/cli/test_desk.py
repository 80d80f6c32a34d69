"""`understudy desk`: a desktop in a window on a virtual desktop, its keys sent to the server outside."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.driven import UNDERSTUDY, environment, knows_scope, understudy, wait_until
from benchmarks.terminal import Terminal
from understudy.act.desk import Desk, cookie_entry
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.cli.desk import desk_size
from understudy.cli.errors import UsageFault
from understudy.records.recording import Recording
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.reader import read_recording
from understudy.spool.recordings import recording_ids

POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Mousepad"
program = "mousepad"
keys = "text"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def env(desktop: VirtualDesktop, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "user").mkdir()
    return environment(desktop, tmp_path / "user")


def windows(display: dict[str, str]) -> str:
    return subprocess.run(["xwininfo", "-root", "-tree"], env=display, capture_output=True, text=True).stdout


@pytest.mark.parametrize("size", ["12x8", "1280", "1280 x 800", "x", "-1x5", "99999x9"])
def test_a_size_that_is_none_is_told(size: str) -> None:
    with pytest.raises(UsageFault, match="expected width and height in px, such as 1280x800"):
        desk_size(size, {"DISPLAY": ":0"})


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("no-such-program-here", "not found on this machine"),
        ("'open quote", "no closing quotation"),
        ("", "an empty program name"),
    ],
)
def test_a_program_that_can_not_be_started_is_named(tmp_path: Path, program: str, message: str) -> None:
    done = understudy(tmp_path / "home", "desk", program)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1


def test_without_a_display_outside_it_says_so(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "DISPLAY"} | {"WAYLAND_DISPLAY": "wayland-0"}
    done = understudy(tmp_path / "home", "desk", "true", env=env)
    assert done.returncode == 1 and "Xwayland" in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_cookie_is_bound_to_this_machine_and_display() -> None:
    entry = cookie_entry(":77", bytes(16))
    assert entry.startswith(b"\x01\x00") and b"\x00\x0277\x00\x12MIT-MAGIC-COOKIE-1\x00\x10" in entry


@pytest.mark.desktop
def test_programs_inside_have_their_own_display_bus_and_profiles(desktop: VirtualDesktop, tmp_path: Path) -> None:
    outside = {**desktop.env, "WAYLAND_DISPLAY": "wayland-0", "MARKER": "kept", "PATH": os.environ["PATH"]}
    with Desk(900, 600, outside=outside, profiles=tmp_path / "profiles") as nested:
        assert nested.env["DISPLAY"] != desktop.env["DISPLAY"] and nested.env["MARKER"] == "kept"
        assert nested.env["DBUS_SESSION_BUS_ADDRESS"] != desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        assert "WAYLAND_DISPLAY" not in nested.env and nested.env["GDK_BACKEND"] == "x11"
        assert "Understudy desk" in windows(dict(desktop.env))
        wrapper = Path(nested.env["PATH"].split(os.pathsep)[0]) / "chromium"
        wrapped = wrapper.read_text()
        assert "--force-renderer-accessibility" in wrapped and str(tmp_path / "profiles") in wrapped
        # Nobody gets in without the cookie.
        stranger = {name: value for name, value in nested.env.items() if name != "XAUTHORITY"}
        stranger["HOME"] = str(tmp_path)
        refused = subprocess.run(["xprop", "-root"], env=stranger, capture_output=True, text=True, check=False)
        assert refused.returncode != 0
        home = nested.home
    assert not home.exists()


@pytest.fixture
def at_work(tmp_path: Path, env: dict[str, str], policy: Path) -> Iterator[tuple[Terminal, Path]]:
    """A person who has agreed and works on a desk with an editor in it."""
    home, note = tmp_path / "home", tmp_path / "note.txt"
    note.write_text("")
    words = [UNDERSTUDY, "--home", str(home), "desk", f"mousepad {note}", "--policy", str(policy), "--identity", "none"]
    with Terminal([*words, "--size", "1000x700"], env) as terminal:
        terminal.expect("yes")
        terminal.say("yes")
        terminal.expect("recording ")
        yield terminal, home


@pytest.mark.desktop
@pytest.mark.timeout(900)
def test_what_is_done_in_the_window_is_recorded(
    at_work: tuple[Terminal, Path], desktop: VirtualDesktop, tmp_path: Path
) -> None:
    terminal, home = at_work
    tree = ""

    def desk_there() -> bool:
        nonlocal tree
        tree = windows(dict(desktop.env))
        return "Understudy desk" in tree

    wait_until(desk_there, "the desk's window")
    with XTest(desktop.env["DISPLAY"]) as hands:
        # The desk's window fills most of the desktop outside, and the editor stands in its middle.
        wait_until(lambda: "Mousepad" in inner_windows(home), "the editor on the desk")
        wait_until(lambda: knows_scope(opened(home)), "the recorder to know the editor")
        time.sleep(1.0)
        hands.move(desktop.width_px // 2, desktop.height_px // 2, 0.3)
        time.sleep(0.5)
        hands.click()
        time.sleep(1.0)
        hands.type_text("Kept Plum, 7 times!")
        time.sleep(2.0)
        hands.key("ctrl+s")
        wait_until(lambda: (tmp_path / "note.txt").read_text() == "Kept Plum, 7 times!", "the saved note")
        time.sleep(1.0)
    terminal.press_ctrl_c()
    terminal.expect("the desk stays open")
    terminal.press_ctrl_c()
    assert terminal.end() == 0
    recording = opened(home)
    assert [run.text for run in recording.text] == ["Kept Plum, 7 times!"], recording.mark
    shortcut = [key for key in recording.keys if key.keysym == "s" and "ctrl" in key.modifiers]
    assert shortcut and any(event.kind == "down" for event in recording.pointer)
    assert recording.frame and (recording.frame[0].width, recording.frame[0].height) == (1000, 700)
    assert {window.program for snapshot in recording.window for window in snapshot.windows} == {"mousepad"}


@pytest.mark.desktop
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("keys", "said"), [("ctrl+q", "stopped. "), ("alt+F4", "stopped: the desktop is gone")])
def test_the_recording_ends_with_the_programs_or_the_window(
    at_work: tuple[Terminal, Path], desktop: VirtualDesktop, keys: str, said: str
) -> None:
    terminal, home = at_work
    wait_until(lambda: "Mousepad" in inner_windows(home), "the editor on the desk")
    time.sleep(4)
    with XTest(desktop.env["DISPLAY"]) as hands:
        # Ctrl+Q reaches the editor; Alt+F4 is the window manager's outside, and closes the desk's window.
        hands.move(desktop.width_px // 2, desktop.height_px // 2, 0.3)
        hands.click()
        time.sleep(0.5)
        hands.key(keys)
    terminal.expect(said)
    assert terminal.end() == 0
    opened(home)


def inner(home: Path, *command: str) -> str:
    """Run a command on the desk that this home's command has opened; its output."""
    (server,) = [path for path in Path("/proc").glob("[0-9]*/cmdline") if xephyr_of(path, home)]
    words = server.read_bytes().split(b"\0")
    display = next(word for word in words if word.startswith(b":")).decode()
    cookies = words[words.index(b"-auth") + 1].decode()
    env = {"DISPLAY": display, "XAUTHORITY": cookies, "PATH": os.environ["PATH"]}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout


def inner_windows(home: Path) -> str:
    try:
        return inner(home, "xwininfo", "-root", "-tree")
    except ValueError:
        return ""


def xephyr_of(command_line: Path, home: Path) -> bool:
    """True for the server whose parent is the command with this home."""
    try:
        if not command_line.read_bytes().startswith(b"Xephyr\0"):
            return False
        parent = next(
            line.split()[1]
            for line in (command_line.parent / "status").read_text().splitlines()
            if line.startswith("PPid:")
        )
        return str(home).encode() in Path(f"/proc/{parent}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def opened(home: Path) -> Recording:
    place = Home(home)
    (recording_id,) = recording_ids(place.spool)
    key = KeyStore(place.keys).unwrap(recording_id, identity.load(place.identity))
    device = identity.device(place.identity).public_key
    return read_recording(place.spool / recording_id, key, device_public_key=device)
