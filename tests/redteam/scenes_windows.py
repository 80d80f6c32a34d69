"""Scenes with several windows: what covers, is covered, pops up, is switched to, or bears a title."""

from __future__ import annotations

import html
import json
import os
import signal
import time

from tests.redteam.canaries import SCRUBBED
from tests.redteam.scenes_programs import form_with_controls, press_button
from tests.redteam.site import Field, form, page
from tests.redteam.stage import Stage


def _ledger(lines: list[str], title: str = "Ledger", place: tuple[int, int] = (500, 160)) -> list[str]:
    """A window that no policy names, on top of the others, showing these lines; it takes no focus."""
    x, y = place
    text = f"<span font='DejaVu Sans 13'>{html.escape(chr(10).join(lines))}</span>"
    return ["yad", f"--title={title}", f"--text={text}", "--on-top", "--no-focus", "--no-buttons",
            f"--geometry=460x{40 + 26 * len(lines)}+{x}+{y}"]  # fmt: skip


def _desk(stage: Stage, path: str) -> None:
    heading, button = stage.plan.control("pixels"), stage.plan.control("target")
    stage.open(path, page("Desk", form([Field("remark", "Delivery note")], heading, button)))
    stage.click("#remark", 0.1, 0.2)
    stage.type_control()


def notifications(stage: Stage) -> None:
    """Notices of other programs over a page, and dialogs of the page itself."""
    _desk(stage, "/notices")
    for number, size in enumerate(stage.batches(6)):
        if number % 2:
            planted = stage.canaries(SCRUBBED, size, shown=True)
            message = json.dumps("\n".join(canary.value for canary in planted))
            stage.page.run(f"setTimeout(() => alert({message}), 50); 1")
            stage.show(2.0)
            stage.tap("Return")
            time.sleep(0.5)
        else:
            planted = stage.canaries((*SCRUBBED, "phrase"), size, shown=True)
            notice = stage.start(_ledger([canary.value for canary in planted], "Notice", (300, 200)), "yad")
            stage.show(1.0)
            stage.click("#remark", 0.1, 0.2)
            stage.show(1.2)
            stage.end(notice)
            time.sleep(0.4)
    stage.click("#done", 0.5)
    time.sleep(0.6)


def overlapping(stage: Stage) -> None:
    """A window out of scope is moved about over a page that is in scope."""
    _desk(stage, "/overlap")
    for size in stage.batches(10):
        planted = stage.canaries((*SCRUBBED, "phrase"), size, shown=True)
        ledger = stage.start(_ledger([canary.value for canary in planted]), "yad")
        stage.click("#remark", 0.1, 0.2)
        stage.show(0.8)
        for step in range(14):
            stage.move_window(ledger.window, 500 - 30 * step, 160 + 18 * step)
            time.sleep(0.11)
        stage.show(0.8)
        stage.end(ledger)
        time.sleep(0.5)
    stage.click("#done", 0.5)
    time.sleep(0.6)


def partly_covered(stage: Stage) -> None:
    """A window out of scope lies half under one in scope; then that one goes away."""
    for number, size in enumerate(stage.batches(10)):
        planted = stage.canaries((*SCRUBBED, "phrase"), size, shown=True)
        lines = [canary.value for canary in planted]
        command = [word for word in _ledger(lines, "Ledger", (560, 200)) if word != "--on-top"]
        ledger = stage.start(command, "yad")
        stage.show(1.0)
        _desk(stage, f"/covered{number}")
        shown = stage.form("Cover", [{"id": "f", "label": "Remark"}], "Close", y=240)
        stage.click_at(*shown.point("f"))
        time.sleep(0.8)
        for step in range(8):
            stage.move_window(shown.window, 812 - 40 * step, 240)
            time.sleep(0.12)
        time.sleep(0.6)
        stage.end(shown)
        time.sleep(0.8)
        stage.click("#done", 0.3)
        stage.end(ledger)


def title_bars(stage: Stage) -> None:
    """Windows whose titles are sensitive, in scope and out of it."""
    _desk(stage, "/bars")
    for number, canary in enumerate(stage.canaries(("email", "phrase", "card", "phrase", "token"), shown=True)):
        if canary.kind == "phrase":
            window = stage.start(_ledger(["Ledger"], canary.value), "yad")
            time.sleep(0.2)
        else:
            title = f"Mail of {canary.value}"
            window = stage.start(["xterm", "-T", title, "-e", "sleep", "600"], "xterm", (700, 200, 500, 200))
        stage.show(0.5)
        if number % 3 == 0:
            stage.click("#remark", 0.1, 0.2)
            time.sleep(0.6)
        stage.end(window)
    stage.click("#done", 0.5)
    time.sleep(0.6)


