"""The command line as a whole: options that every command has, the list of commands, errors in one line."""

from __future__ import annotations

import importlib
import keyword
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

import understudy
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.settings import Home

COMMANDS = (
    "record",
    "desk",
    "import",
    "recordings",
    "replay",
    "teach",
    "do",
    "build",
    "edit",
    "inspect",
    "export",
    "train",
    "evaluate",
    "risk",
    "audit",
    "policy",
    "consent",
    "doctor",
)
"""Commands in the order in which --help lists them: the modules of this package that register them.

One whose name is a word of Python ("import") is registered by the module with an underscore behind it."""


def default_home() -> Path:
    """Where Understudy keeps its things: $UNDERSTUDY_HOME, else the XDG data folder."""
    if chosen := os.environ.get("UNDERSTUDY_HOME"):
        return Path(chosen).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser().absolute() / "understudy"


# Newer versions of typer carry click inside, older ones take it from outside: its own names lead to either.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
_ClickError: type[Exception] = typer.BadParameter.__mro__[2]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"understudy {understudy.__version__}")
        raise typer.Exit()


def make_app(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands registered."""
    app = typer.Typer(
        name="understudy",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Record your own computer work with consent, redacted before it is written; build datasets from it.",
        epilog="Example: understudy record --task 'file an expense report'",
    )

    @app.callback()
    def root(
        context: typer.Context,
        home: Annotated[
            Path | None, typer.Option(help="Where Understudy keeps its things (default: $UNDERSTUDY_HOME).")
        ] = None,
        version: Annotated[
            bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
        ] = False,
    ) -> None:
        context.obj = Home(home.expanduser().absolute() if home else default_home())

    for name in commands:
        module = f"{name}_" if keyword.iskeyword(name) else name
        register: Callable[[typer.Typer], None] = importlib.import_module(f"understudy.cli.{module}").register
        register(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code and prints errors as one line on standard error."""
    # Only the command that is asked for is imported: `record` needs none of what `build` loads, and the other way.
    named = [argument for argument in arguments if argument in COMMANDS][:1]
    command = typer.main.get_command(make_app(named or COMMANDS))
    try:
        result = command.main(args=list(arguments), prog_name="understudy", standalone_mode=False)
    except typer.Exit as exit_:
        return exit_.exit_code
    except (_UsageError, UsageFault) as fault:
        return _say(fault, 2)
    except (KeyboardInterrupt, typer.Abort):
        return _say("stopped", 1)
    except (_ClickError, CommandFailed) as failure:
        return _say(failure, 1)
    except Exception as error:
        # Understudy's own exceptions carry one line for people, and so do the system's. Anything else is a bug of
        # ours, and its traceback is what mends it.
        if isinstance(error, OSError) or type(error).__module__.startswith("understudy."):
            return _say(error, 1)
        raise
    return result if isinstance(result, int) else 0


def _say(what: Exception | str, code: int) -> int:
    """One line on standard error; returns the exit code."""
    message = what.format_message() if isinstance(what, _ClickError) else str(what)  # type: ignore[attr-defined]
    if message:  # none when help was shown for want of arguments
        print(f"understudy: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    return code
