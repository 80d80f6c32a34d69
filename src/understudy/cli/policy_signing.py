"""`understudy policy key`, `sign`, `verify`, `trust` and `show`: who stands for a policy, and what it was."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from understudy.catalogue import Catalogue
from understudy.cli.agree import now
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.output import print_json, print_list
from understudy.cli.policy_files import (
    SIGNATURE_SUFFIX,
    SIGNERS_FILE,
    checked_signature,
    read_with_names,
    signers,
)
from understudy.redact.policy import Policy
from understudy.redact.policy_file import PolicyFault
from understudy.seal.errors import SealError
from understudy.seal.keys import DeviceSigner
from understudy.seal.passphrase import lock, unlock
from understudy.seal.policy_signature import sign_policy
from understudy.settings import Home

_FILE = typer.Argument(help="The policy, a TOML file.", show_default=False, metavar="FILE")
_JSON = typer.Option("--json", help="Print JSON.")


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """The signing key as it lies in its file: `seed` hexadecimal, or `locked` base64 under a passphrase."""

    understudy_policy_key: int
    name: str
    public_key: str
    seed: str = ""
    locked: str = ""


def key(
    file: Annotated[Path, typer.Argument(help="Where to write the key; keep it to yourself.", metavar="KEYFILE")],
    name: Annotated[str, typer.Option(help="Whose key it is, as recordings shall name it.")],
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the key unprotected in its file.")
    ] = False,
) -> None:
    """Make a key to sign policies with, and print its public half: that is what a home is told to trust."""
    if not name.strip() or not name.isprintable() or len(name) > 120:
        raise UsageFault("--name: expected 1 to 120 printable characters")
    signer = DeviceSigner.generate()
    told = _KeyFile(understudy_policy_key=1, name=name.strip(), public_key=signer.public_key.hex())
    if no_passphrase:
        told = msgspec.structs.replace(told, seed=signer.seed.hex())
    else:
        passphrase = str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=True, err=True))
        try:
            told = msgspec.structs.replace(told, locked=base64.b64encode(lock(signer.seed, passphrase)).decode())
        except ValueError as fault:
            raise UsageFault(str(fault)) from None
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageFault(f"{file}: can't be written: {error.strerror}; expected a path where nothing is yet") from None
    with os.fdopen(descriptor, "wb") as target:
        target.write(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    typer.echo(told.public_key)


def sign(
    file: Annotated[Path, _FILE],
    key_file: Annotated[Path, typer.Option("--key", help="The key, as policy key wrote it.", metavar="KEYFILE")],
) -> None:
    """Sign a policy as it stands, with the names that it refers to: the signature goes beside it, in FILE.sig."""
    policy, text, names = _policy(file)
    name, signer = _open_key(key_file)
    signature = sign_policy(text, directory=names, edition=policy.edition, signer=name, signed_at=now(), key=signer)
    target = file.with_name(file.name + SIGNATURE_SUFFIX)
    try:
        target.write_bytes(signature)
    except OSError as error:
        raise CommandFailed(f"{target}: can't be written: {error.strerror}") from None
    typer.echo(
        f"{target.name}: {file.name} {_edition(policy.edition)}signed by {name} ({signer.public_key.hex()[:16]}…)"
    )


def verify(context: typer.Context, file: Annotated[Path, _FILE], as_json: Annotated[bool, _JSON] = False) -> None:
    """Check a policy's signature, as record does: 0 when it holds, 1 when it doesn't or the policy is not signed."""
    home: Home = context.obj
    policy, text, names = _policy(file)
    statement, _ = checked_signature(home, file, text, names)
    if statement is None:
        raise CommandFailed(f"{file.name} is not signed; understudy policy sign {file.name} --key KEYFILE signs it")
    trusted = bool(signers(home))
    if as_json:
        print_json({**msgspec.to_builtins(statement), "trusted": trusted})
        return
    typer.echo(f"{file.name} {_edition(policy.edition)}is what {statement.signer} signed on {statement.signed_at}")
    typer.echo(f"key {statement.public_key}" + ("" if trusted else ": this home asks for no key (policy trust)"))


def trust(
    context: typer.Context,
    public_key: Annotated[
        str | None, typer.Argument(help="A public key, as policy key printed it.", metavar="[KEY]", show_default=False)
    ] = None,
    name: Annotated[str, typer.Option(help="Whose key it is.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Trust the key no longer.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Ask for signed policies: with a key, record under no policy that none of the trusted keys signed.

    Without KEY, list the keys. When the last one is removed, policies need not be signed any more.
    """
    home: Home = context.obj
    known = {signer.key: signer.name for signer in signers(home)}
    if public_key is None:
        rows = [{"key": one, "name": whose} for one, whose in known.items()]
        empty = "No key is asked for: policies need not be signed."
        print_list(rows, as_json=as_json, columns={"key": "Key", "name": "Whose"}, empty=empty)
        return
    one = public_key.strip().lower()
    if len(one) != 64 or any(character not in "0123456789abcdef" for character in one):
        raise UsageFault(f"{public_key[:20]!r} is no key; expected the 64 hexadecimal digits that policy key printed")
    if remove:
        if known.pop(one, None) is None:
            raise UsageFault(f"the key {one[:16]}… is not trusted here; policy trust lists those that are")
    else:
        if not name.isprintable() or len(name) > 120:
            raise UsageFault("--name: expected at most 120 printable characters")
        known[one] = name.strip() or known.get(one, "without a name")
    _write_signers(home, known)
    typer.echo(f"policies must be signed by: {', '.join(known.values())}" if known else "policies need not be signed")


