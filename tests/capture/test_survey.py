"""What the survey makes of facts (pure), and what it finds on a real desktop."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.capture import survey
from understudy.capture.survey import Check
from understudy.capture.x11.atspi_survey import BusFacts, ProgramFacts

SWAPS = "Filename\tType\tSize\tUsed\tPriority\n"


def test_wayland_fails_with_what_to_do() -> None:
    check = survey.session_check({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"})
    assert check.state == "fail"
    assert "Xorg" in check.mend
    assert survey.session_check({"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}).state == "fail"
    assert survey.session_check({}).state == "fail"
    assert survey.session_check({"DISPLAY": ":3", "XDG_SESSION_TYPE": "x11"}) == Check(
        "session", "ok", "X11, display :3"
    )


def test_missing_extension_fails_and_is_named() -> None:
    check = survey.extension_check(["RECORD"])
    assert (check.state, "RECORD" in check.finding) == ("fail", True)
    assert survey.extension_check([]).state == "ok"


@pytest.mark.parametrize(
    ("facts", "states"),
    [
        (BusFacts(session=False, accessibility=False, enabled=None), ["warn"]),
        (BusFacts(session=True, accessibility=False, enabled=None), ["ok", "warn"]),
        (BusFacts(session=True, accessibility=True, enabled=False), ["ok", "ok", "warn"]),
        (BusFacts(session=True, accessibility=True, enabled=None), ["ok", "ok", "warn"]),
        (BusFacts(session=True, accessibility=True, enabled=True), ["ok", "ok", "ok"]),
    ],
)
def test_missing_buses_warn_since_recording_goes_on(facts: BusFacts, states: list[str]) -> None:
    checks = survey.bus_checks(facts)
    assert [check.state for check in checks] == states
    assert all(check.mend for check in checks if check.state == "warn")


@pytest.mark.parametrize(
    ("facts", "chromium", "state", "said"),
    [
        (ProgramFacts(1, "chromium", True, 1, 90, 60), True, "ok", "60 of them in documents"),
        (ProgramFacts(1, "chromium", True, 1, 40, 0), True, "warn", "--force-renderer-accessibility"),
        (ProgramFacts(1, "slack", False, 1, 0, 0), True, "warn", "slack --force-renderer-accessibility"),
        (ProgramFacts(1, "xterm", False, 1, 0, 0), False, "warn", "shows nothing"),
        (ProgramFacts(1, "mousepad", True, 1, 18, 0), False, "ok", "18 elements in 1 window"),
        (ProgramFacts(1, "old", True, 2, 2, 0), False, "warn", "frames only"),
        (ProgramFacts(1, "stuck", True, 0, None, None), False, "warn", "does not answer"),
    ],
)
def test_each_program_is_told_how_to_show_more(facts: ProgramFacts, chromium: bool, state: str, said: str) -> None:
    check = survey.program_check(facts, chromium=chromium)
    assert check.state == state
    assert said in f"{check.finding} {check.mend}"


def test_a_browser_without_the_flag_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/proc/1/cmdline": "/usr/lib/chromium/chromium\0--force-renderer-accessibility\0",
        "/proc/2/cmdline": "/usr/lib/chromium/chromium --no-first-run",
        "/proc/2/comm": "chromium\n",
        "/proc/3/cmdline": "mousepad",
    }
    monkeypatch.setattr(survey, "x_facts", lambda *_: ([], {1: 1, 2: 1, 3: 1}))
    monkeypatch.setattr(survey, "built_on_chromium", lambda pid: pid in (1, 2))
    monkeypatch.setattr(survey, "_read", lambda path: files.get(path, ""))
    assert survey.silent_browsers({"DISPLAY": ":1"}) == ["chromium"]
    assert "--force-renderer-accessibility" in survey.silent_note("chromium")
    assert "understudy desk chromium" in survey.silent_note("chromium")


def test_swap_is_judged_by_its_devices() -> None:
    assert survey.swap_check(SWAPS, {}).finding == "none"
    both = SWAPS + "/dev/dm-1\tpartition\t1\t0\t-2\n/swap.img\tfile\t1\t0\t-3\n"
    plain = survey.swap_check(both, {"/dev/dm-1": True, "/swap.img": False})
    assert plain.state == "warn"
    assert "/swap.img" in plain.finding
    assert "/dev/dm-1" not in plain.finding
    assert survey.swap_check(both, {"/dev/dm-1": True, "/swap.img": True}).state == "ok"
    assert survey.is_encrypted("/dev/zram0")
    assert not survey.is_encrypted("/no/such/swap")


def test_hibernation_landlock_and_cores() -> None:
    assert survey.hibernation_check("freeze mem\n", "quiet resume=/dev/sda2").state == "ok"
    assert survey.hibernation_check("freeze mem disk\n", "quiet resume=/dev/sda2").finding.startswith("set up")
    assert survey.hibernation_check("freeze mem disk\n", "quiet").state == "warn"
    assert survey.landlock_check(0).state == "fail"
    assert survey.landlock_check(3) == Check("Landlock", "ok", "version 3")
    assert survey.core_check("|/usr/lib/systemd/systemd-coredump").state == "ok"


def test_no_desktop_at_all_is_told_and_nothing_raises() -> None:
    checks = survey.survey({}, landlock_abi=3)
    assert not survey.can_record(checks)
    assert [check.name for check in checks if check.state == "fail"] == ["session"]
    gone = survey.survey({"DISPLAY": ":987", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/no/such/bus"}, landlock_abi=3)
    assert [check.name for check in gone if check.state == "fail"] == ["X server"]


@pytest.fixture(scope="module")
def own_desktop() -> Iterator[VirtualDesktop]:
    with VirtualDesktop() as running:
        yield running


def found(desktop: VirtualDesktop, name: str, wanted: Callable[[Check], bool]) -> Check:
    """The check of that name once it is as wanted."""
    patience = Patience(25)
    while not patience.over:
        checks = survey.survey(desktop.env, landlock_abi=3)
        assert survey.can_record(checks)
        for check in checks:
            if check.name == name and wanted(check):
                return check
        time.sleep(0.3)
    raise AssertionError(f"{name}: {[check for check in checks if check.name == name]}")


@pytest.mark.desktop
def test_real_programs_are_counted(own_desktop: VirtualDesktop, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<title>Counted</title><h1>one</h1><button>two</button><p>three</p>")
    editor = own_desktop.spawn(["mousepad", "--disable-server"])
    browser = own_desktop.chromium(page.as_uri(), f"--user-data-dir={tmp_path / 'profile'}")
    try:
        found(own_desktop, "program mousepad", lambda check: check.state == "ok")
        told = found(own_desktop, "program chromium", lambda check: check.state == "ok")
        assert "in documents" in told.finding
        assert survey.built_on_chromium(browser.pid)
        assert not survey.built_on_chromium(editor.pid)
        assert survey.silent_browsers(own_desktop.env) == [], "it was started with the flag"
        os.killpg(editor.pid, signal.SIGSTOP)
        found(own_desktop, "program mousepad", lambda check: "does not answer" in check.finding)
    finally:
        os.killpg(editor.pid, signal.SIGCONT)
        for process in (editor, browser):
            process.kill()
            process.wait(10)
