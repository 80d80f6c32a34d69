"""The notice: what a person is shown before they consent, made from the policy in force, in plain words.

Deterministic: the same policy gives the same text, whose SHA-256 (UTF-8) goes into the consent.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from understudy.records.consent import Purpose
from understudy.records.kept import KeyLevel
from understudy.records.recording import Profile
from understudy.redact.kinds import Category
from understudy.redact.policy import BUILT_IN_DENY, AppRule, Policy, ScrubKind
from understudy.redact.shown import PICTURES

NOTICE_VERSION = "4"
"""Raised whenever the fixed words below change; consents name it beside the text's hash."""
LANGUAGES = ("en",)
"""BCP 47 tags of the languages in which there is a notice."""
WIDTH = 78
"""Longest line, characters."""
MAX_LINES = 60
"""What a person reads before they consent; the words for programs in scope are grouped to stay within it."""
_MOST_APPS = 12
"""Most applications listed one by one; more are told by name alone, so that the notice stays readable."""

_TYPING: dict[KeyLevel, str] = {
    "text": "typed text, cleaned of what is sensitive",
    "shape": "only the shape of typed text (“Aaa 99”)",
    "timing": "only that keys went down, and when",
    "nothing": "nothing of what is typed",
}
_KINDS: dict[ScrubKind, str] = {
    "email": "e-mail addresses",
    "card": "card numbers",
    "phone": "phone numbers",
    "iban": "IBANs",
    "id": "identity numbers",
    "secret": "passwords and keys that show in text",
    "name": "names",
}
_CATEGORIES: dict[Category, str] = {
    "DATE_OF_BIRTH": "dates of birth",
    "ADDRESS": "postal addresses",
    "HEALTH": "words about health",
    "PAYROLL": "amounts of pay",
}
PURPOSE_WORDS: dict[Purpose, str] = {
    "train-own-agent": "to train and test an agent of your own, on machines of your choice",
    "train-shared-agent": "to train and test an agent that others use too",
}
"""What each purpose means, as the notice says it."""
PROFILE_PURPOSES: dict[Profile, tuple[Purpose, ...]] = {
    "own-work": ("train-own-agent",),
    "workplace": ("train-shared-agent",),
}
"""The purposes that a notice names where the caller names none."""


