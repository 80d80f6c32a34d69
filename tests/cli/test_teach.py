"""`understudy teach` and `do` at the command line: what is told, refused and kept; and the whole way on a desktop."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch
from tests.catalogue.conftest import CONSENT_ID, make_consent

from benchmarks.driven import UNDERSTUDY, environment
from benchmarks.tasks.exam import LIMITS, examine
from benchmarks.tasks.instances import TASKS
from benchmarks.tasks.school import demonstrate
from benchmarks.tasks.stage import TaskStage
from understudy.catalogue import Catalogue
from understudy.cli.app import run
from understudy.cli.teach_learn import FEW, ended
from understudy.cli.teach_task import MODEL, Taught, folder_of, save
from understudy.learn.checkpoint import DatasetOfModel
from understudy.learn.checkpoint import save as save_model
from understudy.learn.examples import episodes_of
from understudy.learn.model import Sizes
from understudy.learn.policy import LearntPolicy
from understudy.learn.train import train
from understudy.settings import Home

SMALL = msgspec.structs.replace(FEW, epochs=5, epoch_size=320, sizes=Sizes(width=48, layers=2))
TASK = "files"
"""The task of the whole way: a list with a context menu, two presses."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    return home


def understudy(home: Home, *words: str) -> int:
    return run(["--home", str(home.root), *words])


def test_nothing_taught_yet_says_how_to_begin(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert understudy(home, "teach") == 0
    assert "understudy teach" in capsys.readouterr().out
    assert understudy(home, "do", "anything") == 2
    assert "teach one first" in capsys.readouterr().err


def test_what_is_taught_is_listed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    save(home, Taught(name="notes", sentence="File {name}", recordings=("ab" * 16,) * 3, version=1))
    save(home, Taught(name="other", sentence="Do it"))
    assert understudy(home, "teach") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["notes", "File", "{name}", "shown", "3", "times"]
    assert lines[1].endswith("not learnt yet")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("name",), "of this task varies name=…"),
        (("nme=Anna",), "of this task varies name=…"),
        (("name=A", "name=B"), "told twice"),
        ((), "name is missing"),
    ],
)
def test_values_are_told_by_slot(
    home: Home, capsys: pytest.CaptureFixture[str], words: Sequence[str], told: str
) -> None:
    save(home, Taught(name="notes", sentence="File {name}", version=1))
    assert understudy(home, "do", "notes", *words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sentence", "told"), [("File {Name} here", "in braces"), ("unknown", "no task 'unknown'"), ("a } b", "in braces")]
)
def test_sentences_are_checked_before_anything_is_recorded(
    home: Home, capsys: pytest.CaptureFixture[str], sentence: str, told: str
) -> None:
    assert understudy(home, "teach", sentence) == 2
    assert told in capsys.readouterr().err
    assert not home.spool.exists()


def test_the_name_of_another_task_is_not_taken(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    save(home, Taught(name="file-it", sentence="File it"))
    assert understudy(home, "teach", "File it {now}", "--name", "file-it") == 2
    assert "another task" in capsys.readouterr().err


def test_between_two_demonstrations_nothing_of_the_catalogue_stays(home: Home) -> None:
    with Catalogue.open(home.catalogue) as catalogue:
        catalogue.add_contributor("p-1")
        sha256 = catalogue.add_notice("What is recorded, and why.", version="1", language="en")
        catalogue.add_consent(make_consent(notice_sha256=sha256))
        catalogue.add_recording(
            "ab" * 16, contributor="p-1", consent_id=CONSENT_ID, started_at="2026-01-02T03:04:05+01:00"
        )
    code = f"""
import os, sys
from pathlib import Path
from rich.console import Console
from understudy.cli.record import RecordOptions
from understudy.cli.teach import _Lesson, _Place
from understudy.cli.teach_task import Taught
from understudy.settings import Home
place = _Place(os.environ, lambda: None)
lesson = _Lesson(Home(Path({str(home.root)!r})), Taught(name="n", sentence="Do it"), RecordOptions(), place, Console())
assert lesson._recordings() == ["ab" * 16]
assert "sqlalchemy" not in sys.modules
assert not Path(f"/proc/self/task/{{os.getpid()}}/children").read_text()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.desktop
@pytest.mark.timeout(900)
def test_shown_a_few_times_it_is_done_with_other_values(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    with TaskStage((TASK,)) as stage:
        school = demonstrate(stage, TASK, tmp_path, count=3)
        assert school.slips == 1
        episodes = list(episodes_of(school.dataset))
        assert len(episodes) == 3 and all(episode.end is not None for episode in episodes)
        assert [ended(episode).turns[-1].choice.kind for episode in episodes] == ["stop"] * 3
        trained = train([ended(each) for each in episodes], SMALL, device="cpu")
        policy = LearntPolicy(trained.network, trained.curriculum.operations, trained.curriculum.vocabulary)
        unseen = [TASKS[TASK].instance(200_000 + nth) for nth in range(3)]
        marks = examine(stage, policy, unseen, limits=replace(LIMITS, patience_s=20.0))
        assert sum(mark.succeeded for mark in marks) >= 2, [mark.did for mark in marks]

        # The command itself, with what it keeps: a process of its own, nobody at its terminal.
        save_model(trained, folder_of(school.home, "files") / MODEL, DatasetOfModel())
        task = Taught(name="files", sentence=TASKS[TASK].sentence, version=1, app=episodes[0].turns[0].observation.app)
        save(school.home, task)
        last = TASKS[TASK].instance(300_000)
        stage.load(last)
        values = [f"{slot}={value}" for slot, value in last.slots.items()]
        done = subprocess.run(
            [
                *(UNDERSTUDY, "--home", str(school.home.root), "do", "files", *values),
                *("--policy", str(tmp_path / "policy.toml"), "--sure", "0"),
            ],
            env=environment(stage.desktop, tmp_path / "user"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "right-click table cell" in done.stdout and "%" in done.stdout
        assert last.sentence in done.stdout
        assert stage.succeeded(last)
