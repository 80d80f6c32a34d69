"""Scenes in the browser: fields, pages, titles, paste, undo, suggestions, scrolling, zoom."""

from __future__ import annotations

import json
import time

from tests.redteam.canaries import SCRUBBED, Canary, Kind
from tests.redteam.site import Field, form, page, table
from tests.redteam.stage import Stage

LABELS: dict[Kind, str] = {
    "email": "E-mail",
    "card": "Card number",
    "iban": "IBAN",
    "ssn": "SSN",
    "name": "Remark",
    "token": "Remark",
    "password": "Password",
    "phrase": "Remark",
}


def _with_controls(stage: Stage, path: str, fields: list[Field], title: str = "Desk") -> str:
    """Open a form with a heading to be seen, a button to be clicked, and a field for a harmless remark."""
    heading, button = stage.plan.control("pixels"), stage.plan.control("target")
    remark = Field("remark", "Delivery note")
    stage.open(path, page(title, form([remark, *fields], heading, button)))
    stage.enter("#remark")
    return stage.type_control()


def _finish(stage: Stage) -> None:
    stage.click("#done", 0.5)
    time.sleep(0.6)


def _kept_if_there(stage: Stage, selector: str, canary: Canary) -> None:
    """A canary that the field did not get was not planted."""
    if "".join(stage.value(selector).split()) != "".join(canary.value.split()):
        stage.plan.take_back(canary)


def _arrives(stage: Stage, selector: str, canary: Canary) -> None:
    """Wait until a field holds what the browser was told to put there; a list that still shows is closed."""
    if not stage.happens(lambda: stage.value(selector) == canary.value, 2.0):
        stage.tap("Escape")
    time.sleep(0.3)
    _kept_if_there(stage, selector, canary)


def password_fields(stage: Stage) -> None:
    """Ten password fields a page, reached by click and by Tab."""
    for number, size in enumerate(stage.batches(10)):
        fields = [Field(f"f{place}", f"Password {place}", "password") for place in range(size)]
        _with_controls(stage, f"/passwords{number}", fields)
        planted = stage.canaries(["password"], size)
        for place, canary in enumerate(planted):
            if place % 3 == 0:
                stage.enter(f"#f{place}")
            else:
                stage.tap("Tab")
                time.sleep(0.15)
            stage.type(canary)
        stage.sight()
        for place, canary in enumerate(planted):
            _kept_if_there(stage, f"#f{place}", canary)
        _finish(stage)


def fields(stage: Stage) -> None:
    """Sensitive values typed into ordinary fields, some labelled, some in the middle of a sentence."""
    for number, size in enumerate(stage.batches(10)):
        planted = stage.canaries(SCRUBBED, size)
        shown = [Field(f"f{place}", LABELS[canary.kind]) for place, canary in enumerate(planted)]
        _with_controls(stage, f"/fields{number}", shown)
        for place, canary in enumerate(planted):
            if not stage.enter(f"#f{place}"):
                continue
            if place % 2 and canary.kind in ("email", "token", "name"):
                stage.hands.type_text("sent to ", 0.01)
            stage.type(canary)
            stage.tap("Tab")
            time.sleep(0.4)
        for place, canary in enumerate(planted):
            if canary.value not in stage.value(f"#f{place}"):
                stage.plan.take_back(canary)
        _finish(stage)


def shown_on_pages(stage: Stage) -> None:
    """Sensitive values in tables, beside harmless words."""
    for number, size in enumerate(stage.batches(13, shown=True)):
        planted = stage.canaries(SCRUBBED, size, shown=True)
        rows = []
        for place, canary in enumerate(planted):
            rows.append((f"Row {place}", canary.value, stage.plan.control("pixels") if place % 4 == 0 else "–"))
        button = stage.plan.control("target")
        stage.open(f"/shown{number}", page("Customers", table(rows) + form([], "", button)))
        stage.show(2.2)
        # Each of some is asked for by resting on it.
        for place in range(1, size, 5):
            stage.hands.move(*stage.point(f"tr:nth-child({place}) td:nth-child(2)"), 0.1)
            time.sleep(0.35)
        _finish(stage)


