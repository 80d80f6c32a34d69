"""What surrounds a run: its folder, its policy, its commands."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from string import Template

import pytest

from benchmarks.patience import Patience
from demo.__main__ import MARK, POLICY, emptied
from demo.commands import Commands, DemoFailed, RunningRecord
from demo.everything import Output
from understudy.redact.directory import Directory
from understudy.redact.policy_file import read_policy


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(DemoFailed, match="--out"), emptied(tmp_path):
        pass
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_a_former_run_is_emptied(tmp_path: Path) -> None:
    for name in (MARK, "report.html", "logs/0.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with emptied(tmp_path) as output:
        assert [path.name for path in output.root.iterdir()] == [MARK]


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    with (
        emptied(tmp_path / "out"),
        pytest.raises(DemoFailed, match="another demonstration"),
        emptied(tmp_path / "out"),
    ):
        pass
    with emptied(tmp_path / "out"):
        pass


def test_the_policy_is_valid_and_narrow() -> None:
    text = Template(POLICY.read_text()).substitute(SITE="http://127.0.0.1:4321/", NAMES="names.txt")
    policy = read_policy(text.encode(), source="policy.toml", names=lambda _: b"Marvolin Tesmakur\n")
    assert policy.profile == "own-work" and not policy.unknown_apps
    assert {rule.program for rule in policy.apps} == {"chromium", "mousepad"}
    assert policy.apps[0].urls == ("http://127.0.0.1:4321/",)
    assert list(Directory(policy.directory).find("Marvolin Tesmakur")) == [(0, 17, 1)]
    assert policy.hotkey_pause == "ctrl+alt+shift+p"


def commands_for(tmp_path: Path) -> Commands:
    return Commands(Output(tmp_path), {"PATH": "/usr/bin:/bin"})


def test_a_failing_command_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed) as caught:
        commands_for(tmp_path).run("recordings", "show", "no-such-recording")
    assert "\n" not in str(caught.value) and "understudy recordings failed" in str(caught.value)


def test_what_commands_print_is_logged(tmp_path: Path) -> None:
    assert "understudy" in commands_for(tmp_path).run("--version")
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["0---version.log"]


def recorder(tmp_path: Path, script: str) -> RunningRecord:
    return RunningRecord([sys.executable, "-u", "-c", script], {}, tmp_path, tmp_path / "log")


def test_a_recording_that_never_begins_is_told(tmp_path: Path) -> None:
    script = "print('no display'); raise SystemExit(1)"
    with recorder(tmp_path, script) as record, pytest.raises(DemoFailed, match="no display"):
        record.wait_until_begun(20)


def test_a_recording_begins_and_stops_by_ctrl_c(tmp_path: Path) -> None:
    script = (
        "import signal, time\nprint('recording abc123')\n"
        "try:\n time.sleep(60)\nexcept KeyboardInterrupt:\n print('stopped')"
    )
    with recorder(tmp_path, script) as record:
        assert record.wait_until_begun(20) == "abc123"
        # The handler is set when Python starts; the line above shows that it has.
        record.stop()
    assert (tmp_path / "log").read_text().splitlines()[-1] == "stopped"


def test_a_recording_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    with recorder(tmp_path, "print('recording abc'); raise SystemExit(1)") as record:
        record.wait_until_begun(20)
        patience = Patience(20)
        with pytest.raises(DemoFailed, match="ended before"):
            while not patience.over:
                record.check()
                time.sleep(0.05)


def test_a_recording_that_hangs_is_ended_by_force(tmp_path: Path) -> None:
    script = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('recording x')\ntime.sleep(60)"
    with recorder(tmp_path, script) as record:
        record.wait_until_begun(20)
        process = record._process
    assert process.poll() is not None
