"""`understudy doctor` as its user sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.act.desktop import VirtualDesktop
from understudy.cli import doctor

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
