"""Who the contributor and the device are on this machine: their own keys.

`contributor.key` holds the contributor's public half in the clear, so that recording needs no passphrase, and the
private half by one of three methods: in the file as it is (`none`), under a passphrase, or in the desktop's secret
service. `device.key` signs what this machine records. Both are private to their user (0600 in a folder 0700).

    0   12  preamble, magic UNDRIDN
    12   1  method: 0 none, 1 passphrase, 2 secret service; then three zeros
    16  32  public key
    48   ..  none: the private key (32); passphrase: as `seal.passphrase` (108); secret service: the entry's name (16)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from understudy.seal.errors import CutShort, SealError, Tampered, WrongKey
from understudy.seal.keys import KEY_BYTES, DeviceSigner, new_pair, public_of
from understudy.seal.layout import (
    DEVICE_MAGIC,
    IDENTITY_MAGIC,
    PREAMBLE_BYTES,
    check_preamble,
    preamble,
)
from understudy.seal.passphrase import Cost, lock, unlock
from understudy.spool.files import make_folder, write_new
from understudy.spool.secrets import SecretService, SecretStore

CONTRIBUTOR_NAME = "contributor.key"
DEVICE_NAME = "device.key"
HEADER_BYTES = PREAMBLE_BYTES + 4 + KEY_BYTES

Method = Literal["none", "passphrase", "secret-service"]
METHODS: tuple[Method, ...] = ("none", "passphrase", "secret-service")
AskPassphrase = Callable[[], str]


class NoIdentity(Exception):
    """There is no contributor's key here yet."""


class ForgottenPassphrase(WrongKey):
    """The passphrase doesn't open the contributor's key. The message says what is lost and what isn't."""


@dataclass(frozen=True)
class Identity:
    """The contributor's key pair, opened."""

    public_key: bytes
    private_key: bytes = field(repr=False)


def create(
    folder: Path,
    method: Method = "none",
    *,
    ask_passphrase: AskPassphrase | None = None,
    secrets: SecretStore | None = None,
    cost: Cost | None = None,
) -> Identity:
    """Make the contributor's key pair and keep it by `method`.

    `ask_passphrase` is called once for "passphrase"; `secrets` is the store for "secret-service" (None: the
    desktop's own). Raises FileExistsError when there is one already, SecretServiceUnavailable, ValueError for an
    empty passphrase.
    """
    path = folder / CONTRIBUTOR_NAME
    if path.exists():
        raise FileExistsError(f"{path} is there already: what was sealed to it would be lost")
    pair = new_pair()
    match method:
        case "none":
            tail = pair.private
        case "passphrase":
            if ask_passphrase is None:
                raise ValueError("a key under a passphrase needs somebody to ask for it")
            tail = lock(pair.private, ask_passphrase(), cost)
        case "secret-service":
            tail = os.urandom(16)
            (secrets or SecretService()).put(tail.hex(), pair.private)
        case _:
            raise ValueError(f"unknown method {method!r}: expected one of {', '.join(METHODS)}")
    make_folder(folder)
    header = preamble(IDENTITY_MAGIC) + bytes([METHODS.index(method), 0, 0, 0]) + pair.public
    write_new(path, header + tail)
    return Identity(pair.public, pair.private)


def load(folder: Path, *, ask_passphrase: AskPassphrase | None = None, secrets: SecretStore | None = None) -> Identity:
    """The contributor's key pair.

    Raises NoIdentity, ForgottenPassphrase, SealError (no passphrase can be asked for, or the file is damaged),
    SecretServiceUnavailable.
    """
    data = _read(folder)
    public, tail = data[PREAMBLE_BYTES + 4 : HEADER_BYTES], data[HEADER_BYTES:]
    match method(folder):
        case "none":
            private = tail
        case "passphrase":
            if ask_passphrase is None:
                raise SealError("the contributor's key is under a passphrase: it has to be asked for")
            try:
                private = unlock(tail, ask_passphrase())
            except WrongKey:
                raise ForgottenPassphrase(
                    f"the passphrase doesn't open {folder / CONTRIBUTOR_NAME}. Nothing can recover a forgotten one: "
                    "recordings sealed to it stay closed, but can still be verified and forgotten, and after moving "
                    "that file away the next recording begins with a new key"
                ) from None
        case "secret-service":
            private = (secrets or SecretService()).get(tail.hex())
        case other:
            raise ValueError(f"unknown method {other!r}")
    if len(private) != KEY_BYTES or public_of(private) != public:
        raise Tampered(f"{folder / CONTRIBUTOR_NAME}: the two halves of the key don't belong together")
    return Identity(public, private)


def exists(folder: Path) -> bool:
    """True when there is a contributor's key."""
    return (folder / CONTRIBUTOR_NAME).exists()


def method(folder: Path) -> Method:
    """How the private half is kept. Raises NoIdentity."""
    number = _read(folder)[PREAMBLE_BYTES]
    if number >= len(METHODS):
        raise Tampered(f"{folder / CONTRIBUTOR_NAME}: unknown method {number}")
    return METHODS[number]


def public_key(folder: Path) -> bytes:
    """The contributor's public half, which needs no passphrase. Raises NoIdentity."""
    return _read(folder)[PREAMBLE_BYTES + 4 : HEADER_BYTES]


def device(folder: Path) -> DeviceSigner:
    """This device's signing key, made at first use. Raises SealError when its file is damaged."""
    path = folder / DEVICE_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        make_folder(folder)
        signer = DeviceSigner.generate()
        write_new(path, preamble(DEVICE_MAGIC) + signer.seed)
        return signer
    check_preamble(data, DEVICE_MAGIC)
    if len(data) != PREAMBLE_BYTES + KEY_BYTES:
        raise Tampered(f"{path} has {len(data)} bytes, not {PREAMBLE_BYTES + KEY_BYTES}")
    return DeviceSigner(data[PREAMBLE_BYTES:])


def _read(folder: Path) -> bytes:
    path = folder / CONTRIBUTOR_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NoIdentity(f"no contributor's key in {folder}: the first understudy record makes one") from None
    check_preamble(data, IDENTITY_MAGIC)
    if len(data) < HEADER_BYTES:
        raise CutShort(f"{path} has {len(data)} bytes, fewer than the {HEADER_BYTES} of its header")
    return data
