"""`understudy export` on a dataset that was really sealed and built."""

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
from understudy.cli.export import register
from understudy.export.formats import FORMATS
from understudy.settings import Home


def _load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    spec = importlib.util.spec_from_file_location(f"export_{path.stem}", path)
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

    return CliRunner().invoke(app, ["export", *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    stage = _load("build/conftest.py").Stage(tmp_path / "home", _load("dataset/fabricated.py"))
    stage.consent("c2" * 16, retention_days=36500)
    stage.recording("a1" * 16, consent_id="c2" * 16)
    build_dataset(stage.home, "orders", identity=stage.identity)
    return stage.home


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_written_said_to_be_in_the_clear_and_logged(home: Home, tmp_path: Path, name: str) -> None:
    done = run(home, "orders", "--to", name, "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert "This copy is in the clear" in done.stdout and str(tmp_path / "out") in done.stdout
    assert json.loads((tmp_path / "out" / "metadata.json").read_text())["purpose"] == "train-own-agent"
    with Catalogue.open(home.catalogue) as catalogue:
        logged = [event for event in catalogue.events() if event.action == "version-exported"]
    assert [event.reason for event in logged] == [f"export to {name}"]
    assert [kind for kind, _ in logged[0].subjects] == ["version"]


def test_the_notices_words_go_with_it(home: Home, tmp_path: Path) -> None:
    run(home, "orders", "--to", "openai", "--out", str(tmp_path / "out"))
    with Catalogue.open(home.catalogue) as catalogue:
        words = {catalogue.notice(consent.notice_sha256) for consent in catalogue.consents()}
    told = (tmp_path / "out" / "NOTICES.md").read_text()
    assert any(text.strip() in told for text in words)


def test_export_in_json(home: Home, tmp_path: Path) -> None:
    told = json.loads(run(home, "orders", "--to", "opencua", "--out", str(tmp_path / "out"), "--json").stdout)
    assert (told["format"], told["sealed"], told["counts"]["episodes"]) == ("opencua", False, 1)


def test_the_default_folder_is_named_for_dataset_and_format(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(home, "orders", "--to", "openai").exit_code == 0
    assert (tmp_path / "orders-openai" / "trajectories.jsonl").is_file()


def test_a_full_folder_is_refused_before_anything_is_opened_or_logged(home: Home, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("keep")
    done = run(home, "orders", "--to", "opencua", "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, UsageFault) and "not empty" in str(done.exception)
    with Catalogue.open(home.catalogue) as catalogue:
        assert not [event for event in catalogue.events() if event.action == "version-exported"]


def test_formats_are_listed_with_what_they_lose(tmp_path: Path) -> None:
    home = Home(tmp_path)
    listed = json.loads(run(home, "--list", "--json").stdout)
    assert [row["format"] for row in listed] == list(FORMATS)
    assert all(row["loses"] and row["description"] for row in listed)
    assert {row["format"]: row["needs"] for row in listed if row["needs"]} == {"mcap": "understudy[export] (mcap)"}
    shown = run(home, "--list").stdout
    assert all(name in shown for name in FORMATS)


def test_a_missing_package_is_one_line_and_nothing_is_logged(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mcap" else find(name))
    done = run(home, "orders", "--to", "mcap", "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, CommandFailed) and "understudy[export]" in str(done.exception)
    with Catalogue.open(home.catalogue) as catalogue:
        assert not [event for event in catalogue.events() if event.action == "version-exported"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a dataset and a format"),
        (("orders",), "name a dataset and a format"),
        (("orders", "--to", "csv"), 'no format "csv"; there are opencua'),
        (("nothing", "--to", "opencua"), 'no dataset "nothing"'),
        (("orders", "--to", "opencua", "--version", "7"), "no version 7"),
    ],
)
def test_wrong_usage_is_one_line(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(home, *arguments)
    assert isinstance(done.exception, UsageFault)
    assert message in str(done.exception) and "\n" not in str(done.exception)
