from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.build import build_dataset, open_dataset
from understudy.cli.edit import register
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.settings import Home


def _load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(home: Home, *arguments: str) -> Result:
    app = typer.Typer()
    register(app)

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = home

    return CliRunner().invoke(app, ["edit", *arguments], env={"COLUMNS": "160"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A dataset "orders" of two recordings, one episode each."""
    stage: SimpleNamespace = _load("build/conftest.py").Stage(tmp_path / "home", _load("dataset/fabricated.py"))
    stage.recording("a1" * 16)
    stage.recording("a2" * 16, shade=90)
    build_dataset(stage.home, "orders", identity=stage.identity)
    return stage.home


def test_episodes_and_steps_are_listed_with_their_numbers(home: Home) -> None:
    told = json.loads(run(home, "episodes", "orders", "--json").stdout)
    assert [one["number"] for one in told] == [0, 1]
    shown = run(home, "episodes", "orders").stdout
    assert "Episode" in shown and "Order a Kumquatlimerick" in shown
    steps = json.loads(run(home, "steps", "orders", "1", "--json").stdout)
    assert [one["step"] for one in steps] == list(range(told[1]["steps"]))
    assert "Kumquatlimerick" in run(home, "steps", "orders", "0").stdout


def test_each_edit_is_a_version(home: Home) -> None:
    whole = json.loads(run(home, "episodes", "orders", "--json").stdout)[0]["steps"]
    done = run(home, "split", "orders", "0", "--before", "1")
    assert done.exit_code == 0, done.output
    assert "Edited orders version 1 into version 2: 3 episodes," in done.stdout
    assert "Version 1 stays as it is." in done.stdout
    assert json.loads(run(home, "merge", "orders", "0", "1", "--json").stdout)["episodes"] == 2
    told = json.loads(run(home, "trim", "orders", "0", "--from", "1", "--json").stdout)
    assert (told["version"], told["source"]) == (4, 3)
    assert told["operations"] == ["trim episode 0 to steps 1 to the end"]
    assert json.loads(run(home, "episodes", "orders", "--json").stdout)[0]["steps"] == whole - 1
    done = run(home, "delete", "orders", "1", "--version", "1")
    assert "Edited orders version 1 into version 5: 1 episode," in done.stdout
    assert "the edits left no episode of it" in done.stdout


def test_a_new_task_is_scrubbed_and_that_is_said(home: Home) -> None:
    done = run(home, "relabel", "orders", "0", "answer\n jo.bloggs@example.com ")
    assert "The new task was scrubbed: 1 thing in it replaced by a token." in done.stdout
    assert "bloggs" not in done.stdout
    assert next(open_dataset(home, "orders").episodes())["task"] == "answer <EMAIL_1>"
    assert "nothing in it was sensitive" in run(home, "relabel", "orders", "0", "file the report").stdout


def test_a_file_of_edits_is_one_version_and_a_dry_run_none(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "edits.toml"
    file.write_text(
        '[[edit]]\ndo = "split"\nepisode = 0\nbefore = 1\n\n'
        '[[edit]]\ndo = "relabel"\nepisode = 1\ntask = "mail jo@example.com"\n\n[[edit]]\ndo = "delete"\nepisode = 2\n'
    )
    shown = run(home, "apply", "orders", str(file), "--dry-run")
    assert "version 1 would become" in shown.stdout
    assert "mail <EMAIL_1>" in shown.stdout
    assert "Nothing was made" in shown.stdout
    told = json.loads(run(home, "apply", "orders", str(file), "--dry-run", "--json").stdout)
    assert [len(told["before"]), len(told["after"])] == [2, 2]
    told = json.loads(run(home, "apply", "orders", str(file), "--json").stdout)
    assert (told["version"], told["episodes"], told["replaced"]) == (2, 2, 1)
    assert [row["task"] for row in open_dataset(home, "orders").episodes()][1] == "mail <EMAIL_1>"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("delete", "orders", "7"), "there is no episode 7; expected 0 to 1"),
        (("merge", "orders", "0", "1"), "episode 1 is not of the same recording"),
        (("split", "orders", "0", "--before", "99"), "expected a step from 1 to"),
        (("delete", "nothing", "0"), 'no dataset "nothing"'),
        (("steps", "orders", "5"), '"orders" has no episode 5; expected 0 to 1'),
        (("relabel", "orders", "0", "x" * 401), "the task has 401 characters; expected 400 at most"),
        (("apply", "orders", "missing.toml"), "can't read the edits"),
    ],
)
def test_wrong_edits_are_one_line(home: Home, arguments: tuple[str, ...], message: str) -> None:
    done = run(home, *arguments)
    assert isinstance(done.exception, UsageFault), done.output
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)


def test_nothing_recorded_says_what_to_do(tmp_path: Path) -> None:
    done = run(Home(tmp_path / "empty"), "delete", "orders", "0")
    assert isinstance(done.exception, CommandFailed)
    assert "nothing is recorded yet" in str(done.exception)
