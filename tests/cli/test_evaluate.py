"""`understudy evaluate`, run as a person runs it: in a real Chromium, and against a fake server that has no model."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from understudy.catalogue import Catalogue
from understudy.cli.app import run
from understudy.settings import Home


def _load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    spec = importlib.util.spec_from_file_location(f"cli_evaluate_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pages = _load("importers/pages.py")
fake_openai = _load("learn/fake_openai.py").fake_openai

PERSON = "3TPZPLC3M1672Y0OHFHMWBH11DT3PK"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the dataset "forms": two imported demonstrations of filling in a form."""
    root = tmp_path_factory.mktemp("evaluate")
    folder = root / "source" / "fill-form"
    folder.mkdir(parents=True)
    for index in range(2):
        page = pages.Pages()
        page.click(3, 30, 70)
        page.type(3, f"anna {index}")
        page.click(7, 20, 140)
        (folder / f"fill-form_{PERSON}_d{index}.json").write_bytes(page.json(reward=1))
    home = Home(root / "home")
    for line in (["import", "miniwob", str(folder), "--identity", "none"], ["build", "forms", "--no-second-pass"]):
        assert run(["--home", str(home.root), *line]) == 0
    return home


def test_a_page_without_skill_and_one_that_needs_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "found.json"
    code = run(
        ["evaluate", "random", "--tasks", "click-test,enter-text", "--episodes", "4", "--json", "--out", str(out)]
    )
    assert code == 0
    told = json.loads(capsys.readouterr().out)
    tasks = {each["task"]: each for each in told["tasks"]}
    assert tasks["click-test"]["share"] == 1.0
    assert tasks["click-test"]["low"] == pytest.approx(0.51, abs=0.01)
    assert tasks["enter-text"]["episodes"] == 4
    assert told["low"] <= told["mean"] <= told["high"]
    written = json.loads(out.read_text())
    assert len(written["episodes"]) == 8
    for failure in written["failures"]:
        assert failure["task"] == "enter-text"
        assert failure["seed"].startswith("understudy 0 enter-text ")
        assert failure["taken"]


def test_the_same_seed_gives_the_same_episodes_side_by_side_or_not(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for jobs in ("1", "2"):
        line = ["evaluate", "random", "--tasks", "click-test-2,click-test", "--episodes", "2", "--json", "--jobs", jobs]
        assert run([*line, "--slack", "12"]) == 0
        told.append(json.loads(capsys.readouterr().out))
    one, two = told
    assert [each["task"] for each in one["tasks"]] == [each["task"] for each in two["tasks"]]
    words = [{each["seed"]: each["words"] for each in found["failures"]} for found in told]
    assert all(words[0][seed] == words[1][seed] for seed in words[0].keys() & words[1].keys())


def test_the_table_says_how_it_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "random", "--tasks", "click-test", "--episodes", "2", "--slack", "12"]) == 0
    told = capsys.readouterr().out
    assert "click-test" in told
    assert "34% to 100%" in told
    assert "12 times each page's own time limit" in told


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["random", "--tasks", "click-nothing"], "no page click-nothing"),
        (["./no-model"], "no such model"),
        (["random", "--suite", "webarena"], 'no suite "webarena"'),
        (["random", "--may-leave"], "belong to --endpoint"),
        (["random", "--desktop", "--jobs", "2"], "--desktop takes one job"),
        (["forms", "--endpoint", "http://127.0.0.1:1/v1"], "--model NAME"),
        (["forms", "--endpoint", "nowhere", "--model", "m"], "no address"),
        (["forms", "--endpoint", "https://models.example/v1", "--model", "m"], "--may-leave"),
        (
            ["forms", "--endpoint", "http://127.0.0.1:1/v1", "--model", "m", "--token-env", "NOT_SET_ANYWHERE"],
            "NOT_SET_ANYWHERE is empty",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    home: Home, line: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--home", str(home.root), "evaluate", *line]) == 2
    told = capsys.readouterr().err
    assert expected in " ".join(told.split())


def test_recorded_steps_are_asked_for_and_that_is_logged(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODELS_TOKEN", "t0ken")
    with fake_openai(lambda _body: '{"kind": "click", "x": 20, "y": 140}') as server:
        line = ["forms", "--endpoint", server.url, "--model", "fake", "--token-env", "MODELS_TOKEN", "--json"]
        assert run(["--home", str(home.root), "evaluate", *line]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kind"]["steps"] == len(server.bodies) == len(told["asked"])
    assert 0 < told["right"]["right"] < told["right"]["steps"]
    assert {each["Authorization"] for each in server.headers} == {"Bearer t0ken"}
    with Catalogue.open(home.catalogue) as catalogue:
        noted = [entry.reason for entry in catalogue.events() if entry.action == "version-exported"]
    assert noted == ["evaluation: steps sent to 127.0.0.1"]


def test_an_endpoint_that_fails_says_why(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with fake_openai(lambda _body: (401, {}, b"")) as server:
        line = ["forms", "--endpoint", server.url, "--model", "fake"]
        assert run(["--home", str(home.root), "evaluate", *line]) == 1
    assert "--token-env" in capsys.readouterr().err
