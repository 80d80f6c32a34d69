"""Scenes in other programs: GTK fields, an editor, terminals, a spreadsheet, a PDF."""

from __future__ import annotations

import time

from tests.redteam.canaries import SCRUBBED, Canary
from tests.redteam.papers import csv_of, pdf_of
from tests.redteam.scenes_browser import LABELS
from tests.redteam.site import form, page
from tests.redteam.stage import SIDE_X_PX, GtkForm, Stage

SIDE = (SIDE_X_PX, 60, 450, 420)
ASK = (
    'read -r -s -p "Password: " x; echo; echo "$x" >> "$HEARD"',
    'bash -c \'read -r -s -p "[sudo] password for clerk: " x; echo; echo "$x" >> "$HEARD"\'',
    "python3 -c 'import getpass, os; "
    'x = getpass.getpass("clerk@archive password: "); open(os.environ["HEARD"], "a").write(x)\'',
)
"""Ways in which a terminal asks for a password: a shell, a second shell, a program like ssh. Each tells the file HEARD
what it got."""
SHELL = 'while printf "$ "; IFS= read -r line; do printf "%s\\n" "$line" >> "$HEARD"; eval "$line"; done'


def form_with_controls(stage: Stage, fields: list[dict[str, object]], *, press: bool = False) -> GtkForm:
    """The small GTK program with a harmless remark typed before anything else; `press` its harmless button then."""
    shown = stage.form("Form", [{"id": "remark", "label": "Remark"}, *fields], stage.plan.control("target"))
    stage.enter_field(shown, "remark")
    stage.type_control()
    if press:
        stage.click_at(*shown.point("button"), 0.5)
        time.sleep(0.5)
    return shown


def press_button(stage: Stage, shown: GtkForm) -> None:
    """Press the form's button, whose name is harmless, and close the form."""
    stage.click_at(*shown.point("button"), 0.5)
    time.sleep(0.6)
    stage.end(shown)


def gtk_passwords(stage: Stage) -> None:
    """Hidden GTK entries; every other page is revealed by a button in the middle."""
    for number, size in enumerate(stage.batches(9)):
        hidden = [{"id": f"f{place}", "label": f"Password {place}", "hidden": True} for place in range(size)]
        shown = form_with_controls(stage, hidden)
        planted = stage.canaries(["password"], size)
        for place, canary in enumerate(planted):
            if stage.enter_field(shown, f"f{place}"):
                stage.type(canary)
        time.sleep(0.3)
        if number % 2:
            stage.click_at(*shown.point("reveal"), 0.1)
            stage.show()
        for place, canary in enumerate(planted):
            if shown.value(f"f{place}") != canary.value:
                stage.plan.take_back(canary)
        press_button(stage, shown)


def password_prompts(stage: Stage) -> None:
    """Windows of programs that ask for a password and that no policy names."""
    for number, canary in enumerate(stage.canaries(["password"])):
        answer = stage.desktop.home / f"answer{number}.txt"
        if number % 2:
            command = "exec zenity --password --title Unlock"
        else:
            command = "exec yad --title=Unlock --form --field=Password:H ''"
        prompt = stage.start(["sh", "-c", f"{command} > {answer}"], command.split()[1])
        time.sleep(0.4)
        stage.type(canary)
        stage.tap("Return")
        stage.tell_arrived([canary], answer, 3)
        if prompt.process.poll() is None:
            stage.end(prompt)


def gtk_fields(stage: Stage) -> None:
    """Sensitive values typed into plain GTK entries."""
    for size in stage.batches(9):
        planted = stage.canaries(SCRUBBED, size)
        plain = [{"id": f"f{place}", "label": LABELS[canary.kind]} for place, canary in enumerate(planted)]
        shown = form_with_controls(stage, plain)
        for place, canary in enumerate(planted):
            if stage.enter_field(shown, f"f{place}"):
                stage.type(canary)
            stage.tap("Tab")
            time.sleep(0.4)
        for place, canary in enumerate(planted):
            if shown.value(f"f{place}") != canary.value:
                stage.plan.take_back(canary)
        press_button(stage, shown)


