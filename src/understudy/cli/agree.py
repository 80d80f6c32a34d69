"""Before anything is recorded: the profile, the notice, the consent."""

from __future__ import annotations

import datetime
import secrets
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from understudy.cli.errors import CommandFailed, UsageFault
from understudy.records.consent import Consent, Purpose
from understudy.records.recording import Profile
from understudy.redact.notice import NOTICE_VERSION, notice_text
from understudy.redact.policy import Policy

if TYPE_CHECKING:
    from understudy.catalogue.catalogue import Catalogue

DEMO_CONTRIBUTOR = "demo"
_LANGUAGE = "en"
PURPOSES: dict[Profile, tuple[Purpose, ...]] = {
    "own-work": ("train-own-agent",),
    "workplace": ("train-shared-agent",),
}
"""What a consent is asked for, by profile."""


@dataclass(frozen=True)
class Agreement:
    """A consent that holds, and whether it was given just now."""

    consent: Consent
    new: bool


def ask_profile(console: Console) -> Profile:
    """Ask which of the two profiles applies. Raises UsageFault when nobody can answer."""
    _need_terminal("which profile applies", "--profile own-work or --profile workplace")
    console.print()
    console.print("[bold]Whose recording is this?[/bold]")
    console.print("  [bold]own-work[/bold]   your own machine, your own data: typed text is kept after scrubbing")
    console.print("  [bold]workplace[/bold]  recorded for somebody else: only shapes of text, only named applications")
    while True:
        answer = typer.prompt("profile", default="own-work").strip()
        if answer in ("own-work", "workplace"):
            return "workplace" if answer == "workplace" else "own-work"
        console.print(f"“{escape(answer)}” is neither own-work nor workplace")


def agree(catalogue: Catalogue, contributor: str, policy: Policy, console: Console, *, demo: bool = False) -> Agreement:
    """The consent under which to record: the one on file for this very notice and policy, else one asked for now.

    The notice is shown in full whenever a consent is asked for. Raises UsageFault when nobody can answer,
    CommandFailed when the answer is no: refusing costs nothing and leaves nothing but the absence of a consent.
    """
    text = notice_text(policy)
    sha256 = catalogue.add_notice(text, version=NOTICE_VERSION, language=_LANGUAGE)
    for known in catalogue.consents(contributor):
        if known.holds and known.notice_sha256 == sha256 and known.policy_sha256 == policy.sha256 and not demo:
            return Agreement(known, new=False)
    console.print(Rule("Notice: a demonstration, its contributor is no person" if demo else "Notice", style="cyan"))
    # As it was hashed: not wrapped anew, not marked up.
    console.print(escape(text.rstrip()), highlight=False, soft_wrap=True)
    console.print(Rule(style="cyan"))
    if not demo:
        _ask_consent(console)
    consent = Consent(
        id=secrets.token_hex(16),
        contributor=contributor,
        profile=policy.profile,
        notice_sha256=sha256,
        notice_version=NOTICE_VERSION,
        language=_LANGUAGE,
        purposes=PURPOSES[policy.profile],
        scope=scope_words(policy),
        policy_sha256=policy.sha256,
        retention_days=policy.retention_days,
        given_at=now(),
        method="option" if demo else "typed-yes",
        demo=demo,
    )
    catalogue.add_consent(consent)
    return Agreement(consent, new=True)


def scope_words(policy: Policy) -> tuple[str, ...]:
    """The applications in scope as the consent names them: rule names with what they keep."""
    words = [f"{rule.name} ({rule.keys})" for rule in policy.apps]
    if policy.unknown_apps:
        words.append(f"every other program ({policy.default_keys})")
    return tuple(words)


def now() -> str:
    """Wall time, ISO 8601 with zone."""
    return datetime.datetime.now(datetime.UTC).astimezone().isoformat(timespec="seconds")


def _ask_consent(console: Console) -> None:
    _need_terminal("the consent", "a terminal: a consent is given by a person")
    console.print("Saying no costs nothing; nothing is recorded then. You can withdraw at any time.")
    answer = typer.prompt("Type yes to consent, anything else to refuse", default="no").strip().lower()
    if answer != "yes":
        raise CommandFailed("no consent was given; nothing is recorded")


def _need_terminal(what: str, instead: str) -> None:
    if not sys.stdin.isatty():
        raise UsageFault(f"{what} must be asked, but nobody can answer here; expected {instead}")
