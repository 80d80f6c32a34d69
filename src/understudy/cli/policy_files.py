"""Policy files as commands take them: the file, the names it refers to, and the signature that lies beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from understudy.cli.errors import CommandFailed, UsageFault
from understudy.redact.directory import Names, read_names
from understudy.redact.policy import Policy
from understudy.redact.policy_file import MAX_BYTES, read_policy
from understudy.seal.errors import SealError
from understudy.seal.policy_signature import MAX_BYTES as MAX_SIGNATURE_BYTES
from understudy.seal.policy_signature import Statement, check_policy
from understudy.settings import Home
from understudy.spool.names_key import names_key

SIGNATURE_SUFFIX = ".sig"
SIGNERS_FILE = "policy-signers"
"""In the home: the keys of which one must have signed a policy, one a line, each with a name. Absent: none need."""
_MAX_NAMES_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class PolicyInForce:
    """A policy with the exact bytes that it was read from; `signature` is the signature file's text, "" without one."""

    policy: Policy
    text: bytes
    signature: str = ""


@dataclass(frozen=True)
class Signer:
    """A key that a home trusts: Ed25519, hexadecimal, and whose it is."""

    key: str
    name: str


def load_policy(path: Path, home: Home | None = None) -> Policy:
    """The policy in a file, its directory of names read beside it, whoever signed it.

    `home` holds the key of a directory that is kept as hashes; None: its names are counted only.
    Raises PolicyFault (every fault, with lines) for a wrong policy, UsageFault when the file can't be read.
    """
    return _read(path, home)[0]


def policy_in_force(home: Home, path: Path) -> PolicyInForce:
    """The policy to record under: read once, its signature checked where there is one or this home asks for one.

    Raises PolicyFault, UsageFault as `load_policy`, and CommandFailed when the signature doesn't hold.
    """
    policy, text, names = _read(path, home)
    statement, signature = checked_signature(home, path, text, names)
    if statement is None:
        return PolicyInForce(policy, text)
    signed = msgspec.structs.replace(policy, signer=statement.signer, signer_key=statement.public_key)
    return PolicyInForce(signed, text, signature.decode())


def checked_signature(home: Home, path: Path, text: bytes, names: bytes | None) -> tuple[Statement | None, bytes]:
    """What the signature beside a policy says, and its bytes; (None, b"") for a policy that need not be signed."""
    trusted = signers(home)
    signature = signature_beside(path)
    if signature is None:
        if trusted:
            raise CommandFailed(
                f"{path.name} is not signed, and this home takes only policies signed by {_listed(trusted)}; expected "
                f"{path.name}{SIGNATURE_SUFFIX} beside it"
            )
        return None, b""
    try:
        statement = check_policy(text, signature, directory=names)
    except SealError as error:
        raise CommandFailed(f"{path.name}{SIGNATURE_SUFFIX}: {error}; nothing is recorded under it") from None
    if trusted and statement.public_key not in {signer.key for signer in trusted}:
        raise CommandFailed(
            f"{path.name} is signed by {statement.signer} ({statement.public_key[:16]}…), and this home takes only "
            f"policies signed by {_listed(trusted)}"
        )
    return statement, signature


def read_with_names(path: Path) -> tuple[Policy, bytes, bytes | None]:
    """A policy, its exact bytes, and those of the directory of names that it refers to (None: it names none)."""
    return _read(path, None)


def signature_beside(path: Path) -> bytes | None:
    """The signature file of a policy, None when there is none."""
    try:
        with path.with_name(path.name + SIGNATURE_SUFFIX).open("rb") as file:
            return file.read(MAX_SIGNATURE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageFault(f"{path.name}{SIGNATURE_SUFFIX}: can't be read: {error.strerror}") from None


def signers(home: Home) -> list[Signer]:
    """The keys that this home asks for; [] when policies need not be signed."""
    path = home.root / SIGNERS_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        # Unreadable is not the same as absent: rather nothing is recorded.
        raise CommandFailed(f"{path}: can't be read: {error}; expected a key and a name a line") from None
    found = []
    for number, line in enumerate(lines, 1):
        key, _, name = line.strip().partition(" ")
        if not key or key.startswith("#"):
            continue
        if len(key) != 64 or any(character not in "0123456789abcdef" for character in key):
            raise CommandFailed(f"{path}:{number}: {key[:20]!r} is no key; expected 64 hexadecimal digits")
        found.append(Signer(key, name.strip() or "without a name"))
    return found


def _read(path: Path, home: Home | None) -> tuple[Policy, bytes, bytes | None]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageFault(f"{path}: can't read the policy: {error.strerror}; expected a TOML file") from error
    read: list[bytes] = []

    def names(written: str) -> Names:
        with (path.parent / Path(written).expanduser()).open("rb") as file:
            read.append(file.read(_MAX_NAMES_BYTES))
        return read_names(read[-1], source=written, key=None if home is None else names_key(home.keys))

    policy = read_policy(text, source=path.name, names=names)
    return policy, text, read[-1] if read else None


def _listed(trusted: list[Signer]) -> str:
    return " or ".join(f"{signer.name} ({signer.key[:16]}…)" for signer in trusted)
