"""`understudy risk`, run as a person runs it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from understudy.build import open_dataset
from understudy.cli.app import run
from understudy.dataset.risk_note import RISK_NAME
from understudy.risk import attackers
from understudy.settings import Home


def session(path: Path, person: int, seed: int, actions: int) -> None:
    """Clicks at places and times, each person's pace their own."""
    dice = random.Random(100 * person + seed)
    rows, now = ["client timestamp,button,state,x,y"], 0
    for _ in range(actions):
        now += 500 + 120 * person + dice.randrange(60)
        x, y = dice.randrange(900), dice.randrange(600)
        rows += [
            f"{now},NoButton,Move,{x},{y}",
            f"{now + 30},Left,Pressed,{x},{y}",
            f"{now + 110},Left,Released,{x},{y}",
        ]
        now += 110
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Twelve people with two sessions each, in a dataset with their times and one without."""
    root = tmp_path_factory.mktemp("risk")
    for person in range(12):
        session(root / "sessions" / f"user{person}" / "long.csv", person, 1, 45)
        session(root / "sessions" / f"user{person}" / "short.csv", person, 2, 32)
    told = Home(root / "home")
    assert understudy(told, "import", "sapimouse", str(root / "sessions"), "--identity", "none") == 0
    assert understudy(told, "build", "timed", "--motion", "full", "--timing", "full", "--no-second-pass") == 0
    assert understudy(told, "build", "shipped", "--no-second-pass") == 0
    return told


def understudy(home: Home, *arguments: str) -> int:
    return run(["--home", str(home.root), *arguments])


def found(home: Home, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, object]]:
    capsys.readouterr()
    assert understudy(home, "risk", *arguments, "--no-recurrent", "--window", "5", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert "user" not in json.dumps(told)
    return {
        attack["sight"]: attack["found"] | {"people": told["people"]}
        for attack in told["attacks"]
        if attack["pool"] is None
    }


def test_a_pace_is_found_where_it_is_told_and_not_at_the_shipped_levels(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    timed = found(home, capsys, "timed", "--by", "pace")["pace"]
    shipped = found(home, capsys, "shipped", "--by", "pace", "--by", "hand")
    assert timed["rank1"]["value"] > 0.6  # type: ignore[index]
    assert timed["people"] == 12
    assert max(one["rank1"]["value"] for one in shipped.values()) < 0.35  # type: ignore[index]


def test_a_whole_run_is_kept_for_the_card(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is learnt doesn't matter here: less of it takes less time.
    monkeypatch.setattr(attackers, "MOST_WINDOWS", 200)
    dataset = open_dataset(home, "shipped")
    assert understudy(home, "risk", "shipped", "--by", "paths", "--no-recurrent") == 0
    assert not (dataset.folder / RISK_NAME).exists(), "a part of the attacks is not what a card tells"
    assert understudy(home, "risk", "shipped") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "12 people with two sessions or more" in printed
    assert "No figure for keys, paths, work: this dataset tells nothing of it" in printed
    assert "Kept for the dataset's card." in printed
    card = open_dataset(home, "shipped").card
    assert any("named right at the first guess" in line for line in card.risk)
    assert "guessing: 0.083" in card.markdown


def test_a_sight_that_is_none_is_told(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert understudy(home, "risk", "shipped", "--by", "smell") == 2
    assert 'by paths, pace, keys, hand, places, work, everything, not by "smell"' in capsys.readouterr().err


def test_one_person_gives_no_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = Home(tmp_path / "home")
    session(tmp_path / "sessions" / "user1" / "one.csv", 1, 1, 8)
    assert understudy(alone, "import", "sapimouse", str(tmp_path / "sessions"), "--identity", "none") == 0
    assert understudy(alone, "build", "mice", "--no-second-pass") == 0
    capsys.readouterr()
    assert understudy(alone, "risk", "mice") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "0 of 1 people have two sessions or more; below 10" in printed
    assert "named right" not in printed
