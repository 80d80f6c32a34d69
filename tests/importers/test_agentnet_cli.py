"""`understudy import` on other recorders' folders: from the terminal to a sealed recording, and again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from understudy.cli import app

Run = Callable[..., tuple[int, str, str]]
ADDRESS = "annotator.one@example.com"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Exit code, standard output and standard error of one command line."""

    def run_(*words: str) -> tuple[int, str, str]:
        code = app.run(["--home", str(tmp_path / "home"), *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run_


def events(folder: Path) -> None:
    folder.mkdir(parents=True)
    row = {"time_stamp": 5.5, "action": "click", "x": 9000, "y": 4, "button": "left", "pressed": True}
    rows = [row, {**row, "time_stamp": 5.6, "pressed": False}]
    (folder / "events.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    (folder / "metadata.json").write_text('{"screen_width": 1920, "screen_height": 1080, "id": 13939574105829}')


@pytest.mark.parametrize("name", ["agentnet", "ducktrack"])
def test_imported_once_and_nobody_named(tmp_path: Path, run: Run, name: str) -> None:
    home, source = tmp_path / "home", tmp_path / "source"
    events(source / ADDRESS / "one")
    (source / "broken").mkdir()
    (source / "broken" / "events.jsonl").write_text('{"time_st')
    code, output, errors = run("import", name, str(source), "--identity", "none", "--json")
    assert code == 0, errors
    told = json.loads(output)
    assert (told["read"], told["imported"], told["skipped"]) == (2, 1, {"damaged": 1})
    assert told["found"]["clicks outside the stated screen (kept where they were)"] == 1
    assert ADDRESS not in output + errors
    code, output, errors = run("import", name, str(source), "--json")
    assert code == 0 and json.loads(output)["skipped"] == {"damaged": 1, "known": 1}
    code, output, errors = run("recordings", "list", "--json")
    assert code == 0 and ADDRESS not in output
    kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert any(f"{name}-".encode() in content for content in kept), "the pseudonym"
    assert not any(ADDRESS.encode() in content or b"13939574105829" in content for content in kept)


@pytest.mark.parametrize("name", ["agentnet", "ducktrack", "openadapt"])
def test_one_line_on_what_cant_be_read(tmp_path: Path, run: Run, name: str) -> None:
    home, source = tmp_path / "home", tmp_path / "source"
    source.mkdir()
    code, output, errors = run("import", name, str(source))
    assert code == 2 and output == "" and errors.count("\n") == 1 and "in it or below; expected" in errors
    assert not home.exists(), "nothing is left behind"
