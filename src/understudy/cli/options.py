"""Options that several commands take: each told, and shown in `--help`, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProfileName = Annotated[
    str | None, typer.Option("--profile", help="own-work or workplace; asked at the first run.", show_default=False)
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="The policy file (default: the one in the home).", show_default=False),
]
Consent = Annotated[str, typer.Option("--consent", help="ask, or demo: only on a virtual desktop without a person.")]
IdentityMethod = Annotated[
    str | None,
    typer.Option("--identity", help="How your key is kept: none, passphrase or secret-service.", show_default=False),
]
TaskWords = Annotated[str, typer.Option("--task", help="What you are about to do, in a sentence.")]
