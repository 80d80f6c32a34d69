"""`understudy replay`: a recording's actions once more, on a desktop of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from understudy.act.desktop import DesktopUnavailable, VirtualDesktop
from understudy.act.replay import Pace, Replay, ReplayStopped
from understudy.act.replay_eyes import Eyes
from understudy.act.replay_hands import Hands
from understudy.act.replay_plan import TOKEN, Planned, plan
from understudy.act.replay_windows import Stage
from understudy.act.xtest import XTest
from understudy.capture.choose import make_source
from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.output import print_json
from understudy.cli.own_key import open_identity
from understudy.cli.recording_ids import find_recording
from understudy.export.words import REASON_WORDS, tell
from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.records.geometry import Rect
from understudy.records.recording import Recording
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyGone, KeyStore
from understudy.spool.reader import read_recording
from understudy.spool.recordings import recording_now

_SCREEN = Rect(0, 0, 1280, 800)
"""For a recording that told no screen."""
_BROWSER = "chromium"
EMPTY_EDITORS: Mapping[str, tuple[str, ...]] = {"mousepad": ("mousepad", "--disable-server")}
"""Programs that are started without being named with --program, and how: each with nothing opened."""


def register(app: typer.Typer) -> None:
    """Add `replay`."""
    app.command("replay", epilog='Example: understudy replay 3f2a --program "mousepad notes.txt"')(replay_command)


def replay_command(
    context: typer.Context,
    recording_id: Annotated[str, typer.Argument(help="The recording's id, or its beginning.", metavar="RECORDING")],
    program: Annotated[
        list[str] | None,
        typer.Option("--program", help="Start this program first; repeatable.", metavar="COMMAND"),
    ] = None,
    page: Annotated[
        str | None, typer.Option("--page", help="Start Chromium here, not at the recorded address.", metavar="URL")
    ] = None,
    fill: Annotated[
        list[str] | None,
        typer.Option(
            "--fill",
            help="Type this for a token (EMAIL_1) or at a step (7) whose text isn't in the recording; asks without "
            "showing it when no value is given. Repeatable.",
            metavar="NAME[=VALUE]",
        ),
    ] = None,
    display: Annotated[
        str | None,
        typer.Option(
            "--display", help="Replay on this X display instead of a desktop of its own; asks first.", metavar=":N"
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --display: don't ask.")] = False,
    only_plan: Annotated[bool, typer.Option("--plan", help="Only tell the steps; start and do nothing.")] = False,
    longest_pause_s: Annotated[
        float, typer.Option("--longest-pause", min=0.0, help="Cut longer pauses to this many seconds.")
    ] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Do a recording's actions once more with real X events, on a private virtual desktop.

    Each step waits for its window and its element. Where something typed isn't in the recording because it was
    removed, the replay stops and says so (code 1).
    """
    home: Home = context.obj
    recording_id = _found(home, recording_id)
    recording = _opened(home, recording_id)
    planned = _planned(recording, fill or ())
    report = _Report(recording_id, as_json)
    if not planned:
        raise CommandFailed(f"recording {recording_id[:8]} holds no action to replay")
    if only_plan:
        for item in planned:
            report.step(item)
        report.end(None)
        return
    wanted = _Wanted(tuple(_command(one) for one in program or ()), page, display)
    if display is not None and not yes:
        typer.confirm(
            f"Replay moves the pointer and types on display {display}, which may be the one you see. Go on?", abort=True
        )
    try:
        with _desktop(wanted, planned, _screen(recording)) as env, ExitStack() as stack:
            stage = stack.enter_context(Stage(env.display))
            eyes = stack.enter_context(Eyes(make_source("elements", env)))
            hands = stack.enter_context(Hands(stack.enter_context(XTest(env.display))))
            Replay(stage, eyes, hands, Pace(longest_pause_s=longest_pause_s)).perform(planned, report.step)
    except ReplayStopped as stopped:
        report.end(stopped)
        raise CommandFailed(str(stopped)) from None
    except (CaptureUnavailable, DesktopUnavailable) as error:
        raise CommandFailed(str(error)) from None
    report.end(None)


# --- the recording ---------------------------------------------------------------------------------------------------


def _found(home: Home, given: str) -> str:
    """The one recording whose id begins as given, which is not being recorded now."""
    found = find_recording(home, given)
    if found == recording_now(home.spool):
        raise CommandFailed(f"recording {found[:8]} is being recorded now: stop the recorder first")
    return found


def _opened(home: Home, recording_id: str) -> Recording:
    own = open_identity(home)
    try:
        key = KeyStore(home.keys).unwrap(recording_id, own)
        device = identity.device(home.identity).public_key
        return read_recording(home.spool / recording_id, key, device_public_key=device)
    except (KeyGone, SealError) as error:
        raise CommandFailed(" ".join(str(error).split())) from None


def _screen(recording: Recording) -> Rect:
    return recording.window[0].screen if recording.window else _SCREEN


