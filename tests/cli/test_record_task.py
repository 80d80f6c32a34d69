"""The task as it is told on the command line is scrubbed before it is sealed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from understudy.act.desktop import VirtualDesktop
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.reader import read_recording
from understudy.spool.recordings import recording_ids

POLICY = 'version = 1\nprofile = "own-work"\n[[app]]\nname = "Editor"\nprogram = "mousepad"\n'


@pytest.mark.desktop
def test_the_task_is_scrubbed_once_for_the_recording_and_its_mark(desktop: VirtualDesktop, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    home = Home(tmp_path / "home")
    command = [
        *(sys.executable, "-m", "understudy.cli", "--home", str(home.root), "record", "--policy", str(policy)),
        *("--consent", "demo", "--identity", "none", "--seconds-max", "2", "--task", "write to ada@example.org again"),
    ]
    done = subprocess.run(command, env=desktop.env, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    (recording_id,) = recording_ids(home.spool)
    key = KeyStore(home.keys).unwrap(recording_id, identity.load(home.identity))
    signer = identity.device(home.identity)
    recording = read_recording(home.spool / recording_id, key, device_public_key=signer.public_key)
    assert recording.info.task == "write to <EMAIL_1> again"
    assert [mark.detail for mark in recording.mark if mark.kind == "task"] == [recording.info.task]
    assert "ada@example.org" not in done.stdout + done.stderr
