"""A taught task, performed: its window in front, each step told before it is done, the person asked and obeyed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import typer
import xcffib.xproto
from rich.console import Console
from rich.markup import escape

from understudy.act.agent import END_WORDS, Agent, Intent, Limits, Report, Rules
from understudy.act.agent_eyes import AgentEyes
from understudy.act.agent_front import Front
from understudy.act.replay_hands import Hands
from understudy.act.xtest import XTest
from understudy.capture.choose import make_source
from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import connect, disconnect, next_event
from understudy.cli.errors import CommandFailed
from understudy.cli.teach_task import Taught
from understudy.cli.teach_view import Irreversible, TaskView
from understudy.learn.acting import Policy as Chooser
from understudy.recorder.hotkey_grabs import HotkeyGrabs
from understudy.redact.policy import Policy

WINDOW_S = 5.0
"""How long the task's program is looked for."""


class StopKey:
    """The stop hotkey, grabbed on the X server for as long as the block lasts; `taken` when another program has it."""

    def __init__(self, env: DesktopEnv, hotkey: str) -> None:
        self._env, self._hotkey = env, hotkey
        self._pressed = False

    def __enter__(self) -> StopKey:
        self._connection = connect(self._env)
        self._grabs = HotkeyGrabs(self._connection, {"stop": self._hotkey})
        self.taken = bool(self._grabs.taken)
        return self

    def __exit__(self, *_told: object) -> None:
        disconnect(self._connection)

    def pressed(self) -> bool:
        """True once it was pressed, and from then on."""
        while (event := next_event(self._connection)) is not None:
            if isinstance(event, xcffib.xproto.KeyPressEvent):
                self._pressed = self._pressed or self._grabs.wish(event.detail, event.state) == "stop"
            elif isinstance(event, xcffib.xproto.MappingNotifyEvent):
                self._grabs.follow()
        return self._pressed


@dataclass
class AtTerminal:
    """The person, at the terminal from which the task was started: told a line a step, asked there.

    `asks` False: nobody answers, and whatever would be asked is not done. `back` brings the task's window to the front
    again after a question. `yes` allows what can't be taken back unasked.
    """

    console: Console
    stop: StopKey
    back: Callable[[], None]
    asks: bool
    yes: bool = False
    steps: int = 0

    def tell(self, intent: Intent) -> None:
        """This is about to be done."""
        self.steps = intent.number
        if intent.choice.kind == "stop":
            self.console.print(f"{intent.number:>4}  [dim]nothing more to do[/] {_sure(intent)}")
            return
        sees = f"[dim]of {len(intent.observation.elements)} elements in {escape(_window(intent))}[/]"
        self.console.print(f"{intent.number:>4}  {escape(in_words(intent))} {_sure(intent)} {sees}")

    def stops(self) -> bool:
        """True once the stop hotkey was pressed."""
        return self.stop.pressed()

    def allows(self, intent: Intent, why: Literal["unsure", "irreversible"]) -> bool:
        """Asked at the terminal."""
        if why == "irreversible" and self.yes:
            return True
        reason = "it isn't sure" if why == "unsure" else "this can't be taken back"
        self.console.print(f"{intent.number:>4}  {escape(in_words(intent))} {_sure(intent)}")
        if not self.asks:
            self.console.print(f"      [yellow]not done:[/] {reason}, and nobody is here to be asked")
            return False
        allowed = typer.confirm(f"      {reason}. Do it?", default=False)
        self.back()
        return allowed

    def secret(self, intent: Intent) -> str | None:
        """Asked at the terminal, not shown, typed once and forgotten."""
        if not self.asks:
            self.console.print("      [yellow]not done:[/] a password field, and nobody is here to type into it")
            return None
        told = typer.prompt(
            "      A password field. What to type (Enter alone: nothing)",
            hide_input=True,
            default="",
            show_default=False,
        )
        self.back()
        return str(told) or None


def in_words(intent: Intent) -> str:
    """An intent as the person reads it."""
    choice, target = intent.choice, intent.target
    what = ""
    if target is not None:
        what = f"{target.role} “{target.name}”" if target.name else target.role
    match choice.kind:
        case "type":
            text = "(a secret)" if intent.text is None else f"“{intent.text}”"
            return f"type {text}" + (f" into {what}" if what else "")
        case "hotkey" | "press":
            times = f" ×{choice.count}" if choice.count > 1 else ""
            return f"press {'+'.join(choice.keys)}{times}"
        case "scroll":
            return f"scroll {choice.scroll_y or choice.scroll_x} on {what}"
        case "click":
            button = "" if choice.button in ("", "left") else f"{choice.button}-"
            return f"{button}click {what}"
        case _:
            return f"{choice.kind.replace('_', ' ')} {what}".strip()


def _sure(intent: Intent) -> str:
    percent = round(100 * intent.choice.probability)
    colour = "green" if percent >= 90 else "yellow"
    return f"[{colour}]{percent} %[/]"


def _window(intent: Intent) -> str:
    shown = intent.observation
    return shown.title or shown.app or "the window in front"


@dataclass(frozen=True)
class Performance:
    """What is needed to perform: the task, the policy learnt for it, the desktop, the privacy policy in force."""

    task: Taught
    chooser: Chooser
    env: DesktopEnv
    policy: Policy
    limits: Limits | None = None


def perform(
    wanted: Performance, values: Mapping[str, str], console: Console, *, asks: bool, yes: bool = False
) -> Report:
    """Do the task once with these values; tells how it ended. Raises CommandFailed when it can't even begin."""
    task, env, policy = wanted.task, wanted.env, wanted.policy
    view = TaskView(policy, task.words(values), values)
    with Front(env) as front, StopKey(env, policy.hotkey_stop) as stop:
        _bring(front, task.app)
        console.print(f"[bold]{escape(task.words(values))}[/]", highlight=False)
        how = "Ctrl+C here" if stop.taken else policy.hotkey_stop
        console.print(f"      [dim]{how} stops it[/]")
        person = AtTerminal(console, stop, lambda: _bring(front, task.app), asks, yes)

        def value(text: str) -> str | None:
            for token in view.unknown(text) if asks else ():
                view.know(token, str(typer.prompt(f"      What was typed here when you showed it ({token}) now is")))
                _bring(front, task.app)
            return view.value(text)

        rules = Rules(Irreversible(policy.irreversible), value)
        with (
            AgentEyes(make_source("elements", env), env, view) as eyes,
            XTest(env.display) as xtest,
            Hands(xtest) as hands,
        ):
            try:
                report = Agent(eyes, hands, wanted.chooser, rules, person, wanted.limits).perform(view.task)
            except KeyboardInterrupt:
                hands.let_go()
                report = Report(end="hotkey")
    colour = "green" if report.end == "done" else "yellow"
    console.print(f"      [{colour}]{END_WORDS[report.end]}[/] [dim]({report.seconds:.1f} s)[/]")
    return report


def _bring(front: Front, app: str) -> None:
    deadline = time.monotonic() + WINDOW_S
    while (window := front.topmost(app)) is None:
        if time.monotonic() >= deadline:
            raise CommandFailed(f"{app} isn't open: open it where the task begins, then try again")
        time.sleep(0.1)
    front.bring(window)