def fast_switching(stage: Stage) -> None:
    """Typing 0 to 600 ms after the focus went from a harmless field to a secret one, and the other way."""
    stage.open("/switch", page("Desk", form([Field("f", "Password", "password"), Field("remark", "Delivery note")])))
    shown = form_with_controls(stage, [{"id": "p", "label": "Password", "hidden": True}])
    chance = stage.plan.maker.chance
    for number, canary in enumerate(stage.canaries(["password"])):
        stage.page.run("document.getElementById('f').value = ''; 1")
        delay_s = chance.choice((0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.6))
        match number % 4:
            case 0:
                # By Tab, in the same window; and back as soon as the last key is up.
                stage.click_at(*shown.point("remark"), 0.05)
                stage.hands.key("Tab")
                time.sleep(delay_s)
                stage.type(canary, rest_s=0)
                stage.hands.key("shift+Tab")
                time.sleep(delay_s)
                stage.hands.type_text("ok", 0.01)
            case 1:
                # By a click, from the page to the other program's hidden field.
                stage.click("#remark", 0.05, 0.2)
                stage.hands.type_text("ok", 0.01)
                stage.hands.move(*shown.point("p"))
                stage.hands.click()
                time.sleep(delay_s)
                stage.type(canary, rest_s=0)
                stage.hands.move(*stage.point("#remark", 0.2))
                stage.hands.click()
                time.sleep(delay_s)
                stage.hands.type_text("ok", 0.01)
            case 2:
                # By the window manager, from the form to the page, where the password field has the focus.
                stage.click("#f", 0.05)
                stage.click_at(*shown.point("remark"), 0.05)
                stage.hands.type_text("ok", 0.01)
                stage.activate(stage.browser_window)
                time.sleep(0.03 + delay_s)
                stage.type(canary, rest_s=0)
            case _:
                # Inside the page, by Tab from the password to the remark and on typing.
                stage.click("#f", 0.05)
                time.sleep(delay_s)
                stage.type(canary, rest_s=0)
                stage.hands.key("Tab")
                time.sleep(delay_s)
                stage.hands.type_text("ok", 0.01)
        time.sleep(0.5)
        if canary.value not in (shown.value("p") if number % 4 < 2 else stage.value("#f")):
            stage.plan.take_back(canary)
    press_button(stage, shown)


def stopped_program(stage: Stage) -> None:
    """A window out of scope is moved over a program that is stopped, so that its pixels stay there."""
    for size in stage.batches(10):
        shown = form_with_controls(stage, [{"id": f"f{place}", "label": "Remark"} for place in range(9)])
        stage.activate(stage.browser_window)
        time.sleep(0.4)
        stage.click_at(*shown.point("f1"), 0.1)
        time.sleep(1.5)
        os.killpg(shown.process.pid, signal.SIGSTOP)
        try:
            planted = stage.canaries((*SCRUBBED, "phrase"), size, shown=True)
            ledger = stage.start(_ledger([canary.value for canary in planted], "Ledger", (500, 80)), "yad")
            stage.show(0.6)
            for step in range(16):
                stage.move_window(ledger.window, 500 + 24 * step, 80 + 4 * step)
                time.sleep(0.1)
            stage.show(0.8)
            for step in range(16):
                stage.move_window(ledger.window, 884 - 40 * step, 144)
                time.sleep(0.1)
            stage.show(1.0)
            stage.end(ledger)
            time.sleep(1.0)
        finally:
            os.killpg(shown.process.pid, signal.SIGCONT)
        time.sleep(1.0)
        press_button(stage, shown)


def private_windows(stage: Stage) -> None:
    """A private window of the browser, with sensitive values on its page, and some typed there."""
    planted = stage.canaries(("phrase", *SCRUBBED), stage.count // 2, shown=True)
    lines = "".join(f"<p style='margin:2px'>{canary.value}</p>" for canary in planted)
    address = stage.site.put("/private", page("Clinic", form([Field("f", "Search")]) + lines))
    window = stage.private_browser(address)
    time.sleep(1.5)
    stage.show(2.0)
    stage.click_at(window.area[0] + 350, window.area[1] + 110, 0.2)
    for canary in stage.canaries(["phrase"], stage.count - len(planted), shown=True):
        stage.type(canary)
        time.sleep(0.1)
        stage.sight()
        stage.tap("ctrl+a")
        stage.tap("BackSpace")
        time.sleep(0.1)
    stage.end(window)
    _desk(stage, "/after-private")
    stage.click("#done", 0.5)
    time.sleep(0.6)


def locked(stage: Stage) -> None:
    """A locked screen, and a program that takes the whole keyboard: what is typed there is a password."""
    _desk(stage, "/locked")
    for number, size in enumerate(stage.batches(13)):
        if number % 2:
            with stage.keyboard_taken():
                for canary in stage.canaries(["password"], size):
                    stage.keys_taken()
                    stage.type(canary)
                    if stage.keys_taken() < len(canary.value):
                        stage.plan.take_back(canary)
                    stage.tap("Return")
                    time.sleep(0.1)
        else:
            with stage.screen_locked():
                for canary in stage.canaries(["password"], size):
                    stage.type(canary)
                    # The locker tells nobody what it gets: that it holds the keyboard must do.
                    if not stage.keyboard_is_taken():
                        stage.plan.take_back(canary)
                    stage.tap("Escape")
                    time.sleep(0.1)
        time.sleep(0.8)
        stage.click("#remark", 0.2, 0.2)
        stage.type_control()
    stage.click("#done", 0.5)
    time.sleep(0.6)