def editor(stage: Stage) -> None:
    """Lines typed into an editor, some sensitive, some harmless; and a file that holds sensitive lines."""
    # So many lines show at once.
    open_there = stage.canaries(SCRUBBED, min(14, stage.count // 3), shown=True)
    notes = stage.desktop.home / "notes.txt"
    heading = stage.plan.control("pixels")
    notes.write_text("\n".join([heading, *(canary.value for canary in open_there)]) + "\n")
    window = stage.start(["mousepad", "--disable-server", str(notes)], "mousepad", (420, 60, 840, 680))
    stage.click_at(*window.at(0.6, 0.9))
    stage.show(2.0)
    stage.tap("ctrl+End")
    typed: list[Canary] = []
    for number, canary in enumerate(stage.canaries(SCRUBBED, stage.count - len(open_there))):
        if number % 8 == 0:
            stage.type_control()
            stage.tap("Return")
            time.sleep(0.4)
        if number % 2:
            stage.hands.type_text("sent to ", 0.01)
        stage.type(canary)
        typed.append(canary)
        stage.tap("Return")
        time.sleep(0.3)
    time.sleep(1.0)
    stage.tap("ctrl+s")
    stage.tell_arrived(typed, notes)
    stage.end(window)


def terminal(stage: Stage) -> None:
    """Commands typed into a terminal, their output shown."""
    title = stage.plan.control("title")
    heard = stage.desktop.home / "heard-echo.txt"
    command = ["env", f"HEARD={heard}", "xterm", "-T", title, "-e", "sh", "-c", SHELL]
    window = stage.start(command, "xterm", (420, 60, 700, 500))
    stage.click_at(*window.at(0.5, 0.5))
    planted = stage.canaries((*SCRUBBED, "phrase"))
    for canary in planted:
        stage.hands.type_text("echo ", 0.01)
        stage.type(canary)
        stage.tap("Return")
        time.sleep(0.1)
    stage.show(1.0)
    stage.tell_arrived(planted, heard)
    stage.end(window)


def hidden_prompts(stage: Stage) -> None:
    """Passwords typed into a terminal that doesn't show them."""
    loop = "while true; do " + "; ".join(ASK) + "; done"
    title = stage.plan.control("title")
    heard = stage.desktop.home / "heard-hidden.txt"
    command = ["env", f"HEARD={heard}", "xterm", "-T", title, "-e", "bash", "-c", loop]
    window = stage.start(command, "xterm", (420, 60, 700, 500))
    stage.click_at(*window.at(0.5, 0.5))
    planted = stage.canaries(["password"])
    for canary in planted:
        time.sleep(0.3)
        stage.type(canary)
        stage.tap("Return")
        # The next prompt is a program of its own that has to start.
        stage.happens(lambda value=canary.value: heard.exists() and value in heard.read_text(errors="replace"), 3.0)
    stage.tell_arrived(planted, heard)
    stage.end(window)


def second_shell(stage: Stage) -> None:
    """A shell started in a shell, and there a prompt that hides what is typed."""
    title = stage.plan.control("title")
    heard = stage.desktop.home / "heard-second.txt"
    tell = f'PROMPT_COMMAND=echo "$x" >> {heard}; x='
    command = ["env", tell, "xterm", "-T", title, "-e", "bash", "--norc"]
    window = stage.start(command, "xterm", (420, 60, 700, 500))
    stage.click_at(*window.at(0.5, 0.5))
    stage.hands.type_text("bash --norc\n", 0.02)
    time.sleep(0.3)
    planted = stage.canaries(["password"])
    for canary in planted:
        stage.hands.type_text("read -s x\n", 0.005)
        time.sleep(0.15)
        stage.type(canary)
        stage.tap("Return")
    stage.tell_arrived(planted, heard)
    stage.end(window)


def spreadsheet(stage: Stage) -> None:
    """A table of sensitive values in a spreadsheet, and more of them typed into its cells."""
    shown = stage.canaries(SCRUBBED, stage.count // 2, shown=True)
    # The sheet itself is a picture that no tree tells of; of its cells only the one chosen is shown elsewhere too.
    words = stage.plan.control("pixels")
    table = stage.desktop.home / "table.csv"
    lines = [(f"Row {place}", canary.value) for place, canary in enumerate(shown)]
    table.write_text(csv_of([(words, "Value"), *lines]))
    window = stage.start(["gnumeric", "--no-splash", str(table)], "gnumeric", (200, 40, 1060, 720))
    stage.show(2.5)
    stage.click_at(*window.at(0.5, 0.6), 0.4)
    stage.show(2.5)
    for number, canary in enumerate(stage.canaries(SCRUBBED, stage.count - len(shown), shown=True)):
        if number % 8 == 0:
            stage.type_control()
            stage.tap("Return")
            time.sleep(0.4)
        stage.type(canary)
        stage.tap("Return")
        time.sleep(0.35)
        if number % 4 == 3:
            stage.sight()
    time.sleep(1.0)
    stage.sight()
    stage.end(window)


def pdf(stage: Stage) -> None:
    """A PDF in a viewer that the policy doesn't name, beside and over a page that it does."""
    heading, button = stage.plan.control("pixels"), stage.plan.control("target")
    stage.open("/pdf", page("Desk", form([], heading, button)))
    for number, size in enumerate(stage.batches(22, shown=True)):
        planted = stage.canaries((*SCRUBBED, "phrase"), size, shown=True)
        paper = stage.desktop.home / f"paper{number}.pdf"
        paper.write_bytes(pdf_of([canary.value for canary in planted]))
        viewer = stage.start(["mupdf", str(paper)], "mupdf", (600, 60, 620, 720))
        stage.show(1.5)
        stage.click("#done", 0.5)
        stage.activate(viewer.window)
        time.sleep(0.5)
        stage.click("h1", 0.5)
        stage.show(1.5)
        stage.end(viewer)
