"""What the person at the terminal is told and asked while a task is performed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from understudy.act.agent import Intent
from understudy.cli import teach_perform
from understudy.cli.teach_perform import AtTerminal, in_words
from understudy.learn.acting import Choice, Observation, Shown
from understudy.records.geometry import Rect

SAVE = Shown(role="push button", name="Save [draft]")
SCREEN = Observation(elements=(SAVE,), bounds=Rect(0, 0, 1, 1), title="Order form")


class Key:
    def pressed(self) -> bool:
        return False


def intent(choice: Choice, target: Shown | None = SAVE, text: str | None = "") -> Intent:
    return Intent(3, choice, SCREEN, target, text)


def terminal(*, asks: bool = False, yes: bool = False) -> tuple[AtTerminal, io.StringIO, list[str]]:
    out, back = io.StringIO(), []
    console = Console(file=out, width=120, highlight=False)
    return AtTerminal(console, Key(), lambda: back.append("front"), asks, yes), out, back  # type: ignore[arg-type]


def test_each_step_is_a_line() -> None:
    person, out, _ = terminal()
    person.tell(intent(Choice(kind="click", element=0, button="left", probability=0.974)))
    told = " ".join(out.getvalue().split())
    assert told == "3 click push button “Save [draft]” 97 % of 1 elements in Order form"


@pytest.mark.parametrize(
    ("choice", "text", "words"),
    [
        (Choice(kind="click", button="right"), "", "right-click push button “Save [draft]”"),
        (
            Choice(kind="type", text="<EMAIL_1>"),
            "a@example.org",
            "type “a@example.org” into push button “Save [draft]”",
        ),
        (Choice(kind="type", text="x"), None, "type (a secret) into push button “Save [draft]”"),
        (Choice(kind="hotkey", keys=("ctrl", "s")), "", "press ctrl+s"),
        (Choice(kind="press", keys=("Tab",), count=2), "", "press Tab ×2"),
        (Choice(kind="double_click"), "", "double click push button “Save [draft]”"),
    ],
)
def test_steps_in_words(choice: Choice, text: str | None, words: str) -> None:
    assert in_words(intent(choice, text=text)) == words


def test_without_anybody_to_ask_nothing_is_allowed() -> None:
    person, out, back = terminal()
    assert not person.allows(intent(Choice(kind="click", probability=0.2)), "unsure")
    assert not person.allows(intent(Choice(kind="click")), "irreversible")
    assert person.secret(intent(Choice(kind="type"), text=None)) is None
    assert out.getvalue().count("not done") == 3 and back == []


def test_yes_is_for_what_cannot_be_taken_back_alone() -> None:
    person, _, _ = terminal(yes=True)
    assert person.allows(intent(Choice(kind="click")), "irreversible")
    assert not person.allows(intent(Choice(kind="click", probability=0.2)), "unsure")


def test_after_a_question_the_tasks_window_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    person, _, back = terminal(asks=True)
    monkeypatch.setattr(teach_perform.typer, "confirm", lambda _words, default: not default)
    monkeypatch.setattr(teach_perform.typer, "prompt", lambda _words, **_how: "told")
    assert person.allows(intent(Choice(kind="click", probability=0.2)), "unsure")
    assert person.secret(intent(Choice(kind="type"), text=None)) == "told"
    assert back == ["front", "front"]
