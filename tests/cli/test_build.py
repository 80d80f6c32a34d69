from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.cli.build import register
from understudy.cli.errors import CommandFailed
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

    return CliRunner().invoke(app, ["build", *arguments])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    stage = _load("build/conftest.py").Stage(tmp_path / "home", _load("dataset/fabricated.py"))
    stage.recording("a1" * 16)
    stage.put(stage.made.empty_recording("ee" * 16))
    return stage.home


def test_build_tells_what_is_in_what_is_not_and_what_is_next(home: Home) -> None:
    done = run(home, "my orders")
    assert done.exit_code == 0, done.output
    assert "Built my orders version 1: 1 recording, 1 episode," in done.stdout
    assert "Left out: 1 recording" in done.stdout
    assert "eeeeeeee  nothing was done in it" in done.stdout
    assert "understudy inspect 'my orders'" in done.stdout


def test_build_in_json(home: Home) -> None:
    done = run(home, "orders", "--recording", "a1", "--motion", "full", "--timing", "bucketed", "--json")
    told = json.loads(done.stdout)
    assert (told["name"], told["version"], told["motion"], told["timing"]) == ("orders", 1, "full", "bucketed")
    assert told["recordings"] == ["a1" * 16]
    assert told["left_out"] == []
    assert told["steps"] > 0 and told["bytes"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("orders", "--recording", "ff"), '"ff" names no recording'),
        (("orders", "--purpose", "train-shared-agent"), "its consent doesn't name this purpose"),
        (("orders", "--recording", "ee"), "nothing was done in it"),
    ],
)
def test_what_can_not_be_built_is_one_line(home: Home, arguments: tuple[str, ...], message: str) -> None:
    done = run(home, *arguments)
    assert isinstance(done.exception, CommandFailed)
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)


def test_wrong_levels_are_refused(home: Home) -> None:
    assert run(home, "orders", "--motion", "everything").exit_code == 2


def test_nothing_recorded_says_what_to_do(tmp_path: Path) -> None:
    done = run(Home(tmp_path / "empty"), "orders")
    assert str(done.exception) == "nothing is recorded yet; record something first: understudy record"
    assert not (tmp_path / "empty").exists()
