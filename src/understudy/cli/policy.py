"""`understudy policy`: check a policy file, print the ones that are shipped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from understudy.cli.errors import UsageFault
from understudy.cli.output import print_json
from understudy.cli.policy_compare import diff, try_
from understudy.cli.policy_files import load_policy as load_policy
from understudy.cli.policy_names import names
from understudy.cli.policy_signing import key, show, sign, trust, verify
from understudy.redact.policy import BUILT_IN_DENY, CATEGORIES, AppRule, Policy
from understudy.redact.policy_compare import PICTURES_TOLD
from understudy.redact.policy_file import (
    PRESETS,
    PROFILES,
    PolicyFault,
    preset,
    remarks,
)


def register(app: typer.Typer) -> None:
    """Add `policy` with its commands."""
    policy = typer.Typer(no_args_is_help=True, help="Check the policy: what is recorded, and how much of it.")
    policy.command("check", epilog="Example: understudy policy check policy.toml")(check)
    policy.command("example", epilog="Example: understudy policy example own-work > policy.toml")(example)
    policy.command("try", epilog="Example: understudy policy try policy.toml 3f2a")(try_)
    policy.command("diff", epilog="Example: understudy policy diff policy.toml stricter.toml")(diff)
    policy.command("show", epilog="Example: understudy policy show 5f1c8a")(show)
    policy.command("key", epilog="Example: understudy policy key privacy.key --name 'Privacy office'")(key)
    policy.command("sign", epilog="Example: understudy policy sign policy.toml --key privacy.key")(sign)
    policy.command("verify", epilog="Example: understudy policy verify policy.toml")(verify)
    policy.command("names", epilog="Example: understudy policy names staff.txt --out staff.names")(names)
    policy.command("trust", epilog="Example: understudy policy trust 3f…c2 --name 'Privacy office'")(trust)
    app.add_typer(policy, name="policy", epilog="Example: understudy policy check policy.toml")


def check(
    file: Annotated[Path, typer.Argument(help="The policy, a TOML file.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a policy file and tell what it would record. Faults are told with their lines (exit code 2)."""
    try:
        policy = load_policy(file)
    except PolicyFault as fault:
        if as_json:
            print_json({"ok": False, "faults": [problem._asdict() for problem in fault.problems]})
            raise typer.Exit(2) from None
        for line in fault.lines()[:-1]:
            print(line, file=sys.stderr)  # noqa: T201
        raise UsageFault(fault.lines()[-1]) from None
    if as_json:
        print_json(_as_json(policy))
    else:
        _show(policy, file)


def example(
    profile: Annotated[str, typer.Argument(help="own-work, workplace or imported.", show_default=False)],
) -> None:
    """Print a shipped policy: safe defaults, a comment on each field. Change it to what you need."""
    for known in PRESETS:
        if profile == known:
            print(preset(known).decode(), end="")  # noqa: T201
            return
    raise UsageFault(f"no example {profile!r}; expected {' or '.join(PROFILES)}, or imported")


def _as_json(policy: Policy) -> dict[str, object]:
    return {
        "ok": True,
        "profile": policy.profile,
        "sha256": policy.sha256,
        "unknown_apps": policy.unknown_apps,
        "default_keys": policy.default_keys,
        "edition": policy.edition,
        "presets": list(policy.presets),
        "scrub": list(policy.scrub),
        "categories": sorted(policy.categories),
        "directory_names": len(policy.directory),
        "retention_days": policy.retention_days,
        "irreversible": list(policy.irreversible),
        "hotkey_stop": policy.hotkey_stop,
        "hotkey_pause": policy.hotkey_pause,
        "apps": [{name: getattr(rule, name) for name in rule.__struct_fields__} for rule in policy.apps],
        "deny": [
            {**{name: getattr(rule, name) for name in rule.__struct_fields__}, "built_in": rule in BUILT_IN_DENY}
            for rule in policy.deny
        ],
        "remarks": list(remarks(policy)),
    }


def _show(policy: Policy, file: Path) -> None:
    console = Console(highlight=False)
    console.print(f"[bold green]✓[/] {escape(str(file))}: policy for [bold]{policy.profile}[/], nothing wrong")
    console.print()
    if policy.apps or policy.unknown_apps:
        console.print(_apps_table(policy))
    else:
        console.print("No application is in scope: nothing would be recorded.")
    console.print()
    own = [rule for rule in policy.deny if rule not in BUILT_IN_DENY]
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    if own:
        facts.add_row("never", escape(", ".join(rule.name for rule in own)))
    groups = ", ".join(dict.fromkeys(f"{rule.name}s" for rule in BUILT_IN_DENY))
    facts.add_row("never, built in", groups)
    if policy.presets:
        facts.add_row("presets", ", ".join(policy.presets))
    chosen = [name.lower().replace("_", " ") for name in CATEGORIES if name in policy.categories]
    facts.add_row("replaced", ", ".join((*policy.scrub, *chosen)) or "nothing")
    facts.add_row("names", f"{len(policy.directory)} from the directory" if policy.directory else "no directory")
    facts.add_row("kept for", f"{policy.retention_days} days")
    facts.add_row("agents ask before", escape(", ".join(policy.irreversible)) or "nothing")
    facts.add_row("hotkeys", f"stop {policy.hotkey_stop}, pause {policy.hotkey_pause}")
    facts.add_row("sha256", policy.sha256)
    if policy.edition:
        facts.add_row("edition", escape(policy.edition))
    for remark in remarks(policy):
        facts.add_row("[yellow]note[/]", escape(remark))
    console.print(facts)


def _apps_table(policy: Policy) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("application", "matches", "typing", "pictures", "titles", "others", "addresses"):
        table.add_column(heading, overflow="fold")
    for rule in policy.apps:
        table.add_row(
            escape(rule.name),
            escape(_matches(rule)),
            _typing(rule),
            _pictures(rule),
            "kept" if rule.titles else "dropped",
            {"mask": "masked", "keep": "shown", "": "by kind"}[rule.third_parties],
            _addresses(rule),
        )
    if policy.unknown_apps:
        table.add_row("every other", "", policy.default_keys, "masked", "kept", "by kind", "all")
    return table


def _matches(rule: AppRule) -> str:
    several = ", ".join(rule.programs[:3]) + (f" or {len(rule.programs) - 3} more" if len(rule.programs) > 3 else "")
    return " and ".join(filter(None, (rule.program, rule.app and f"class {rule.app}", several)))


def _typing(rule: AppRule) -> str:
    words = "marks only" if rule.terminal else str(rule.keys)
    return f"{words}, by keyboard alone" if rule.keyboard_text else words


def _pictures(rule: AppRule) -> str:
    if rule.pixels != "tree":
        return PICTURES_TOLD[rule.pixels]
    return "masked" if rule.images == "mask" else "masked, images shown"


def _addresses(rule: AppRule) -> str:
    """How many addresses are in scope; the file itself lists them."""
    words = f"only {len(rule.urls)}" if rule.urls else "all"
    return f"{words} but {len(rule.deny_urls)}" if rule.deny_urls else words
