"""`understudy inspect` on a dataset that was really sealed and built."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.build import build_dataset
from understudy.catalogue import Catalogue
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.inspect import register
from understudy.settings import Home
from understudy.spool.keystore import KeyStore


def _load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    spec = importlib.util.spec_from_file_location(f"inspect_{path.stem}", path)
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

    return CliRunner().invoke(app, ["inspect", *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    stage = _load("build/conftest.py").Stage(tmp_path / "home", _load("dataset/fabricated.py"))
    stage.consent("c2" * 16, retention_days=36500)
    stage.recording("a1" * 16, consent_id="c2" * 16)
    build_dataset(stage.home, "orders", identity=stage.identity, motion="full", timing="full")
    return stage.home


def test_inspect_tells_steps_removals_and_levels(home: Home) -> None:
    done = run(home, "orders")
    assert done.exit_code == 0, done.output
    assert "orders, version 1" in done.stdout
    assert "Click the field" in done.stdout and "Drag from (20, 120)" in done.stdout
    assert "motion full, timing full" in done.stdout
    assert "Removed before anything was written" in done.stdout


def test_inspect_prints_at_most_so_many_steps(home: Home) -> None:
    done = run(home, "orders", "--steps", "1")
    assert "more: --steps" in done.stdout and "Drag" not in done.stdout


def test_inspect_in_json_has_every_step(home: Home) -> None:
    told = json.loads(run(home, "orders", "--json").stdout)
    assert told["dataset"] == "orders" and told["html"] is None
    kinds = [step["kind"] for episode in told["episodes"] for step in episode["steps"]]
    assert sum(told["kinds"].values()) == len(kinds) and "drag" in kinds
    assert told["bytes"]["stills"] > 0


def test_inspect_writes_the_page_and_logs_it(home: Home, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run(home, "orders", "--html", str(page))
    assert done.exit_code == 0, done.output
    assert str(page) in done.stdout and "in the clear" in done.stdout
    assert page.read_text().startswith("<!doctype html>")
    with Catalogue.open(home.catalogue) as catalogue:
        assert [event.reason for event in catalogue.events() if event.action == "version-exported"] == ["report"]


def test_an_unknown_name_is_one_line_that_says_what_there_is(home: Home) -> None:
    done = run(home, "order")
    assert isinstance(done.exception, UsageFault)
    assert "orders" in str(done.exception) and "\n" not in str(done.exception)


def test_a_dataset_whose_keys_were_destroyed_does_not_open(home: Home) -> None:
    KeyStore(home.keys).destroy("a1" * 16)
    done = run(home, "orders")
    assert isinstance(done.exception, CommandFailed)
    assert "can't be opened" in str(done.exception) and "\n" not in str(done.exception)


def test_a_damaged_part_is_one_line(home: Home) -> None:
    for path in home.datasets.rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = run(home, "orders")
    assert isinstance(done.exception, CommandFailed)
    assert "damaged part" in str(done.exception)


def test_a_home_without_anything_is_one_line(tmp_path: Path) -> None:
    done = run(Home(tmp_path / "nothing"), "orders")
    assert isinstance(done.exception, UsageFault)
    assert not (tmp_path / "nothing").exists()


def test_inspect_tells_the_quality_of_each_episode_and_of_all(home: Home) -> None:
    done = run(home, "orders")
    assert "median 0." in done.stdout and "quality 0." in done.stdout and "known elements 0.67" in done.stdout
    assert "By contributor (there are 1)" in done.stdout
    told = json.loads(run(home, "orders", "--json").stdout)
    (episode,) = told["episodes"]
    assert 0 < episode["quality"] < 1 and episode["quality_parts"]["direct"] == 1 and episode["template"]
    assert told["quality_median"] == pytest.approx(episode["quality"], abs=0.01)
    assert told["corrections"] == {} and set(told["splits"]) == {"contributor", "template"}


def test_the_observer_effect_of_ones_own_work_needs_sessions(home: Home) -> None:
    done = run(home, "orders", "--observer")
    assert done.exit_code == 0 and "fewer than 6 sessions were recorded" in done.stdout
    assert "about you alone" in done.stdout and "Click the field" not in done.stdout


def test_ones_own_observer_effect_is_told_to_oneself(tmp_path: Path) -> None:
    stage = _load("build/conftest.py").Stage(tmp_path / "home", _load("dataset/fabricated.py"))
    for nth in range(7):
        stage.recording(f"{nth + 1:02x}" * 16, word=f"Word{nth}")
    build_dataset(stage.home, "orders", identity=stage.identity)
    done = run(stage.home, "orders", "--observer")
    assert "no change found in your own work" in done.stdout and "--timing bucketed" in done.stdout
    # The card says nothing of it: it may be read by others.
    assert "your own work" not in run(stage.home, "orders").stdout


def test_nobody_elses_observer_effect_is_told(tmp_path: Path) -> None:
    stage = _load("build/conftest.py").Stage(tmp_path / "home", _load("dataset/fabricated.py"))
    for nth in range(7):
        stage.recording(f"{nth + 1:02x}" * 16, word=f"Word{nth}")
    with stage.catalogue() as catalogue:
        catalogue.add_contributor("p-2")
    stage.consent("c9" * 16, contributor="p-2")
    build_dataset(stage.home, "orders", identity=stage.identity)
    done = run(stage.home, "orders", "--observer")
    assert "Not told: fewer than 5 people" in done.stdout and "own work" not in done.stdout
