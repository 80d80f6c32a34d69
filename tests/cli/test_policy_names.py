"""`understudy policy names`: hashes that this home finds names by, and nobody reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.cli import policy as policy_command
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.policy_files import load_policy, policy_in_force
from understudy.redact.directory import Directory
from understudy.redact.policy_file import PolicyFault
from understudy.redact.scrub import Scrubber
from understudy.settings import Home
from understudy.spool.names_key import KEY_NAME

POLICY = 'version = 1\nprofile = "own-work"\ndirectory_file = "staff.names"\n[[app]]\nname = "A"\nprogram = "a"\n'


def run(home: Path, *arguments: str) -> Result:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = Home(home)

    policy_command.register(app)
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, ["policy", *arguments])


def hashed(tmp_path: Path, names: str = "Anna Schmidt\nProject Cinder\n") -> Path:
    (tmp_path / "staff.txt").write_text(names)
    out = tmp_path / "staff.names"
    done = run(tmp_path / "home", "names", str(tmp_path / "staff.txt"), "--out", str(out))
    assert done.exit_code == 0, done.exception
    assert "2 names hashed" in done.stdout and "staff.txt is not needed any more" in done.stdout
    return out


def test_the_list_is_not_needed_afterwards(tmp_path: Path) -> None:
    out = hashed(tmp_path)
    (tmp_path / "staff.txt").unlink()
    assert out.stat().st_mode & 0o777 == 0o600
    held = out.read_bytes() + (tmp_path / "home" / "keys" / KEY_NAME).read_bytes()
    assert not any(word in held.lower() for word in (b"anna", b"schmidt", b"cinder"))
    (tmp_path / "policy.toml").write_text(POLICY)
    policy = policy_in_force(Home(tmp_path / "home"), tmp_path / "policy.toml").policy
    work = Scrubber(("name",), Directory(policy.directory))
    assert work.scrub("mail SCHMIDT, Anna of project-cinder").text == "mail <NAME_1> of <NAME_2>"


def test_another_home_records_nothing_under_it(tmp_path: Path) -> None:
    hashed(tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY)
    for home in (tmp_path / "other", tmp_path / "third"):
        with pytest.raises(PolicyFault, match=r"staff\.names: hashed with another home's key"):
            policy_in_force(Home(home), tmp_path / "policy.toml")
        run(home, "names", str(tmp_path / "staff.txt"), "--out", str(tmp_path / "other.names"))


def test_whoever_only_looks_at_the_policy_counts_the_names(tmp_path: Path) -> None:
    hashed(tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY)
    shown = run(tmp_path / "other", "check", str(tmp_path / "policy.toml"))
    assert shown.exit_code == 0 and "2 from the directory" in shown.stdout
    with pytest.raises(ValueError, match="without their key"):
        Directory(load_policy(tmp_path / "policy.toml").directory)


def test_made_again_the_same_names_have_the_same_hashes_in_one_home(tmp_path: Path) -> None:
    first = hashed(tmp_path).read_bytes()
    assert hashed(tmp_path).read_bytes() == first


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "holds no name"),
        (b"Anna\tB\n", "staff.txt:1: a tab"),
        (b"understudy-names 1\n\x80", "holds hashes already"),
    ],
)
def test_a_wrong_list_is_told(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "staff.txt").write_bytes(content)
    done = run(tmp_path, "names", str(tmp_path / "staff.txt"), "--out", str(tmp_path / "o"))
    assert isinstance(done.exception, UsageFault) and fault in str(done.exception)
    assert not (tmp_path / "o").exists()


def test_the_list_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "staff.txt").write_text("Anna Schmidt\n")
    done = run(tmp_path, "names", str(tmp_path / "staff.txt"), "--out", str(tmp_path / "staff.txt"))
    assert isinstance(done.exception, UsageFault)
    assert (tmp_path / "staff.txt").read_text() == "Anna Schmidt\n"


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    hashed(tmp_path)
    (tmp_path / "home" / "keys" / KEY_NAME).write_bytes(b"short")
    done = run(tmp_path / "home", "names", str(tmp_path / "staff.txt"), "--out", str(tmp_path / "o"))
    assert isinstance(done.exception, CommandFailed) and "5 bytes" in str(done.exception)
