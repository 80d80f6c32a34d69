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
    """An application that is never recorded, whatever the rules above say.

    `program` and `app` match as in `AppRule`; `title` matches where the words stand anywhere in the window's title,
    without case. Every field that isn't "" must match; at least one isn't.
    """

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
    hotkey_forget: str = "ctrl+alt+shift+f"
    sha256: str = ""


TERMINAL_PROGRAMS = frozenset(
    (
        *(
            "alacritty",
            "foot",
            "gnome-terminal",
            "gnome-terminal-server",
            "guake",
            "kgx",
            "kitty",
            "konsole",
            "lxterminal",
        ),
        *(
            "mate-terminal",
            "ptyxis",
            "qterminal",
            "rxvt",
            "st",
            "terminator",
            "terminology",
            "tilix",
            "urxvt",
            "uxterm",
        ),
        *("wezterm", "wezterm-gui", "x-terminal-emulator", "xfce4-terminal", "xterm", "yakuake"),
    )
)
"""Programs (and classes of WM_CLASS), in lower case, that are terminals where a policy doesn't say whether."""

_PASSWORD_PROGRAMS = (
    *("1password", "bitwarden", "bitwarden-desktop", "buttercup", "dashlane", "enpass", "gnome-secrets", "keepass"),
    *("keepass2", "keepassx", "keepassxc", "keepassxc-proxy", "keeper", "keeperpasswordmanager", "kwalletmanager5"),
    *("kwalletmanager", "kwalletd5", "kwalletd6", "lastpass", "nordpass", "passwordsafe", "proton-pass", "pwsafe"),
    *("qtpass", "seahorse", "secrets", "authenticator", "authpass"),
)
_PROMPT_PROGRAMS = (
    *("gcr-prompter", "gksu", "gksudo", "kdesu", "kdesudo", "ksshaskpass", "lxqt-sudo", "pinentry", "pinentry-curses"),
    *("pinentry-gnome3", "pinentry-gtk", "pinentry-gtk-2", "pinentry-qt", "pinentry-qt5", "pinentry-x11"),
    *(
        "pkexec",
        "polkit-gnome-authentication-agent-1",
        "polkit-kde-authentication-agent-1",
        "polkit-mate-authentication-agent-1",
    ),
    *(
        "lxpolkit",
        "lxqt-policykit-agent",
        "xfce-polkit",
        "seahorse-ssh-askpass",
        "ssh-askpass",
        "ksshaskpass",
        "x11-ssh-askpass",
    ),
)
_LOCKER_PROGRAMS = (
    *("gnome-screensaver", "i3lock", "light-locker", "light-locker-locker", "lightdm-gtk-greeter", "mate-screensaver"),
    *("physlock", "slock", "swaylock", "xfce4-screensaver", "xlock", "xscreensaver", "xsecurelock", "xtrlock"),
    *("cinnamon-screensaver", "kscreenlocker_greet", "betterlockscreen"),
)


def _built_in() -> tuple[DenyRule, ...]:
    groups = (
        ("password manager", _PASSWORD_PROGRAMS),
        ("password prompt", _PROMPT_PROGRAMS),
        ("screen locker", _LOCKER_PROGRAMS),
    )
    rules = []
    for name, programs in groups:
        for program in programs:
            rules.append(DenyRule(name=name, program=program))
            rules.append(DenyRule(name=name, app=program))
    return tuple(rules)


BUILT_IN_DENY = _built_in()
"""Never recorded, whatever a policy says; `policy_file` adds these behind the policy's own."""