def titles_and_addresses(stage: Stage) -> None:
    """Sensitive values in titles, in queries and behind the #."""
    heading, button = stage.plan.control("pixels"), stage.plan.control("target")
    stage.open("/desk", page("Desk", form([Field("f", "Note")], heading, button)))
    stage.click("#done", 0.5)
    time.sleep(1.0)
    for number, canary in enumerate(stage.canaries(("email", "card", "token", "name"))):
        if stage.titles and number % 5 == 0:
            words = stage.plan.control("title")
            stage.page.run(f"document.title = {json.dumps(words)}; 1")
            # A title waits until the tree has told whose it is.
            time.sleep(2.0)
        match number % 3:
            case 0:
                script = f"document.title = {json.dumps('Mail of ' + canary.value)}"
            case 1:
                script = f"history.pushState(0, '', '/desk?q=' + encodeURIComponent({json.dumps(canary.value)}))"
            case _:
                script = f"history.pushState(0, '', '/desk#' + encodeURIComponent({json.dumps(canary.value)}))"
        stage.page.run(f"{script}; 1")
        time.sleep(1.4 if number % 3 == 0 else 0.4)
        if number % 4 == 0:
            stage.click("#f", 0.1)


def paste(stage: Stage) -> None:
    """Copied from one field, pasted into another by shortcut and by menu, and into a password field."""
    for number, size in enumerate(stage.batches(8)):
        planted = stage.canaries(SCRUBBED, size)
        shown = []
        for place, canary in enumerate(planted):
            shown.append(Field(f"s{place}", LABELS[canary.kind], more=f'value="{canary.value}"'))
            kind = "password" if place % 3 == 2 else "text"
            shown.append(Field(f"f{place}", "Password" if kind == "password" else "Again", kind))
        _with_controls(stage, f"/paste{number}", shown)
        for place, canary in enumerate(planted):
            stage.enter(f"#s{place}")
            stage.tap("ctrl+a")
            stage.tap("ctrl+c")
            time.sleep(0.2)
            stage.enter(f"#f{place}")
            if place % 4 == 1:
                # By the menu that the right button opens.
                stage.hands.click(3)
                time.sleep(0.7)
                stage.tap("p")
            else:
                stage.tap("ctrl+v")
            time.sleep(0.5)
            _kept_if_there(stage, f"#f{place}", canary)
        _finish(stage)


def undo(stage: Stage) -> None:
    """Typed, erased, and brought back by Ctrl+Z; or typed, then taken back by Ctrl+Z."""
    for number, size in enumerate(stage.batches(8)):
        planted = stage.canaries(SCRUBBED, size)
        _with_controls(stage, f"/undo{number}", [Field(f"f{place}", "Note") for place in range(size)])
        for place, canary in enumerate(planted):
            if not stage.enter(f"#f{place}"):
                stage.plan.take_back(canary)
                continue
            stage.type(canary)
            _kept_if_there(stage, f"#f{place}", canary)
            if place % 2:
                stage.tap("ctrl+a")
                stage.tap("BackSpace")
                time.sleep(0.2)
            stage.tap("ctrl+z")
            time.sleep(0.3)
            if not place % 2:
                stage.tap("ctrl+shift+z")
            time.sleep(0.4)
        _finish(stage)


def suggestions(stage: Stage) -> None:
    """The browser completes what was begun: a list of suggestions that hold sensitive values."""
    for number, size in enumerate(stage.batches(8)):
        planted = stage.canaries(("email", "name", "token"), size)
        lists = "".join(
            f'<datalist id="l{place}"><option value="{canary.value}"></datalist>'
            for place, canary in enumerate(planted)
        )
        shown = [Field(f"f{place}", LABELS[c.kind], more=f'list="l{place}"') for place, c in enumerate(planted)]
        heading, button = stage.plan.control("pixels"), stage.plan.control("target")
        remark = Field("remark", "Delivery note")
        stage.open(f"/suggestions{number}", page("Desk", form([remark, *shown], heading, button) + lists))
        stage.enter("#remark")
        stage.type_control()
        for place, canary in enumerate(planted):
            if not stage.enter(f"#f{place}"):
                stage.plan.take_back(canary)
                continue
            stage.hands.type_text(canary.value[:2], 0.03)
            time.sleep(0.7)
            stage.tap("Down")
            time.sleep(0.3)
            stage.tap("Return")
            _arrives(stage, f"#f{place}", canary)
        _finish(stage)


