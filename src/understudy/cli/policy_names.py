"""`understudy policy names`: a list of names becomes hashes that only this home can look names up in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from understudy.cli.errors import CommandFailed, UsageFault
from understudy.redact.directory import FILE_HEAD, DirectoryFault, hash_names, names_file, read_lines
from understudy.seal.errors import Tampered
from understudy.settings import Home
from understudy.spool.files import write_new
from understudy.spool.names_key import KEY_NAME, names_key

_MAX_BYTES = 64 * 1024 * 1024


def names(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="Names of people, customers, projects: UTF-8, one a line.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option(help="Where to write the hashes; a policy's directory_file names it.", show_default=False)
    ],
) -> None:
    """Turn a list of names into keyed hashes, so that the list itself is not needed on this machine.

    Recording and importing find the names as before. The key stays in this home; nobody reads a name out of the file,
    and without the key nobody can try names against it either. The list is left where it is: delete it yourself.
    """
    home: Home = context.obj
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageFault(f"{file}: can't be read: {error.strerror}; expected a text file, one name a line") from None
    if len(data) > _MAX_BYTES:
        raise UsageFault(f"{file}: more than {_MAX_BYTES // 2**20} MiB; expected a text file, one name a line")
    if data.startswith(FILE_HEAD):
        raise UsageFault(f"{file}: holds hashes already; expected a text file, one name a line")
    if out.exists() and file.exists() and out.samefile(file):
        raise UsageFault(f"--out {out} is the list itself; expected another file")
    try:
        hashed = hash_names(read_lines(data, source=file.name), key=names_key(home.keys, make=True))
    except DirectoryFault as fault:
        raise UsageFault(str(fault)) from None
    except (Tampered, OSError) as error:
        raise CommandFailed(f"the key {home.keys / KEY_NAME} can't be used: {error}") from None
    if not hashed:
        raise UsageFault(f"{file}: holds no name; expected one name a line")
    try:
        write_new(out, names_file(hashed))
    except OSError as error:
        raise CommandFailed(f"{out}: can't be written: {error.strerror}") from None
    typer.echo(f"{len(hashed)} names hashed into {out}; its key is {home.keys / KEY_NAME}")
    typer.echo(f'In the policy: directory_file = "{out.name}" (a path from the policy\'s folder)')
    typer.echo(f"{file} is not needed any more. Delete it, and its copies, if nothing else needs it.")
