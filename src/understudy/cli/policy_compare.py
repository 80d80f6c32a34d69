"""`understudy policy try` and `diff`: what a policy would keep, and what a changed one changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.output import print_json
from understudy.cli.own_key import open_identity
from understudy.cli.policy_files import load_policy
from understudy.cli.recording_ids import find_recording
from understudy.pipeline.reduce import reduce
from understudy.records.recording import Recording
from understudy.redact.directory import Directory
from understudy.redact.policy import Policy
from understudy.redact.policy_compare import Change, compare
from understudy.redact.policy_file import PolicyFault
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import kinds_of
from understudy.redact.trial import AppTrial, Finder, Tally, trial
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyGone, KeyStore
from understudy.spool.reader import read_recording

SAME, STRICTER, LOOSER = 0, 3, 4
"""Exit codes of `policy diff`: nothing changes; something does, and nothing gets looser; something gets looser."""
_JSON = typer.Option("--json", help="Print JSON.")
_ONLY_NARROWED = (
    "A recording can only be narrowed: what its own policy dropped is gone, and titles that weren't kept deny nothing."
)


def try_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The policy, a TOML file.", show_default=False, metavar="FILE")],
    recording: Annotated[str, typer.Argument(help="The recording's id, or its beginning.", metavar="RECORDING")],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show what a policy would keep of a recording that you have: kept, narrowed and dropped, with the reasons.

    Nothing is changed. It needs your own key, and what the recording's own policy dropped can't be brought back.
    """
    home: Home = context.obj
    policy = _policy(file, home)
    recording_id = find_recording(home, recording)
    whole = _recording(home, recording_id)
    apps = trial(policy, whole, reduce(whole), _finder(policy))
    if as_json:
        print_json(
            {
                "recording": recording_id,
                "policy_sha256": policy.sha256,
                "recorded_under": whole.info.policy_sha256,
                "applications": [_app_json(app) for app in apps],
            }
        )
        return
    console = Console(highlight=False)
    console.print(f"[bold]{escape(file.name)}[/] on recording {recording_id[:8]}")
    console.print(_ONLY_NARROWED, style="dim")
    for app in apps:
        _print_app(console, app)
    if not apps:
        console.print("\nThe recording holds nothing to look at.")


def diff(
    before: Annotated[Path, typer.Argument(help="A policy.", show_default=False, metavar="BEFORE")],
    after: Annotated[Path, typer.Argument(help="The one it is compared with.", show_default=False, metavar="AFTER")],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Tell what changes between two policies, by what they decide: looser, stricter, for each program and address.

    Exit code 0: they mean the same; 3: something changes, nothing gets looser; 4: something gets looser.
    """
    changes = compare(_policy(before), _policy(after))
    looser = any(change.direction == "looser" for change in changes)
    if as_json:
        print_json({"same": not changes, "looser": looser, "changes": [msgspec.to_builtins(one) for one in changes]})
    else:
        _print_changes(Console(highlight=False), changes)
    raise typer.Exit(LOOSER if looser else STRICTER if changes else SAME)


def _policy(file: Path, home: Home | None = None) -> Policy:
    try:
        return load_policy(file, home)
    except PolicyFault as fault:
        raise UsageFault(f"{fault}; all of them: understudy policy check {file}") from None


def _recording(home: Home, recording_id: str) -> Recording:
    own = open_identity(home)
    try:
        private_key = KeyStore(home.keys).unwrap(recording_id, own)
        device = identity.device(home.identity).public_key
        return read_recording(home.spool / recording_id, private_key, device_public_key=device, on_damage="skip")
    except (KeyGone, SealError) as error:
        raise CommandFailed(str(error)) from None


def _finder(policy: Policy) -> Finder:
    scrubber = Scrubber(kinds_of(policy.categories), Directory(policy.directory))

    def find(text: str, label: str) -> Sequence[str]:
        return [hit.kind for hit in scrubber.hits(text, label=label)]

    return find


def _app_json(app: AppTrial) -> dict[str, object]:
    return {
        "application": app.application,
        "site": app.site,
        "rule": app.rule,
        **{
            what: {"kept": tally.kept, "narrowed": dict(tally.narrowed), "dropped": dict(tally.dropped)}
            for what, tally in _tallies(app).items()
        },
        "policy_keeps_more_than_recorded": app.more,
    }


def _tallies(app: AppTrial) -> dict[str, Tally]:
    return {"actions": app.actions, "texts": app.texts, "targets": app.targets, "pictures": app.pictures}


def _print_app(console: Console, app: AppTrial) -> None:
    site = f" at {app.site}" if app.site else ""
    rule = f": {app.rule}" if app.rule else ": nothing kept"
    console.print(f"\n[bold]{escape(app.application + site)}[/]{escape(rule)}")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "kept", "narrowed", "dropped", "because"):
        table.add_column(heading, justify="right" if heading in ("kept", "narrowed", "dropped") else "left")
    for what, tally in _tallies(app).items():
        narrowed, dropped = tally.narrowed.total(), tally.dropped.total()
        if tally.kept or narrowed or dropped:
            reasons = "; ".join(
                f"{reason} ({count})" for reason, count in (tally.narrowed + tally.dropped).most_common()
            )
            table.add_row(f"  {what}", str(tally.kept), str(narrowed or "–"), str(dropped or "–"), escape(reasons))
    console.print(table)
    if app.more:
        console.print(f"  {app.more} typed text(s) of which the policy would keep more than was recorded", style="dim")


def _print_changes(console: Console, changes: Sequence[Change]) -> None:
    if not changes:
        console.print("They mean the same: nothing that is recorded changes.")
        return
    style = {"looser": "red", "stricter": "green", "other": "dim"}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "where", "what", "before", "after"):
        table.add_column(heading, overflow="fold")
    for change in changes:
        table.add_row(
            f"[{style[change.direction]}]{change.direction}[/]",
            *(escape(text) for text in (change.where, change.what, change.before, change.after)),
        )
    console.print(table)