def show(
    context: typer.Context,
    sha256: Annotated[str, typer.Argument(help="The policy's hash, or its beginning.", metavar="SHA256")],
) -> None:
    """Print the exact policy that a hash means, as recordings and consents name it."""
    home: Home = context.obj
    given = sha256.strip().lower()
    if len(given) < 6 or any(character not in "0123456789abcdef" for character in given):
        raise UsageFault(f"{sha256!r}: expected at least 6 hexadecimal digits of the policy's hash")
    if not home.catalogue.exists():
        raise UsageFault(f"no policy with the hash {given[:12]} was recorded under: this home has recorded nothing yet")
    with Catalogue.open(home.catalogue) as catalogue:
        found = catalogue.policies(given)
    if len(found) != 1:
        what = "give more digits" if found else "it was never recorded under in this home"
        raise UsageFault(f"{len(found)} policies have a hash that begins with {given[:12]}: {what}")
    typer.echo(found[0].text.decode(errors="replace"), nl=False)


def _write_signers(home: Home, known: dict[str, str]) -> None:
    path = home.root / SIGNERS_FILE
    try:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not known:
            path.unlink(missing_ok=True)
            return
        fresh = path.with_name(path.name + ".new")
        fresh.write_text("".join(f"{one} {whose}\n" for one, whose in known.items()), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise CommandFailed(f"{path}: can't be written: {error.strerror}") from None


def _policy(file: Path) -> tuple[Policy, bytes, bytes | None]:
    try:
        return read_with_names(file)
    except PolicyFault as fault:
        raise UsageFault(f"{fault}; all of them: understudy policy check {file}") from None


def _open_key(path: Path) -> tuple[str, DeviceSigner]:
    try:
        told = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
        if told.locked:
            passphrase = str(typer.prompt("Passphrase of the signing key", hide_input=True, err=True))
            signer = DeviceSigner(unlock(base64.b64decode(told.locked), passphrase))
        else:
            signer = DeviceSigner(bytes.fromhex(told.seed))
    except OSError as error:
        raise UsageFault(f"{path}: can't be read: {error.strerror}; expected a key made by policy key") from None
    except SealError as error:
        raise CommandFailed(str(error)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        raise UsageFault(f"{path}: no signing key; expected a file made by policy key") from None
    return told.name, signer


def _edition(edition: str) -> str:
    return f"edition {edition} " if edition else ""
