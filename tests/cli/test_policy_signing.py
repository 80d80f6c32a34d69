"""Signed policies, as a privacy officer makes them and a home asks for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.catalogue import Catalogue
from understudy.cli import policy as policy_command
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.policy_files import policy_in_force, signers
from understudy.settings import Home

TEXT = (
    'version = 1\nprofile = "workplace"\nedition = "2026-11"\ndirectory_file = "names.txt"\n'
    '[[app]]\nname = "Desk"\nprogram = "soffice.bin"\n'
)


def run(home: Path, *arguments: str, answer: str = "") -> Result:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = Home(home)

    policy_command.register(app)
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, list(arguments), input=answer)


def told(result: Result, kind: type[Exception]) -> str:
    assert isinstance(result.exception, kind), (result.exception, result.output)
    assert "\n" not in str(result.exception)
    return str(result.exception)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(TEXT)
    (tmp_path / "names.txt").write_text("Ada Quill\n")
    return file


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str]:
    file = tmp_path / "privacy.key"
    made = run(tmp_path / "home", "policy", "key", str(file), "--name", "Privacy office", "--no-passphrase")
    assert made.exit_code == 0, made.output
    return file, made.stdout.strip()


def signed(tmp_path: Path, policy: Path, key: tuple[Path, str]) -> None:
    done = run(tmp_path / "home", "policy", "sign", str(policy), "--key", str(key[0]))
    assert done.exit_code == 0 and "edition 2026-11 signed by Privacy office" in done.stdout, done.output


def test_a_signed_policy_holds_and_recordings_name_who_signed(
    tmp_path: Path, policy: Path, key: tuple[Path, str]
) -> None:
    signed(tmp_path, policy, key)
    home = Home(tmp_path / "home")
    in_force = policy_in_force(home, policy)
    assert (in_force.policy.signer, in_force.policy.signer_key) == ("Privacy office", key[1])
    assert in_force.policy.edition == "2026-11" and in_force.text == TEXT.encode() and key[1] in in_force.signature
    shown = run(home.root, "policy", "verify", str(policy))
    assert shown.exit_code == 0 and "Privacy office" in shown.stdout and "asks for no key" in shown.stdout
    assert json.loads(run(home.root, "policy", "verify", str(policy), "--json").stdout)["trusted"] is False


@pytest.mark.parametrize("file", ["policy.toml", "names.txt", "policy.toml.sig"])
def test_a_changed_policy_is_refused(tmp_path: Path, policy: Path, key: tuple[Path, str], file: str) -> None:
    signed(tmp_path, policy, key)
    changed = policy.with_name(file)
    changed.write_text(changed.read_text().replace("2026-11", "2026-12").replace("Ada Quill", "Bo Ek"))
    with pytest.raises(CommandFailed, match=r"policy\.toml\.sig: .*nothing is recorded"):
        policy_in_force(Home(tmp_path / "home"), policy)
    told(run(tmp_path / "home", "policy", "verify", str(policy)), CommandFailed)


def test_a_home_may_ask_for_a_key(tmp_path: Path, policy: Path, key: tuple[Path, str]) -> None:
    home = Home(tmp_path / "home")
    assert run(home.root, "policy", "trust", key[1], "--name", "Privacy office").exit_code == 0
    assert [signer.name for signer in signers(home)] == ["Privacy office"]
    with pytest.raises(CommandFailed, match=r"is not signed, and this home takes only .* Privacy office"):
        policy_in_force(home, policy)
    other = tmp_path / "other.key"
    run(home.root, "policy", "key", str(other), "--name", "Somebody", "--no-passphrase")
    run(home.root, "policy", "sign", str(policy), "--key", str(other))
    with pytest.raises(CommandFailed, match="is signed by Somebody"):
        policy_in_force(home, policy)
    signed(tmp_path, policy, key)
    assert policy_in_force(home, policy).policy.signer == "Privacy office"
    assert key[1] in run(home.root, "policy", "trust", "--json").stdout
    assert "need not be signed" in run(home.root, "policy", "trust", key[1], "--remove").stdout
    policy.with_name("policy.toml.sig").unlink()
    assert policy_in_force(home, policy).signature == ""


def test_an_unreadable_list_of_keys_is_no_empty_list(tmp_path: Path, policy: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "policy-signers").write_text("abc Somebody\n")
    with pytest.raises(CommandFailed, match="policy-signers:1: 'abc' is no key"):
        policy_in_force(home, policy)


def test_a_key_under_a_passphrase(tmp_path: Path, policy: Path) -> None:
    file = tmp_path / "locked.key"
    made = run(tmp_path, "policy", "key", str(file), "--name", "Works council", answer="open sesame\nopen sesame\n")
    assert made.exit_code == 0 and file.stat().st_mode & 0o077 == 0 and "seed" in file.read_text()
    assert json.loads(file.read_text())["seed"] == ""
    assert run(tmp_path, "policy", "sign", str(policy), "--key", str(file), answer="open sesame\n").exit_code == 0
    wrong = run(tmp_path, "policy", "sign", str(policy), "--key", str(file), answer="guess\n")
    assert "passphrase" in told(wrong, CommandFailed)


def test_what_can_go_wrong_is_told_in_a_line(tmp_path: Path, policy: Path, key: tuple[Path, str]) -> None:
    home = tmp_path / "home"
    for arguments, words in (
        (("key", str(key[0]), "--name", "Again", "--no-passphrase"), "nothing is yet"),
        (("key", str(tmp_path / "k"), "--name", "  "), "--name"),
        (("sign", str(policy), "--key", str(policy)), "no signing key"),
        (("sign", str(policy), "--key", str(tmp_path / "none")), "can't be read"),
        (("sign", str(tmp_path / "none.toml"), "--key", str(key[0])), "can't read the policy"),
        (("trust", "xyz"), "is no key"),
        (("trust", "0" * 64, "--remove"), "not trusted here"),
        (("show", "xyz"), "at least 6"),
        (("show", "abcdef"), "recorded nothing yet"),
    ):
        assert words in told(run(home, "policy", *arguments), UsageFault), arguments
    assert "is not signed" in told(run(home, "policy", "verify", str(policy)), CommandFailed)


def test_a_hash_is_looked_up(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with Catalogue.open(home.catalogue) as catalogue:
        sha256 = catalogue.add_policy(TEXT.encode(), edition="2026-11")
    assert run(tmp_path, "policy", "show", sha256[:8]).stdout == TEXT
    assert "0 policies" in told(run(tmp_path, "policy", "show", "000000"), UsageFault)
