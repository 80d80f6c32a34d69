"""`understudy desk`: a contained X11 desktop in a window, in which one works and everything is recorded."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from understudy.act.desk import Desk
from understudy.act.desktop import DesktopUnavailable
from understudy.capture.choose import display_size
from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.options import IdentityMethod, PolicyFile, ProfileName, TaskWords
from understudy.cli.record import RecordOptions, record_desktop
from understudy.settings import Home

_SIZE = re.compile(r"([1-9][0-9]{2,3})x([1-9][0-9]{2,3})")
_DEFAULT_SIZE = (1280, 800)
_MARGIN_PX = 80
"""Room left on the desktop outside for a panel and the window's own title."""
_TERMINALS = ("x-terminal-emulator", "xterm")
_AT_ONCE_S = 3.0
"""A program that ends sooner than this has failed, or handed its work to a process of its own."""


def register(app: typer.Typer) -> None:
    """Add `desk`."""
    app.command("desk", epilog="Example: understudy desk chromium 'mousepad notes.txt' --task 'note an order'")(desk)


def desk(
    context: typer.Context,
    programs: Annotated[
        list[str] | None, typer.Argument(help="Programs to start in it, each with its arguments in quotes.")
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="Width and height in px, such as 1280x800.", show_default=False)
    ] = None,
    task: TaskWords = "",
    profile: ProfileName = None,
    policy: PolicyFile = None,
    identity_method: IdentityMethod = None,
    seconds_max: Annotated[
        int | None,
        typer.Option("--seconds-max", min=1, help="Stop recording after so many seconds.", show_default=False),
    ] = None,
) -> None:
    """Open a desktop of its own in a window and record what you do in there, and nothing outside it.

    For Wayland sessions, where no program may record another, and for everybody who wants to record in one window only.
    Your files are the same in there; browsers and Electron programs get a profile of their own. Closing the window, or
    the programs that you named, ends it. Without a program it opens a terminal.
    """
    home: Home = context.obj
    console = Console()
    commands = [desk_command(text, os.environ) for text in programs or [_terminal(os.environ)]]
    width_px, height_px = desk_size(size, os.environ)
    options = RecordOptions(
        task=task, profile=profile, policy=policy, identity_method=identity_method, seconds_max=seconds_max
    )
    try:
        with Desk(width_px, height_px, outside=os.environ, profiles=home.root / "desk") as nested:
            work = _Work(nested, commands, console)
            cause = record_desktop(home, nested.env, options, begun=work.start, ended=work.ended)
            if cause != "desktop_gone" and work.going_on:
                work.stay()
    except DesktopUnavailable as missing:
        raise CommandFailed(str(missing)) from None


class _Work:
    """The programs on the desk."""

    def __init__(self, nested: Desk, commands: Sequence[Sequence[str]], console: Console) -> None:
        self._nested, self._commands, self._console = nested, commands, console
        self._watched: dict[str, subprocess.Popen[bytes]] = {}
        self._started_s = 0.0

    def start(self) -> None:
        """Start them: recording has begun."""
        self._started_s = time.monotonic()
        for command in self._commands:
            self._watched[shlex.join(command)] = self._nested.spawn(command)

    def ended(self) -> bool:
        """True when all programs have ended that stayed with us; those that ended at once don't count."""
        early = time.monotonic() - self._started_s < _AT_ONCE_S
        for name in [name for name, process in self._watched.items() if process.poll() is not None]:
            process = self._watched[name]
            if not early:
                continue
            del self._watched[name]
            if process.returncode:
                self._console.print(f"note: {escape(name)} ended at once, with status {process.returncode}")
        return bool(self._watched) and not self.going_on

    @property
    def going_on(self) -> bool:
        """True while a program runs that was started here."""
        return any(process.poll() is None for process in self._watched.values())

    def stay(self) -> None:
        """Recording has ended, the work hasn't: keep the desk open until it is done."""
        try:
            self._console.print("the desk stays open, unrecorded, until you close it; Ctrl+C here closes it now")
            while self._nested.alive and self.going_on:
                time.sleep(0.2)
        except KeyboardInterrupt:
            self._console.print("closed")


def desk_command(text: str, environment: Mapping[str, str]) -> list[str]:
    """A program with its arguments. Raises UsageFault."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageFault(f"program {text!r}: {str(error).lower()}; expected a program with its arguments") from None
    if not words:
        raise UsageFault("an empty program name; expected a program with its arguments, such as 'mousepad notes.txt'")
    if shutil.which(words[0], path=environment.get("PATH")) is None:
        raise UsageFault(f"program {words[0]!r}: not found on this machine; check its name, or install it")
    return words


def _terminal(environment: Mapping[str, str]) -> str:
    for name in _TERMINALS:
        if shutil.which(name, path=environment.get("PATH")) is not None:
            return name
    raise UsageFault(f"no terminal found ({', '.join(_TERMINALS)}): name a program, such as: understudy desk chromium")


def desk_size(given: str | None, environment: Mapping[str, str]) -> tuple[int, int]:
    """The desk's size in px, no larger than the desktop outside. Raises UsageFault, CommandFailed."""
    told = _SIZE.fullmatch(given) if given is not None else None
    if given is not None and told is None:
        raise UsageFault(f"--size {given!r}: expected width and height in px, such as 1280x800")
    wayland = " (a Wayland session needs Xwayland for it)" if environment.get("WAYLAND_DISPLAY") else ""
    if not environment.get("DISPLAY"):
        raise CommandFailed(f"there is no display to open the desk on: DISPLAY is not set{wayland}")
    try:
        outside = display_size(DesktopEnv.from_environment(environment))
    except CaptureUnavailable as missing:
        raise CommandFailed(str(missing)) from None
    if told is not None:
        return int(told[1]), int(told[2])
    width_px, height_px = (
        min(wanted, there - _MARGIN_PX) for wanted, there in zip(_DEFAULT_SIZE, outside, strict=True)
    )
    return max(640, width_px), max(480, height_px)
