"""`understudy audit leaks` on a recording and a dataset that were really sealed and built, and on files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from tests.build.conftest import Stage
from tests.dataset import fabricated

from understudy.build import build_dataset
from understudy.cli.app import run
from understudy.settings import Home

RECORDING = "a1" * 16
WORD = fabricated.PLANTED


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    stage = Stage(tmp_path_factory.mktemp("audit") / "home", fabricated)
    stage.recording(RECORDING)
    build_dataset(stage.home, "orders", identity=stage.identity, motion="full", timing="full")
    return stage.home


Audit = Callable[..., tuple[int, str, str]]


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Audit:
    monkeypatch.setenv("COLUMNS", "200")

    def audit(home: Home, words: Path, *arguments: str) -> tuple[int, str, str]:
        """(exit code, standard output, standard error) of the whole command line."""
        capsys.readouterr()
        code = run(["--home", str(home.root), "audit", "leaks", *arguments, "--words", str(words)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return audit


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text(f"Zanzibarine\n\n{WORD}\nabc\nNoel\n")
    return path


@pytest.mark.parametrize("what", ["orders", RECORDING[:8]])
def test_a_word_is_found_and_not_told(audit: Audit, home: Home, words: Path, what: str) -> None:
    code, out, err = audit(home, words, what, "--no-pictures")
    assert code == 1, err
    assert "1 of the words were found" in out and " 3 " in out
    assert WORD.lower() not in (out + err).lower() and "zanzibar" not in (out + err).lower()
    assert "too short to be looked for: 4" in out and "left out" in out


def test_json_names_lines_and_places(audit: Audit, home: Home, words: Path) -> None:
    code, out, _ = audit(home, words, "orders", "--no-pictures", "--json")
    value = json.loads(out)
    assert code == 1 and [found["line"] for found in value["found"]] == [3]
    places = {place["where"] for place in value["found"][0]["places"]}
    assert any("steps.text, row" in place for place in places)
    assert any("episodes.task" in place for place in places)
    assert value["not_looked_for_lines"] == [4] and value["whole_words_only_lines"] == [5]
    assert WORD.lower() not in out.lower() and value["pictures_read"] is False and value["cant_see"]


def test_words_are_shown_when_asked_for(audit: Audit, home: Home, words: Path) -> None:
    assert WORD in audit(home, words, "orders", "--no-pictures", "--show")[1]
    assert WORD in audit(home, words, "orders", "--no-pictures", "--show", "--json")[1]


def test_nothing_is_found_where_nothing_is(audit: Audit, home: Home, tmp_path: Path) -> None:
    (tmp_path / "w").write_text("Zanzibarine\nNoel\n")
    code, out, _ = audit(home, tmp_path / "w", "orders")
    assert code == 0 and "Nothing was found." in out and "What this search can't see" in out


def test_pictures_of_an_export_are_read(audit: Audit, tmp_path: Path) -> None:
    picture = Image.new("RGB", (500, 80), "white")
    ImageDraw.Draw(picture).text((20, 20), f"for {WORD}", fill="black", font=ImageFont.truetype("DejaVuSans.ttf", 18))
    data = io.BytesIO()
    picture.save(data, "WEBP", lossless=True)
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "still.webp").write_bytes(data.getvalue())
    (tmp_path / "w").write_text(WORD)
    home = Home(tmp_path / "nothing")
    assert audit(home, tmp_path / "w", str(tmp_path / "export"))[0] == 1
    assert audit(home, tmp_path / "w", str(tmp_path / "export"), "--no-pictures")[0] == 0
    assert not home.root.exists()


def test_words_come_from_standard_input(audit: Audit, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{WORD[:9]}\n".encode())))
    code, out, _ = audit(home, Path("-"), "orders", "--no-pictures")
    assert code == 1 and "1 of the words" in out


def test_the_words_leave_no_trace_in_the_home(audit: Audit, home: Home, words: Path) -> None:
    words.write_text("Zanzibarine\n")
    audit(home, words, "orders", "--no-pictures")
    assert not any(b"zanzibar" in path.read_bytes().lower() for path in home.root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"ab\nc\n", "nothing can be looked for"), (None, "No such file")],
)
def test_a_list_that_can_t_be_used_is_told(
    audit: Audit, home: Home, tmp_path: Path, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "w").write_bytes(content)
    code, _, err = audit(home, tmp_path / "w", "orders")
    assert code == 2 and told in err and err.count("\n") == 1


def test_what_can_t_be_searched_is_no_finding(audit: Audit, home: Home, words: Path, tmp_path: Path) -> None:
    code, _, err = audit(home, words, "nowhere")
    assert code == 2 and "no dataset, recording or file" in err
    assert audit(home, words, RECORDING[:8], "--version", "3")[0] == 2
    (tmp_path / "broken.png").write_bytes(b"no picture")
    code, _, err = audit(home, words, str(tmp_path / "broken.png"))
    assert code == 2 and "holds no picture" in err