def filled_by_the_browser(stage: Stage) -> None:
    """Typed into one form and sent; offered, previewed and filled in by the browser in the next one."""
    stage.site.put("/sent", page("Desk", "<p>Thanks</p>"))
    for number, size in enumerate(stage.batches(6)):
        planted = stage.canaries(("email", "name", "token"), size)
        shown = [
            Field(f"f{place}", LABELS[each.kind], more=f'name="kept{number}{place}"')
            for place, each in enumerate(planted)
        ]
        stage.open(f"/first{number}", page("Desk", form(shown, sent_to="/sent")))
        for place, canary in enumerate(planted):
            if stage.enter(f"#f{place}"):
                stage.type(canary)
        stage.tap("Return")
        stage.page.wait_for_path("/sent")
        time.sleep(1.0)
        heading, button = stage.plan.control("pixels"), stage.plan.control("target")
        again = [Field("remark", "Delivery note"), *shown]
        stage.open(f"/again{number}", page("Desk", form(again, heading, button, sent_to="/sent")))
        stage.enter("#remark")
        stage.type_control()
        for place, canary in enumerate(planted):
            if not stage.enter(f"#f{place}"):
                stage.plan.take_back(canary)
                continue
            stage.tap("Down")
            time.sleep(0.6)
            stage.tap("Down")
            # Chosen, it is previewed in the field before it stands there.
            time.sleep(0.6)
            stage.tap("Return")
            _arrives(stage, f"#f{place}", canary)
        _finish(stage)


def reveal(stage: Stage) -> None:
    """Passwords shown by a button: before, while and after they are typed."""
    for number, size in enumerate(stage.batches(6)):
        heading, words = stage.plan.control("pixels"), stage.plan.control("target")
        body = form([Field("remark", "Delivery note")], heading, words) + "".join(
            f"<p><label for=f{place}>Password {place}</label><input id=f{place} type=password>"
            f"<button type=button id=r{place} onclick=\"let f=document.getElementById('f{place}');"
            f"f.type=f.type=='text'?'password':'text'\">Reveal</button></p>"
            for place in range(size)
        )
        stage.open(f"/reveal{number}", page("Sign in", body))
        stage.enter("#remark")
        stage.type_control()
        planted = stage.canaries(["password"], size)
        for place, canary in enumerate(planted):
            stage.enter(f"#f{place}")
            if place % 3 == 1:
                # Revealed in the middle.
                half = len(canary.value) // 2
                stage.type(canary, canary.value[:half])
                stage.click(f"#r{place}", 0.1)
                stage.click(f"#f{place}", 0.1)
                stage.tap("End")
                stage.type(canary, canary.value[half:])
            else:
                stage.type(canary)
                stage.click(f"#r{place}", 0.1)
            _kept_if_there(stage, f"#f{place}", canary)
            if place % 3 == 2:
                stage.click(f"#f{place}", 0.1)
                stage.tap("End")
                stage.tap("BackSpace")
        stage.show()
        _finish(stage)


def scroll_then_press(stage: Stage) -> None:
    """A long list of sensitive values, wheeled, and clicked at once."""
    planted = stage.canaries(SCRUBBED, shown=True)
    rows = []
    for place, canary in enumerate(planted):
        rows += [(f"Row {place}", canary.value), ("", f"Parcel {place}")]
    heading = stage.plan.control("pixels")
    stage.open("/scroll", page("Customers", form([], heading) + table(rows)))
    height = float(str(stage.page.run("document.documentElement.scrollHeight")))
    stage.hands.move(*stage.point("h1"), 0.1)
    time.sleep(1.5)
    stage.hands.move(300, 400, 0.1)
    seen = 0
    while seen < 60:
        seen += 1
        stage.hands.scroll(stage.plan.maker.chance.choice((2, 3, 4)))
        time.sleep(stage.plan.maker.chance.choice((0.0, 0.05, 0.2, 0.4)))
        stage.hands.click()
        time.sleep(0.3)
        stage.sight()
        if float(str(stage.page.run("scrollY + innerHeight"))) >= height - 2:
            break
    stage.hands.scroll(-40)
    stage.hands.click()
    time.sleep(2.5)


def zoom(stage: Stage) -> None:
    """Sensitive values shown and passwords typed at several zooms of the browser."""
    levels = ((), ("ctrl+plus", 2), ("ctrl+plus", 2), ("ctrl+minus", 6), ("ctrl+0", 1))
    left = stage.count
    for number, level in enumerate(levels):
        size = min(10, left) if number < len(levels) - 1 else left
        left -= size
        shown = stage.canaries(SCRUBBED, size - size // 3, shown=True)
        typed = stage.canaries(["password"], size // 3)
        rows = [(f"Row {place}", canary.value) for place, canary in enumerate(shown)]
        heading = stage.plan.control("pixels")
        inner = form([Field(f"f{place}", "Password", "password") for place in range(len(typed))], heading)
        stage.open(f"/zoom{number}", page("Customers", inner + table(rows)))
        if level:
            stage.tap(str(level[0]), int(level[1]))
            time.sleep(0.8)
        for place, canary in enumerate(typed):
            stage.enter(f"#f{place}")
            stage.type(canary)
            _kept_if_there(stage, f"#f{place}", canary)
        stage.show(2.0)
    stage.tap("ctrl+0")
