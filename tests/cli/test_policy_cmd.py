"""`understudy policy` and `understudy consent`, run as a person runs them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.catalogue.catalogue import Catalogue
from understudy.cli import consent as consent_command
from understudy.cli import policy as policy_command
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.records.consent import Consent
from understudy.redact.notice import NOTICE_VERSION, notice_text
from understudy.redact.policy_file import PROFILES, preset, read_policy
from understudy.settings import Home


def run(home: Path, *arguments: str, answer: str = "") -> Result:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = Home(home)

    policy_command.register(app)
    consent_command.register(app)
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, list(arguments), input=answer)


def failed(result: Result, kind: type[Exception]) -> str:
    assert isinstance(result.exception, kind), (result.exception, result.output)
    assert "\n" not in str(result.exception)
    return str(result.exception)


# policy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_example_is_the_preset_and_checks(tmp_path: Path, profile: str) -> None:
    printed = run(tmp_path, "policy", "example", profile)
    assert printed.exit_code == 0
    assert printed.stdout.encode() == preset(profile)  # type: ignore[arg-type]
    file = tmp_path / "policy.toml"
    file.write_text(printed.stdout)
    checked = run(tmp_path, "policy", "check", str(file))
    assert checked.exit_code == 0 and profile in checked.stdout and "nothing wrong" in checked.stdout


def test_check_shows_what_would_be_recorded(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Anna Schmidt\nBo Ek\n")
    file = tmp_path / "policy.toml"
    file.write_text(
        'version = 1\nprofile = "workplace"\ndirectory_file = "names.txt"\n'
        '[[app]]\nname = "Desk [1]"\nprogram = "chromium"\nurls = ["https://a.example"]\ndeny_urls = ["https://a.example/x"]\n'
        '[[app]]\nname = "Term"\napp = "XTerm"\n'
        '[[deny]]\nname = "Payroll"\ntitle = "payroll"\n'
    )
    shown = run(tmp_path, "policy", "check", str(file)).stdout
    for words in ("Desk [1]", "shape", "masked", "only 1 but 1", "class XTerm", "marks only", "Payroll"):
        assert words in shown
    for words in ("password managers", "email, card", "2 from the directory", "365 days", "ctrl+alt+shift+q"):
        assert words in shown
    told = json.loads(run(tmp_path, "policy", "check", str(file), "--json").stdout)
    assert told["ok"] and told["directory_names"] == 2 and told["apps"][0]["urls"] == ["https://a.example"]
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [rule["name"] for rule in told["deny"] if not rule["built_in"]] == ["Payroll"]
    assert "Anna" not in json.dumps(told)


def test_check_tells_every_fault_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        'version = 1\nprofile = "own-work"\nretention_days = 0\n[[app]]\nname = "A"\nprogram = "a"\npixles = 1\n'
    )
    result = run(tmp_path, "policy", "check", str(file))
    assert "policy.toml:3: 'retention_days' is 0" in result.stderr
    assert failed(result, UsageFault).startswith(
        "policy.toml:7: unknown field 'pixles' in [[app]]; did you mean 'pixels'?"
    )
    as_json = run(tmp_path, "policy", "check", str(file), "--json")
    assert as_json.exit_code == 2
    assert [fault["line"] for fault in json.loads(as_json.stdout)["faults"]] == [3, 7]


def test_check_of_what_is_no_file(tmp_path: Path) -> None:
    assert "can't read the policy: No such file" in failed(
        run(tmp_path, "policy", "check", str(tmp_path / "x")), UsageFault
    )
    assert "can't read the policy: Is a directory" in failed(
        run(tmp_path, "policy", "check", str(tmp_path)), UsageFault
    )
    file = tmp_path / "policy.toml"
    file.write_text('version = 1\nprofile = "own-work"\ndirectory_file = "gone.txt"\n')
    assert "policy.toml:3: directory_file 'gone.txt' can't be read" in failed(
        run(tmp_path, "policy", "check", str(file)), UsageFault
    )


def test_no_such_example(tmp_path: Path) -> None:
    assert "expected own-work or workplace" in failed(run(tmp_path, "policy", "example", "office"), UsageFault)


# consent ----------------------------------------------------------------------------------------------------------


def give(home: Path, consent_id: str, *, withdrawn_at: str | None = None, demo: bool = False) -> Consent:
    policy = read_policy(preset("own-work"), source="own-work")
    with Catalogue.open(Home(home).catalogue) as catalogue:
        catalogue.add_contributor("c-1", demo=demo)
        sha256 = catalogue.add_notice(notice_text(policy), version=NOTICE_VERSION, language="en")
        consent = Consent(
            id=consent_id,
            contributor="c-1",
            profile="own-work",
            notice_sha256=sha256,
            notice_version=NOTICE_VERSION,
            language="en",
            purposes=("train-own-agent",),
            scope=("Editor (text)",),
            policy_sha256=policy.sha256,
            retention_days=30,
            given_at="2026-11-22T10:00:00+00:00",
            method="typed-yes",
            withdrawn_at=withdrawn_at,
            demo=demo,
        )
        catalogue.add_consent(consent)
    return consent


ONE, TWO = "a1" * 16, "b2" * 16


def test_show_without_a_catalogue_makes_none(tmp_path: Path) -> None:
    result = run(tmp_path, "consent", "show")
    assert result.exit_code == 0 and "No consent is on file" in result.stdout
    assert json.loads(run(tmp_path, "consent", "show", "--json").stdout) == []
    assert list(tmp_path.iterdir()) == []


def test_show_tells_what_was_agreed_to(tmp_path: Path) -> None:
    consent = give(tmp_path, ONE)
    give(tmp_path, TWO, withdrawn_at="2026-11-22T11:00:00+00:00", demo=True)
    shown = run(tmp_path, "consent", "show").stdout
    for words in ("holds", "withdrawn at 2026-11-22T11:00", "typed yes", "train-own-agent", "Editor (text)", "30 days"):
        assert words in shown
    assert consent.notice_sha256 in shown and "no person" in shown
    rows = json.loads(run(tmp_path, "consent", "show", "--json").stdout)
    assert [(row["id"], row["holds"]) for row in rows] == [(ONE, True), (TWO, False)]
    one = run(tmp_path, "consent", "show", ONE[:6], "--notice").stdout
    assert "WHAT YOU CAN DO AT ANY TIME" in one and TWO not in one


def test_withdraw_asks_and_then_holds_no_more(tmp_path: Path) -> None:
    give(tmp_path, ONE)
    assert "nothing was withdrawn" in failed(run(tmp_path, "consent", "withdraw", answer="n\n"), CommandFailed)
    with Catalogue.open(Home(tmp_path).catalogue) as catalogue:
        assert catalogue.consent_holds(ONE)
    result = run(tmp_path, "consent", "withdraw", answer="y\n")
    assert result.exit_code == 0 and "Withdrew consent a1a1a1a1" in result.stdout
    with Catalogue.open(Home(tmp_path).catalogue) as catalogue:
        assert not catalogue.consent_holds(ONE)
    assert "withdrawn already" in failed(run(tmp_path, "consent", "withdraw", ONE, "--yes"), CommandFailed)
    assert "nothing to withdraw" in failed(run(tmp_path, "consent", "withdraw", "--yes"), CommandFailed)


def test_withdraw_one_of_several_or_all(tmp_path: Path) -> None:
    give(tmp_path, ONE)
    give(tmp_path, TWO)
    assert "2 consents hold" in failed(run(tmp_path, "consent", "withdraw", "--yes"), UsageFault)
    rows = json.loads(run(tmp_path, "consent", "withdraw", TWO[:4], "--yes", "--json").stdout)
    assert [(row["id"], row["holds"]) for row in rows] == [(TWO, False)]
    give(tmp_path, "c3" * 16)
    assert run(tmp_path, "consent", "withdraw", "--all", "--yes").exit_code == 0
    with Catalogue.open(Home(tmp_path).catalogue) as catalogue:
        assert not any(consent.holds for consent in catalogue.consents())


def test_withdraw_with_wrong_input(tmp_path: Path) -> None:
    assert "nothing to withdraw" in failed(run(tmp_path, "consent", "withdraw", "--yes"), CommandFailed)
    give(tmp_path, ONE)
    for arguments, told in (
        (("ffff",), "no consent 'ffff' on file"),
        (("a",), "too short"),
        (("a1a1", "--all"), "expected one of them"),
        (("--json",), "add --yes"),
    ):
        assert told in failed(run(tmp_path, "consent", "withdraw", *arguments), UsageFault)


def test_a_file_that_is_no_catalogue(tmp_path: Path) -> None:
    Home(tmp_path).catalogue.write_text("this is no database, and never was one")
    assert "catalogue" in failed(run(tmp_path, "consent", "show"), CommandFailed)
