"""`understudy doctor` as its user sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.act.desktop import VirtualDesktop
from understudy.cli import doctor
from understudy.recorder import tesseract

NOWHERE = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "XDG_SESSION_TYPE": "", "DBUS_SESSION_BUS_ADDRESS": ""}


def run(environment: Mapping[str, str], *arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    doctor.register(app)
    return CliRunner().invoke(app, ["doctor", *arguments], env={**NOWHERE, "COLUMNS": "120", **environment})


def test_no_display_fails_with_what_to_do() -> None:
    result = run({})
    assert result.exit_code == 1
    assert "DISPLAY is not set" in result.output
    assert "can't work here" in result.output


def test_wayland_fails_as_json() -> None:
    result = run({"WAYLAND_DISPLAY": "wayland-0"}, "--json")
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert told["can_record"] is False
    session = told["checks"][0]
    assert (session["name"], session["state"]) == ("session", "fail")
    assert {"name", "state", "finding", "mend"} == set(session)


def test_help_has_an_example() -> None:
    assert "understudy doctor --json" in run({}, "--help").output


READS = 'version = 1\nprofile = "own-work"\n[[app]]\nname = "Plans"\nprogram = "mupdf"\npixels = "ocr"\n'


def reader_of(policy: Path) -> dict[str, str]:
    checks = json.loads(run({}, "--json", "--policy", str(policy)).output)["checks"]
    return next((check for check in checks if check["name"] == "picture reader"), {})


def test_a_missing_reader_of_pictures_is_told_where_the_policy_needs_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(READS)
    assert reader_of(policy)["state"] == "ok"
    monkeypatch.setattr(tesseract, "LIBRARIES", ("libtesseract-that-is-not-there.so",))
    told = reader_of(policy)
    assert (told["state"], "Plans" in told["finding"]) == ("warn", True)
    assert told["mend"] == "sudo apt-get install -y tesseract-ocr"
    policy.write_text(READS.replace('"ocr"', '"blur"'))
    assert not reader_of(policy)


def test_a_wrong_policy_is_told(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(READS.replace("ocr", "read"))
    result = run({"COLUMNS": "300"}, "--policy", str(policy))
    assert result.exit_code == 1
    assert f"understudy policy check {policy}" in result.output


@pytest.mark.desktop
def test_virtual_desktop_can_record(desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel under the tests may lack Landlock; the desktop is what is looked at here.
    monkeypatch.setattr(doctor, "landlock_abi", lambda: 3)
    names = ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_TYPE")
    environment = {name: desktop.env[name] for name in names}
    result = run(environment, "--json")
    assert result.exit_code == 0, result.output
    states = {check["name"]: check["state"] for check in json.loads(result.output)["checks"]}
    for name in ("session", "X extensions", "session bus", "accessibility bus", "accessibility switch"):
        assert states[name] == "ok", states
    assert "accessibility switch" in run(environment).output
