"""The policy as a value: what is recorded of which application, and how much of it.

`policy_file` reads it from TOML; `docs/policy.md` explains each field. Everything unknown is out.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.kept import KeyLevel
from understudy.records.recording import Profile

PixelLevel = Literal["tree", "drop"]
"""How an application's pixels are kept: masked by its element tree, or not at all."""

ScrubKind = Literal["email", "card", "phone", "iban", "id", "secret", "name"]
"""Kinds of sensitive text; "id" are identity numbers (social security, passport, tax), mostly told by their label."""


class AppRule(msgspec.Struct, frozen=True, kw_only=True):
    """One application in scope.

    `program` matches the base name of the executable, `app` the class of WM_CLASS, both without case; "" matches any,
    but not both may be "". `urls` are the addresses in scope, empty = the rule doesn't look at addresses; an address
    pattern is a scheme, a host (a leading "*." means any subdomain), an optional port and a path prefix.
    `deny_urls` wins over `urls`. `titles` False keeps no window title. `images` says whether pictures and
    canvases, whose content no tree tells, are shown. `terminal` marks programs in which typed runs are marks only.
    `keyboard_text` True keeps text by the keyboard alone, without an element's evidence (programs without a tree).
    """

    name: str
    program: str = ""
    app: str = ""
    urls: tuple[str, ...] = ()
    deny_urls: tuple[str, ...] = ()
    keys: KeyLevel = "nothing"
    pixels: PixelLevel = "tree"
    titles: bool = True
    images: Literal["keep", "mask"] = "mask"
    terminal: bool = False
    keyboard_text: bool = False


class DenyRule(msgspec.Struct, frozen=True, kw_only=True):
    """An application that is never recorded, whatever the rules above say; matched as in `AppRule`."""

    name: str
    program: str = ""
    app: str = ""
    title: str = ""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The whole policy.

    `sha256` is the hash of the exact file it was read from. `unknown_apps` True (own-work only) records
    applications that no rule names, at `default_keys`. `scrub` are the kinds of sensitive text that are replaced.
    `directory` holds the names of people to replace (exact, without case), read from `directory_file`.
    Hotkeys are keysym names joined by "+", modifiers first ("ctrl+alt+Pause").
    """

    version: int
    profile: Profile
    apps: tuple[AppRule, ...] = ()
    deny: tuple[DenyRule, ...] = ()
    unknown_apps: bool = False
    default_keys: KeyLevel = "nothing"
    scrub: tuple[ScrubKind, ...] = ("email", "card", "phone", "iban", "id", "secret", "name")
    directory: tuple[str, ...] = ()
    retention_days: int = 365
    hotkey_stop: str = "ctrl+alt+shift+q"
    hotkey_pause: str = "ctrl+alt+shift+p"
    sha256: str = ""
