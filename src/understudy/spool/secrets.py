"""The desktop's secret service (GNOME Keyring, KWallet, KeePassXC), and nothing that only resembles it."""

from __future__ import annotations

import base64
import binascii
import importlib
from typing import Any, Protocol

SERVICE = "understudy"


class SecretServiceUnavailable(Exception):
    """The desktop's secret service can't be used. The message is one line with what to do."""


class SecretStore(Protocol):
    """Keeps 32-byte secrets by name."""

    def put(self, name: str, secret: bytes) -> None:
        """Keep a secret. Raises SecretServiceUnavailable."""

    def get(self, name: str) -> bytes:
        """The secret kept under this name. Raises SecretServiceUnavailable when it isn't there or can't be asked."""

    def remove(self, name: str) -> None:
        """Forget a secret; none of that name is fine. Raises SecretServiceUnavailable."""


class SecretService:
    """The secret service of the session bus, through the package `keyring` (extra `[keyring]`).

    Exactly that backend is asked for: `keyring`'s own choice may fall back to a file in the clear.
    """

    def put(self, name: str, secret: bytes) -> None:
        """See SecretStore."""
        backend, errors = _backend()
        try:
            backend.set_password(SERVICE, name, base64.b64encode(secret).decode())
        except errors as error:
            raise _unavailable(error) from None

    def get(self, name: str) -> bytes:
        """See SecretStore."""
        backend, errors = _backend()
        try:
            kept = backend.get_password(SERVICE, name)
        except errors as error:
            raise _unavailable(error) from None
        if kept is None:
            raise SecretServiceUnavailable(
                "the desktop's secret service no longer holds this contributor's key: restore the keyring it was in"
            )
        try:
            return base64.b64decode(kept, validate=True)
        except binascii.Error:
            raise SecretServiceUnavailable("the entry in the secret service is not a key of ours") from None

    def remove(self, name: str) -> None:
        """See SecretStore."""
        backend, errors = _backend()
        try:
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)
        except errors as error:
            raise _unavailable(error) from None


def _backend() -> tuple[Any, tuple[type[Exception], ...]]:
    """keyring's secret-service backend, and what it and the libraries beneath it raise."""
    try:
        backend = importlib.import_module("keyring.backends.SecretService")
        errors = (
            importlib.import_module("keyring.errors").KeyringError,
            importlib.import_module("secretstorage.exceptions").SecretStorageException,
            importlib.import_module("jeepney.io.common").RouterClosed,
            importlib.import_module("jeepney.wrappers").DBusErrorResponse,
        )
    except ImportError:
        raise SecretServiceUnavailable(
            "the secret service needs the package keyring: pip install 'understudy[keyring]', or use a passphrase"
        ) from None
    return backend.Keyring(), (*errors, OSError, RuntimeError)


def _unavailable(error: Exception) -> SecretServiceUnavailable:
    return SecretServiceUnavailable(
        f"the desktop's secret service doesn't answer ({type(error).__name__}): unlock the keyring, or use a passphrase"
    )