def notice_text(
    policy: Policy,
    *,
    contributor: str = "",
    recipient: str = "",
    purposes: tuple[Purpose, ...] | None = None,
    language: str = "en",
) -> str:
    """The notice for a policy: lines of at most WIDTH characters, MAX_LINES of them unless the policy itself is long.

    `contributor` is the pseudonym to name, "" to name none. `recipient` says for whom it is recorded in `workplace`
    ("" = "your organisation"). `purposes` None: the profile's own. Raises ValueError for a language without a notice.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no notice in language {language!r}; there is {', '.join(LANGUAGES)}")
    own = policy.profile == "own-work"
    whom = "for yourself" if own else f"for {recipient or 'your organisation'}"
    known_as = f" You appear in it as “{contributor}”, never by your name." if contributor else ""
    sections: list[tuple[str, list[str]]] = [
        (
            "What this is",
            [
                f"Understudy records how you work on this computer, {whom}, so that a computer-use agent can learn "
                f"the work. It records only between start and stop, and a visible sign says so all the while.{known_as}"
            ],
        ),
        ("What is recorded", _recorded(policy)),
        (
            "What is never recorded",
            [
                "• Password fields, password managers, password prompts, a locked screen, video calls: neither keys "
                "nor pixels.",
                _others(policy),
                "• Every program not named above, and every address where only some are: no key, no title, no picture."
                if not policy.unknown_apps
                else "• What the policy denies, even in programs named above.",
                *_denied(policy),
                "• Sound, the clipboard, the camera, files that you don’t open.",
                _replaced(policy),
            ],
        ),
        (
            "Where it is kept",
            [
                "On this computer, in your own folder, sealed (encrypted) before it reaches the disk. Nothing is sent "
                "anywhere by itself. "
                + (
                    "You hold the key."
                    if own
                    else "It leaves only after an approval, sealed, to holders of a grant that ends and is logged."
                ),
                f"It is to be deleted after {_days(policy.retention_days)}.",
            ],
        ),
        (
            "What it is for",
            [
                *(f"• {PURPOSE_WORDS[purpose]}" for purpose in purposes or PROFILE_PURPOSES[policy.profile]),
                "Nothing else, and never to rate, compare or supervise a person.",
            ],
        ),
        (
            "What you can do at any time",
            [
                f"• pause or go on: {policy.hotkey_pause}      • stop: {policy.hotkey_stop}, or Ctrl+C",
                f"• have the last 5 minutes forgotten, while it records: {policy.hotkey_forget}",
                "• see what was kept: understudy recordings show NAME",
                "• delete a recording and its key: understudy recordings forget NAME",
                "• take this consent back: understudy consent withdraw",
                "Withdrawing stops a running recording within seconds; no dataset is built from your recordings then. "
                "Saying no, now or later, has no disadvantage for you"
                + ("." if own else ", and Understudy tells nobody."),
            ],
        ),
        (
            "What Understudy can’t protect you from",
            [
                "Sensitive text that no rule knows may stay in. Where they aren’t covered, other people’s words on "
                "your screen may be recorded: pause when in doubt. The machine’s administrator, malicious software, a "
                "camera pointed at the screen, and swap on an unencrypted disk are beyond it. Recordings are not "
                "anonymous: how somebody moves and types can tell who they are.",
            ],
        ),
    ]
    lines: list[str] = []
    for title, paragraphs in sections:
        lines += ["", title.upper()] if lines else [title.upper()]
        for paragraph in paragraphs:
            hanging = "  " if paragraph.startswith("•") else ""
            lines += textwrap.wrap(paragraph, WIDTH, subsequent_indent=hanging, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def _recorded(policy: Policy) -> list[str]:
    lines = [
        "Pointer movements and clicks, windows, the buttons and fields you use, and pictures of the screen, in:",
    ]
    rules = list(policy.apps)
    if len(rules) <= _MOST_APPS:
        lines += [f"• {rule.name}: {_level(rule)}" for rule in rules]
    else:
        by_level: dict[str, list[str]] = {}
        for rule in rules:
            by_level.setdefault(_level(rule, most_urls=0), []).append(rule.name)
        lines += [f"• {_listed(names)}: {level}" for level, names in by_level.items()]
    if policy.unknown_apps:
        lines.append(f"• every other program that isn’t denied: {_TYPING[policy.default_keys]}")
    if len(lines) == 1:
        return ["Nothing yet: the policy names no application."]
    return lines


def _level(rule: AppRule, *, most_urls: int = 2) -> str:
    """What a rule keeps, in words; addresses beyond `most_urls` are counted."""
    parts = ["nothing of what is typed" if rule.terminal and not rule.keyboard_text else _TYPING[rule.keys]]
    if rule.keyboard_text:
        parts.append("even where no field confirms it")
    if rule.pixels != "tree":
        parts.append(PICTURES[rule.pixels])
    elif rule.images == "keep":
        parts.append("images in it are shown")
    if not rule.titles:
        parts.append("no window titles")
    if rule.urls:
        more = len(rule.urls) - most_urls
        shown = [*rule.urls[:most_urls], *([f"{more} more"] if more > 0 else [])]
        parts.append(f"only at {_listed(shown)}" if most_urls else "only at the addresses that the policy names")
    return "; ".join(parts)


def _denied(policy: Policy) -> list[str]:
    """The policy's own denials by name; the built-in ones have their line already."""
    names = [rule.name for rule in policy.deny if rule not in BUILT_IN_DENY]
    names += ["banks and wallets"] if "banking" in policy.presets else []
    names += ["some addresses"] if any(rule.deny_urls for rule in policy.apps) else []
    return [f"• Denied by the policy: {_listed(_few(names))}."] if names else []


def _others(policy: Policy) -> str:
    """What is shown of other people; said of programs that keep it, too."""
    kept = [rule.name for rule in policy.apps if rule.third_parties == "keep"]
    masked = [rule.name for rule in policy.apps if rule.third_parties == "mask" and not rule.made_from]
    places = ["mail", "chat", "calendars", "personnel and health programs", *masked]
    told = f"• Other people in {_listed(_few(places))}: their names and messages are covered in text and pictures."
    return f"{told} Not in {_listed(_few(kept))}." if kept else told


def _replaced(policy: Policy) -> str:
    kinds = [_KINDS[kind] for kind in policy.scrub]
    kinds += ["IP addresses"] if "IP" in policy.categories else []
    kinds += [words for category, words in _CATEGORIES.items() if category in policy.categories]
    if not kinds:
        return "Nothing is replaced by placeholders: the policy turns that off."
    told = f"Replaced by placeholders before anything is written: {_listed(kinds)}."
    return told if policy.scrub else f"{told} The policy turns the rest off: passwords and card numbers that show stay."


def _few(names: list[str], most: int = 10) -> list[str]:
    unique = list(dict.fromkeys(names))
    return unique if len(unique) <= most else [*unique[:most], f"{len(unique) - most} more"]


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
