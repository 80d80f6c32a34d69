"""The policy as a value: what is recorded of which application, and how much of it.

`policy_file` reads it from TOML; `docs/policy.md` explains each field. Everything unknown is out.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from understudy.records.kept import KeyLevel
from understudy.records.recording import Profile
from understudy.redact.directory import Names
from understudy.redact.kinds import BROWSERS, PRESETS_BY_NAME, Category, Preset
from understudy.redact.kinds import TERMINAL_PROGRAMS as TERMINAL_PROGRAMS

PixelLevel = Literal["tree", "ocr", "blur", "drop"]
"""How an application's pixels are kept: masked by its element tree, or by what is read in them (for programs without a
tree), as a coarse mosaic, or not at all."""

ScrubKind = Literal["email", "card", "phone", "iban", "id", "secret", "name"]
"""Kinds of sensitive text; "id" are identity numbers (social security, passport, tax), mostly told by their label."""


CATEGORIES: tuple[Category, ...] = get_args(Category)

CATEGORY_OF_KIND: dict[ScrubKind, str] = {
    "email": "EMAIL",
    "card": "CARD",
    "phone": "PHONE",
    "iban": "IBAN",
    "id": "NATIONAL_ID",
    "secret": "SECRET",
    "name": "NAME",
}
"""What `Policy.categories` calls each kind of `Policy.scrub`; "IP" stands beside them, always on."""


def categories_of(scrub: tuple[ScrubKind, ...], chosen: tuple[Category, ...] = ()) -> frozenset[str]:
    """The categories that are looked for: those of `scrub`, "IP", and the chosen ones."""
    return frozenset((*(CATEGORY_OF_KIND[kind] for kind in scrub), "IP", *chosen))


IRREVERSIBLE = (
    *("send", "send now", "reply all", "delete", "remove", "erase", "discard", "empty trash", "pay", "pay now", "buy"),
    *("buy now", "purchase", "place order", "order now", "check out", "book", "submit", "publish", "post", "share"),
    *("transfer", "withdraw", "unsubscribe", "deactivate", "revoke", "shut down", "restart", "format", "overwrite"),
)
"""Words of buttons and menus after which nothing can be taken back: an agent asks before it presses one."""
IRREVERSIBLE_AT_WORK = (*IRREVERSIBLE, "approve", "reject", "sign", "confirm", "release", "merge", "deploy", "archive")
"""At work what others rely on belongs to them too."""


ThirdParties = Literal["", "mask", "keep"]
"""What is shown of people other than the contributor: masked, kept, or ("") as the kind of application asks for."""


class AppRule(msgspec.Struct, frozen=True, kw_only=True):
    """One application in scope.

    `program` matches the base name of the executable, `app` the class of WM_CLASS, both without case; "" matches any.
    `programs` matches where the executable or the class is one of these. Not all three may be empty. `urls` are the
    addresses in scope, empty = the rule doesn't look at addresses; an address pattern is a scheme, a host (a leading
    "*." means any subdomain), an optional port and a path prefix.
    `deny_urls` wins over `urls`. `titles` False keeps no window title. `images` says whether pictures and
    canvases, whose content no tree tells, are shown. `terminal` marks programs in which typed runs are marks only.
    `keyboard_text` True keeps text by the keyboard alone, without an element's evidence (programs without a tree).
    `third_parties` "mask" covers what is shown of other people: names and pixels of messages, lists and calendars.
    `made_from` is the kind that the rule was made from, "" for rules of the file itself. `addresses` True: nothing is
    recorded before the address is known, since some are never in scope (browsers).
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
    programs: tuple[str, ...] = ()
    third_parties: ThirdParties = ""
    made_from: Preset | Literal["", "unknown_apps"] = ""
    addresses: bool = False

    @property
    def looks_at_addresses(self) -> bool:
        """True when the rule says nothing of a window whose address isn't known."""
        return bool(self.urls or self.deny_urls or self.addresses)


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
    `directory` holds the names to replace, of people and what else `directory_file` lists, as keyed hashes.
    `categories` names all kinds of text that are replaced, those of `scrub` included (see `categories_of`).
    `presets` are the kinds of application that the file names: their rules stand behind the file's own in `apps`, and
    no rule may loosen them. `edition` is what its author calls this version of it, "" when they don't say.
    `irreversible` are the words after which nothing can be taken back: an agent that acts for the person asks before it
    presses what has one in its name, as whole words without case.
    `signer` is who signed it, `signer_key` with which Ed25519 key (hexadecimal), "" where nobody did.
    Hotkeys are keysym names joined by "+", modifiers first ("ctrl+alt+Pause").
    """

    version: int
    profile: Profile
    apps: tuple[AppRule, ...] = ()
    deny: tuple[DenyRule, ...] = ()
    unknown_apps: bool = False
    default_keys: KeyLevel = "nothing"
    scrub: tuple[ScrubKind, ...] = ("email", "card", "phone", "iban", "id", "secret", "name")
    directory: Names = Names()
    retention_days: int = 365
    hotkey_stop: str = "ctrl+alt+shift+q"
    hotkey_pause: str = "ctrl+alt+shift+p"
    hotkey_forget: str = "ctrl+alt+shift+f"
    sha256: str = ""
    categories: frozenset[str] = categories_of(("email", "card", "phone", "iban", "id", "secret", "name"))
    presets: tuple[Preset, ...] = ()
    irreversible: tuple[str, ...] = IRREVERSIBLE
    edition: str = ""
    signer: str = ""
    signer_key: str = ""


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
        ("password manager", PRESETS_BY_NAME["passwords"].programs),
        ("password prompt", _PROMPT_PROGRAMS),
        ("screen locker", _LOCKER_PROGRAMS),
        ("video call", PRESETS_BY_NAME["calls"].programs),
    )
    rules = []
    for name, programs in groups:
        for program in programs:
            rules.append(DenyRule(name=name, program=program))
            rules.append(DenyRule(name=name, app=program))
    rules += [
        DenyRule(name="video call", program="slack", title="huddle"),
        DenyRule(name="video call", app="slack", title="huddle"),
    ]
    return tuple(rules)


BUILT_IN_DENY = _built_in()
"""Never recorded, whatever a policy says; `policy_file` adds these behind the policy's own."""


def is_terminal(rule: AppRule) -> bool:
    """True when a rule names a program that is known as a terminal."""
    return any(name.casefold() in TERMINAL_PROGRAMS for name in (rule.program, rule.app, *rule.programs))


def is_browser(rule: AppRule) -> bool:
    """True when a rule names a program that is known to show any page."""
    return any(name.casefold() in BROWSERS for name in (rule.program, rule.app, *rule.programs))
