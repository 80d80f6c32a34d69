"""The contributor's own key: made before the first recording of a home, opened for the commands that read."""

from __future__ import annotations

import os
from typing import Literal, cast, get_args

import typer
from rich.console import Console

from understudy.cli.errors import CommandFailed, UsageFault
from understudy.records.recording import Profile
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.identity import Identity
from understudy.spool.secrets import SecretServiceUnavailable

IdentityMethod = Literal["none", "passphrase", "secret-service"]


def make_identity(home: Home, profile: Profile, method: str | None, console: Console) -> None:
    """See that there is a contributor's key, kept by `method` (None: asked for). Raises UsageFault, CommandFailed."""
    if identity.exists(home.identity):
        return
    if method is not None and method not in get_args(IdentityMethod):
        raise UsageFault(f"--identity {method!r}: expected none, passphrase or secret-service")
    chosen = cast("IdentityMethod", method or _ask_identity(profile, console))
    if chosen == "none" and profile == "workplace":
        raise UsageFault("--identity none: in workplace your key must be kept by a passphrase or the secret service")
    try:
        identity.create(
            home.identity,
            chosen,
            ask_passphrase=lambda: str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=True)),
        )
    except SecretServiceUnavailable as missing:
        raise CommandFailed(f"{missing}; choose --identity passphrase instead") from None
    except ValueError as fault:
        raise UsageFault(str(fault)) from None
    if chosen == "none":
        console.print("your key lies in a file without a passphrase: whoever can read your files can open recordings")


def _ask_identity(profile: Profile, console: Console) -> str:
    if not os.isatty(0):
        raise UsageFault("how your key is kept must be asked, but nobody can answer here; expected --identity METHOD")
    console.print()
    console.print("[bold]How shall the key to your recordings be kept?[/bold]")
    console.print(
        "  [bold]passphrase[/bold]      in a file under a passphrase; forgotten, it is gone, and the recordings with it"
    )
    console.print("  [bold]secret-service[/bold]  by your desktop, opened when you log in")
    if profile == "own-work":
        console.print("  [bold]none[/bold]            in a plain file: whoever can read your files can open recordings")
    return str(typer.prompt("key", default="passphrase")).strip()


def open_identity(home: Home) -> Identity:
    """The contributor's key pair, its passphrase asked for. Raises CommandFailed, one line."""
    try:
        return identity.load(home.identity, ask_passphrase=ask_passphrase)
    except identity.NoIdentity:
        raise CommandFailed("nothing is recorded yet; record something first: understudy record") from None
    except (SealError, SecretServiceUnavailable) as error:
        raise CommandFailed(" ".join(str(error).split())) from None


def ask_passphrase() -> str:
    """Ask for the passphrase of the contributor's key, on standard error."""
    return str(typer.prompt("Passphrase of the contributor's key", hide_input=True, err=True))