def _planned(recording: Recording, fill: Sequence[str]) -> list[Planned]:
    steps = ground(recording, reduce(recording))

    def made(fills: Mapping[str, str]) -> list[Planned]:
        return plan(recording, steps, fills, tell=tell, reason_words=REASON_WORDS)

    bare = made({})
    # A token may be wanted at several steps, and a step may be filled in whole instead of its tokens.
    known = {name for item in bare for name in item.needs} | {str(item.number) for item in bare if item.missing}
    fills: dict[str, str] = {}
    for one in fill:
        name, given, value = one.partition("=")
        name = name.strip("<>")
        if name not in known:
            needed = ", ".join(sorted(known)) or "nothing"
            raise UsageFault(f"--fill {name}: this recording wants {needed} filled in (--plan shows its steps)")
        fills[name] = value if given else str(typer.prompt(f"What to type for {name}", hide_input=True, err=True))
    return made(fills) if fills else bare


# --- the desktop -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wanted:
    """What the person asked for: commands to start, a page, a display (None: one of the replay's own)."""

    programs: tuple[tuple[str, ...], ...]
    page: str | None
    display: str | None


def _command(given: str) -> tuple[str, ...]:
    """The words of a command; those that are files here become absolute, since the program starts elsewhere."""
    try:
        words = shlex.split(given)
    except ValueError as error:
        raise UsageFault(f"--program {given!r} is no command: {error}") from None
    if not words:
        raise UsageFault("--program needs a command, such as --program 'mousepad notes.txt'")
    return (words[0], *(str(Path(word).absolute()) if Path(word).exists() else word for word in words[1:]))


@contextmanager
def _desktop(wanted: _Wanted, planned: Sequence[Planned], screen: Rect) -> Iterator[DesktopEnv]:
    """The desktop to replay on, the programs started; what was started on an own desktop ends with it."""
    if wanted.display is not None:
        if wanted.page is not None:
            raise UsageFault("--page starts a browser on the replay's own desktop: open the page yourself on --display")
        for command in wanted.programs:
            _start_on(wanted.display, command)
        yield replace(DesktopEnv.from_environment(os.environ), display=wanted.display)
        return
    commands, page, app_mode = _starts(wanted, planned)
    with VirtualDesktop(screen.width, screen.height) as desktop:
        if page is not None:
            desktop.chromium(page, app_mode=app_mode)
        for command in commands:
            try:
                desktop.spawn(command)
            except OSError as error:
                raise CommandFailed(f"--program {command[0]}: it can't be started: {error.strerror}") from None
        address = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        yield DesktopEnv(display=desktop.display, session_bus_address=address, locale=desktop.env["LANG"])


def _start_on(display: str, command: Sequence[str]) -> None:
    try:
        subprocess.Popen(
            command,
            env={**os.environ, "DISPLAY": display},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandFailed(f"--program {command[0]}: it can't be started: {error.strerror}") from None


def _starts(wanted: _Wanted, planned: Sequence[Planned]) -> tuple[list[tuple[str, ...]], str | None, bool]:
    """(commands, page or None, page without an address bar) to start so that every step has its program."""
    commands, page, app_mode = list(wanted.programs), wanted.page, True
    named = {Path(command[0]).name for command in commands}
    used = {window.program or window.app.lower(): item for item in reversed(planned) if (window := item.window)}
    for program, item in used.items():
        if program == _BROWSER and program not in named:
            page = page or _page(item)
            app_mode = not (item.window is not None and item.window.title.endswith(" - Chromium"))
        elif program in EMPTY_EDITORS and program not in named:
            commands.append(EMPTY_EDITORS[program])
        elif program not in named:
            raise UsageFault(f"the recording uses {program}: say how to start it, --program '{program} …'")
    return commands, page, app_mode


def _page(item: Planned) -> str:
    """The address that the recording's browser showed at its first step there."""
    url = (item.window.url if item.window else "") or (item.step.url if item.step else "")
    if not url or TOKEN.search(url):
        raise UsageFault("the recording uses a browser, but not the whole address of its page is kept: give --page URL")
    return url


# --- what is said ----------------------------------------------------------------------------------------------------


class _Report:
    """Tells the steps as they come, or all at the end as JSON."""

    def __init__(self, recording_id: str, as_json: bool) -> None:
        self._recording_id, self._as_json = recording_id, as_json
        self._told: list[Planned] = []
        self._console = Console(highlight=False, soft_wrap=True)

    def step(self, item: Planned) -> None:
        """One step is about to be done."""
        self._told.append(item)
        if not self._as_json:
            missing = f"  [dim](not in the recording: {', '.join(item.needs)})[/dim]" if item.missing else ""
            self._console.print(f"{item.number:>4}  {escape(item.words)}{missing}")

    def end(self, stopped: ReplayStopped | None) -> None:
        """All was done, or it stopped."""
        if not self._as_json:
            return
        print_json(
            {
                "recording": self._recording_id,
                "done": stopped is None,
                "stopped": None if stopped is None else {"step": stopped.number, "reason": str(stopped)},
                "steps": [
                    {
                        "number": item.number,
                        "kind": item.step.action.kind if item.step else "type",
                        "words": item.words,
                        "missing": item.missing,
                        "needs": list(item.needs),
                    }
                    for item in self._told
                ],
            }
        )
