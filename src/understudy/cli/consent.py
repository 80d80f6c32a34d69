"""`understudy consent`: see what was consented to, take it back."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from understudy.catalogue.catalogue import Catalogue
from understudy.catalogue.rows import CatalogueError, NotInCatalogue
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.output import print_json
from understudy.records.consent import Consent
from understudy.redact.notice import PURPOSE_WORDS
from understudy.settings import Home

_FEWEST_ID_DIGITS = 4
_JSON = typer.Option("--json", help="Print JSON.")
_METHODS = {
    "typed-yes": "typed yes",
    "option": "by an option",
    "provenance": "by provenance: made elsewhere, imported on the terms that the notice tells",
}


def register(app: typer.Typer) -> None:
    """Add `consent show` and `consent withdraw`."""
    consent = typer.Typer(no_args_is_help=True, help="See the consents on file, or take one back.")
    consent.command("show", epilog="Example: understudy consent show --notice")(show)
    consent.command("withdraw", epilog="Example: understudy consent withdraw")(withdraw)
    app.add_typer(consent, name="consent", epilog="Example: understudy consent show")


def show(
    context: typer.Context,
    consent_id: Annotated[str | None, typer.Argument(help="A consent's id or its beginning (default: all).")] = None,
    notice: Annotated[bool, typer.Option("--notice", help="Print the notice's exact words too.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show the consents on file: what was agreed to, when, on which words, and whether it holds."""
    consents: list[Consent] = []
    words: dict[str, str | None] = {}
    home: Home = context.obj
    # Looking leaves no catalogue behind where nothing was ever recorded.
    if home.catalogue.exists():
        with _catalogue(home) as catalogue:
            consents = catalogue.consents()
            words = {one.notice_sha256: _notice(catalogue, one.notice_sha256) for one in consents} if notice else {}
    chosen = [_by_id(consents, consent_id)] if consent_id else consents
    if as_json:
        print_json([_as_json(one, words.get(one.notice_sha256)) for one in chosen])
        return
    console = Console(highlight=False)
    if not chosen:
        console.print("No consent is on file: the first “understudy record” shows the notice and asks for one.")
    told = chosen if consent_id else _gathered(chosen)
    for index, one in enumerate(told):
        if index:
            console.print()
        _print(console, one)
        alike = sum(_alike(one, each) for each in chosen)
        if one.method == "provenance" and alike > 1:
            console.print(f"One of {alike} like it, a contributor each; --json lists all.")
        if notice:
            text = words[one.notice_sha256]
            console.print()
            console.print(escape(text) if text is not None else "[red]its notice is not in the catalogue[/]")


def withdraw(
    context: typer.Context,
    consent_id: Annotated[
        str | None, typer.Argument(help="A consent's id or its beginning (default: the only one that holds).")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Withdraw every consent that was given and holds.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Take a consent back: a running recording stops within seconds, and nothing more is built from its recordings.

    What was imported on the terms of others is withdrawn one by one, by its id. Recordings stay sealed on this machine
    until `understudy recordings forget` destroys them.
    """
    if everything and consent_id:
        raise UsageFault("--all and a consent's id were both given; expected one of them")
    if as_json and not yes:
        raise UsageFault("--json can't ask; add --yes to withdraw")
    home: Home = context.obj
    if not home.catalogue.exists():
        raise CommandFailed("no consent is on file; there is nothing to withdraw")
    with _catalogue(home) as catalogue:
        chosen = _to_withdraw(catalogue.consents(), consent_id, everything)
        console = Console(highlight=False)
        if not yes:
            for one in chosen:
                _print(console, one)
                console.print()
            if not typer.confirm(f"Withdraw {_counted(chosen)}?", default=False):
                raise CommandFailed("not confirmed; nothing was withdrawn")
        at = datetime.datetime.now(datetime.UTC).astimezone().isoformat(timespec="seconds")
        for one in chosen:
            catalogue.withdraw_consent(one.id, at)
        after = [catalogue.consent(one.id) for one in chosen]
    if as_json:
        print_json([_as_json(one, None) for one in after])
        return
    console.print(f"Withdrew {_counted(chosen)}. Nothing more is recorded or built under it.")
    console.print("What was recorded stays sealed here until you destroy it: understudy recordings forget NAME")


def _catalogue(home: Home) -> Catalogue:
    try:
        return Catalogue.open(home.catalogue)
    except CatalogueError as error:
        raise CommandFailed(str(error)) from error


def _to_withdraw(consents: Sequence[Consent], consent_id: str | None, everything: bool) -> list[Consent]:
    if consent_id:
        one = _by_id(consents, consent_id)
        if not one.holds:
            raise CommandFailed(f"consent {one.id[:8]} was withdrawn already, at {one.withdrawn_at}")
        return [one]
    holding = [one for one in consents if one.holds and one.method != "provenance"]
    if not holding:
        raise CommandFailed("no consent that holds is on file; there is nothing to withdraw")
    if len(holding) > 1 and not everything:
        ids = ", ".join(one.id[:8] for one in holding)
        raise UsageFault(f"{len(holding)} consents hold ({ids}); name one, or withdraw all with --all")
    return holding


def _by_id(consents: Sequence[Consent], beginning: str) -> Consent:
    found = [one for one in consents if one.id.startswith(beginning.lower())]
    if len(beginning) < _FEWEST_ID_DIGITS or len(found) > 1:
        raise UsageFault(f"consent id {beginning!r} is too short to name one; see understudy consent show")
    if not found:
        raise UsageFault(f"no consent {beginning!r} on file; see understudy consent show")
    return found[0]


def _notice(catalogue: Catalogue, sha256: str) -> str | None:
    try:
        return catalogue.notice(sha256)
    except NotInCatalogue:
        return None


def _counted(consents: Sequence[Consent]) -> str:
    return f"consent {consents[0].id[:8]}" if len(consents) == 1 else f"{len(consents)} consents"


def _print(console: Console, consent: Consent) -> None:
    state = "[green]holds[/]" if consent.holds else f"[red]withdrawn[/] at {consent.withdrawn_at}"
    demo = "  (a demonstration's; its contributor is no person)" if consent.demo else ""
    console.print(f"[bold]Consent {consent.id[:8]}[/]  {state}{demo}")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in (
        ("given", f"{consent.given_at}, {_METHODS[consent.method]}"),
        ("by", consent.contributor),
        ("profile", consent.profile),
        ("for", "\n".join(f"{purpose}: {PURPOSE_WORDS[purpose]}" for purpose in consent.purposes)),
        ("scope", "\n".join(consent.scope) or "nothing"),
        ("kept for", f"{consent.retention_days} days"),
        ("notice", f"version {consent.notice_version}, {consent.language}, sha256 {consent.notice_sha256}"),
        ("policy", f"sha256 {consent.policy_sha256}"),
        ("id", consent.id),
    ):
        facts.add_row(name, escape(value))
    console.print(facts)


def _gathered(consents: Sequence[Consent]) -> list[Consent]:
    """Consents given one by one; of those by provenance, which may be hundreds, one for each notice and state."""
    told: list[Consent] = []
    for one in consents:
        if one.method != "provenance" or not any(_alike(one, each) for each in told):
            told.append(one)
    return told


def _alike(one: Consent, other: Consent) -> bool:
    same_terms = one.notice_sha256 == other.notice_sha256 and one.policy_sha256 == other.policy_sha256
    return one.method == other.method and same_terms and one.holds == other.holds


def _as_json(consent: Consent, notice: str | None) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(consent, name) for name in consent.__struct_fields__}
    row["holds"] = consent.holds
    if notice is not None:
        row["notice"] = notice
    return row
