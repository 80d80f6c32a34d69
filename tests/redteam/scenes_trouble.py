"""Scenes in which something breaks: programs are killed, the accessibility bus stops, while a secret is typed."""

from __future__ import annotations

import os
import signal
import time

from tests.redteam.canaries import SCRUBBED, Canary
from tests.redteam.scenes_programs import form_with_controls, press_button
from tests.redteam.stage import GtkForm, Stage


def killed(stage: Stage) -> None:
    """A program is killed in the middle of a secret; what is typed on goes to the window beneath, if to any."""
    chance = stage.plan.maker.chance
    beneath = stage.form("Beneath", [{"id": "f", "label": "Remark"}], "Close", y=420)
    stage.click_at(*beneath.point("f"), 0.1)
    for number, canary in enumerate(stage.canaries((*SCRUBBED, "password"))):
        hidden = canary.kind == "password"
        fields = [{"id": "f", "label": "Password" if hidden else "Remark", "hidden": hidden}]
        if number % 10 == 0:
            stage.end(form_with_controls(stage, fields, press=True))
        shown = stage.form("Form", fields, "Close")
        stage.enter_field(shown, "f")
        cut = chance.randrange(len(canary.value) // 2 + 1, len(canary.value))
        stage.type(canary, canary.value[:cut])
        stage.end(shown)
        stage.type(canary, canary.value[cut:])
        time.sleep(0.3)
        if shown.value("f") != canary.value[: len(shown.value("f"))] or 2 * len(shown.value("f")) < len(canary.value):
            stage.plan.take_back(canary)
    stage.end(beneath)


def bus_stopped(stage: Stage) -> None:
    """The accessibility bus stands still while secrets are typed, and goes on."""
    for size in stage.batches(10):
        hidden = [{"id": f"f{place}", "label": "Password", "hidden": place % 2 == 0} for place in range(size)]
        shown = form_with_controls(stage, hidden)
        planted = stage.canaries(("password", "email"), size)
        for place, canary in enumerate(planted):
            stage.enter_field(shown, f"f{place}")
            stopped = stage.bus_processes()
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            try:
                stage.type(canary)
                time.sleep(0.3)
            finally:
                for pid in stopped:
                    os.kill(pid, signal.SIGCONT)
            time.sleep(0.2)
        time.sleep(1.0)
        _tell_arrived(stage, shown, planted)
        press_button(stage, shown)


def bus_restarted(stage: Stage) -> None:
    """The accessibility bus ends while secrets are typed; a new one starts. It is the last scene of its desktop."""
    hidden = [{"id": f"f{place}", "label": "Password", "hidden": place % 2 == 0} for place in range(10)]
    shown = form_with_controls(stage, hidden, press=True)
    planted = stage.canaries(("password", "email"))
    for place, canary in enumerate(planted):
        if place and place % 10 == 0:
            _tell_arrived(stage, shown, planted[place - 10 : place])
            stage.end(shown)
            shown = stage.form("Form", hidden, "Close")
        stage.enter_field(shown, f"f{place % 10}")
        half = len(canary.value) // 2
        stage.type(canary, canary.value[:half])
        if place % 10 == 4:
            for pid in stage.bus_processes():
                os.kill(pid, signal.SIGKILL)
            stage.start_bus()
        stage.type(canary, canary.value[half:])
        time.sleep(0.2)
    time.sleep(1.0)
    _tell_arrived(stage, shown, planted[(len(planted) - 1) // 10 * 10 :])
    stage.end(shown)


def _tell_arrived(stage: Stage, shown: GtkForm, planted: list[Canary]) -> None:
    """Those canaries that their field did not get don't count."""
    for place, canary in enumerate(planted):
        if shown.value(f"f{place}") != canary.value:
            stage.plan.take_back(canary)
