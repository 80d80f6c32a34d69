"""`understudy inspect`: what a dataset holds, in words, and as a page to look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from understudy.cli.inspect_quality import correction_words, observer_lines, rated
from understudy.cli.opening import note_export, opened
from understudy.cli.output import print_json
from understudy.dataset import Dataset
from understudy.dataset.card import Card, second_pass_words
from understudy.dataset.findings import in_words
from understudy.export.charts import bytes_words, clock, span_words
from understudy.export.report import write_report
from understudy.export.story import Story, stories
from understudy.export.words import REASON_WORDS, short_reason, tell_action, tell_counts
from understudy.records.events import Reason
from understudy.settings import Home


def register(app: typer.Typer) -> None:
    """Add `inspect`."""
    app.command("inspect", epilog="Example: understudy inspect orders --html orders.html")(inspect)


def inspect(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The dataset's name.", metavar="NAME")],
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write one self-contained page to this file, in the clear.", metavar="FILE"),
    ] = None,
    version: Annotated[int | None, typer.Option("--version", help="The version's number (default: newest).")] = None,
    most: Annotated[int, typer.Option("--steps", min=0, help="Most steps to print.")] = 60,
    observer: Annotated[
        bool,
        typer.Option("--observer", help="Only whether work changed after recording began: of a group, or your own."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with all steps.")] = False,
) -> None:
    """Tell what a dataset holds: its steps in words, what was removed and why, levels and sizes."""
    home: Home = context.obj
    with opened(home, name, version) as dataset:
        if observer:
            _print_observer(home, name, dataset, as_json=as_json)
            return
        told = list(stories(dataset))
        if html is not None:
            note_export(home, dataset, "report")
            write_report(dataset, html.absolute())
        if as_json:
            print_json(_as_json(name, dataset, told, html))
        else:
            _print(Console(highlight=False), name, dataset, told, most)
            if html is not None:
                # Paths stay whole, so that they can be copied.
                Console(highlight=False, soft_wrap=True).print(
                    f"\nThe page: {escape(str(html.absolute()))} ({bytes_words(html.stat().st_size)}). "
                    "It is a copy in the clear."
                )


def _as_json(name: str, dataset: Dataset, told: list[Story], html: Path | None) -> dict[str, Any]:
    card, manifest, ratings = dataset.card, dataset.manifest, rated(dataset)
    return {
        "dataset": name,
        "version": manifest.number,
        "revision": manifest.revision,
        "purpose": manifest.purpose,
        "second_pass": manifest.second_pass,
        "second_pass_found": manifest.second_pass_found,
        "motion": manifest.motion,
        "timing": manifest.timing,
        "demo": manifest.demo,
        "policies_sha256": _policies(dataset),
        "recordings": card.recordings,
        "contributors": card.contributors,
        "recorded_s": card.recorded_s,
        "stills": card.stills,
        "kinds": card.kinds,
        "applications_s": card.apps,
        "dropped": [{"what": what, "reason": reason, "count": count} for (reason, what), count in card.dropped.items()],
        "withheld_text": card.withheld_text,
        "grounded": card.grounded,
        "bytes": dict(_sizes(dataset)),
        "min_quality": manifest.min_quality,
        "below_quality": manifest.below_quality,
        "quality_median": card.findings.median,
        "corrections": card.findings.corrections,
        "splits": card.findings.splits,
        "episodes": [
            {
                "id": story.id,
                "task": story.task,
                "start_ms": story.start_ms,
                "end_ms": story.end_ms,
                "cause": story.cause,
                "quality": ratings[story.id].quality,
                "quality_parts": ratings[story.id].parts,
                "template": ratings[story.id].template,
                "steps": [
                    {
                        "index": step.index,
                        "kind": step.action.kind,
                        "words": tell_action(step.action, step.target),
                        "at_ms": step.action.start_ns // 1_000_000,
                        "app": step.app,
                        "still_id": step.still_id,
                        "frame_age_ms": step.frame_age_ms,
                        "target_confidence": step.target_confidence,
                        "correction": ratings[story.id].corrections.get(step.index),
                    }
                    for step in story.steps
                ],
            }
            for story in told
        ],
        "html": None if html is None else str(html.absolute()),
    }


def _print(console: Console, name: str, dataset: Dataset, told: list[Story], most: int) -> None:
    card, manifest, ratings = dataset.card, dataset.manifest, rated(dataset)
    demo = ", of a demonstration" if manifest.demo else ""
    console.print(f"[bold]{escape(name)}[/bold], version {manifest.number}, revision {manifest.revision}{demo}")
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Recorded", f"{span_words(card.recorded_s)} in {card.recordings} recording(s)")
    facts.add_row("Episodes", f"{card.episodes} with {card.steps} steps, {card.stills} pictures")
    facts.add_row("Actions", tell_counts([step.action.kind for story in told for step in story.steps]) or "none")
    facts.add_row(
        "Applications", escape(", ".join(f"{app} {span_words(seconds)}" for app, seconds in card.apps.items())) or "–"
    )
    facts.add_row("Targets", f"known for {card.grounded} of {card.steps} steps")
    policies = _policies(dataset)
    facts.add_row("Policies", f"sha256 {', '.join(f'{one[:16]}…' for one in policies)}" if policies else "–")
    for heading, lines in in_words(manifest, card.findings).items():
        facts.add_row(heading, escape("\n".join(lines)))
    facts.add_row("Purpose", manifest.purpose)
    facts.add_row("Second pass", second_pass_words(manifest).removesuffix("."))
    facts.add_row("Levels", f"motion {manifest.motion}, timing {manifest.timing}")
    sizes = _sizes(dataset)
    listed = ", ".join(f"{what} {bytes_words(size)}" for what, size in sizes.items())
    facts.add_row("Size", f"{bytes_words(sum(sizes.values()))}: {listed}" if sizes else "–")
    console.print(facts)
    left = most
    for story in told:
        if left <= 0:
            break
        console.print(f"\n[bold]{escape(story.task or 'Work without a named task')}[/bold]")
        if words := ratings[story.id].words:
            console.print(f"  [dim]{words}[/dim]")
        for step in story.steps[:left]:
            at = clock(story.start_ms + step.action.start_ns / 1_000_000)
            slip = correction_words(ratings[story.id].corrections.get(step.index))
            line = f"  [dim]{at:>8}[/dim]  {escape(tell_action(step.action, step.target))}"
            console.print(f"{line}  [yellow]{slip}[/yellow]" if slip else line)
        left -= len(story.steps)
    if left < 0 or (left == 0 and card.steps > most):
        console.print(f"  … and {card.steps - most} more: --steps {card.steps}, or --html FILE")
    _print_removed(console, card)


def _print_observer(home: Home, name: str, dataset: Dataset, *, as_json: bool) -> None:
    lines = observer_lines(home, dataset)
    if as_json:
        print_json({"dataset": name, "version": dataset.manifest.number, "observer_effect": lines})
        return
    console = Console(highlight=False)
    console.print(f"[bold]{escape(name)}[/bold], version {dataset.manifest.number}: observer effect")
    for line in lines:
        console.print(f"  {escape(line)}")


def _policies(dataset: Dataset) -> list[str]:
    """The policies that its recordings were made under, by hash; `understudy policy show` prints each."""
    return list(dict.fromkeys(episode["policy_sha256"] for episode in dataset.episodes()))


def _print_removed(console: Console, card: Card) -> None:
    console.print("\n[bold]Removed before anything was written[/bold]")
    if not card.dropped and not card.withheld_text:
        console.print("  nothing")
    if card.withheld_text:
        console.print(f"  {card.withheld_text} typed text(s) without their words")
    for (reason, what), count in card.dropped.items():
        known = cast(Reason, reason)
        console.print(f"  {count} × {what or 'something'} ({short_reason(known)}): {REASON_WORDS[known]}")


def _sizes(dataset: Dataset) -> Mapping[str, int]:
    """Bytes on disk by content, all parts together, largest first."""
    sizes: dict[str, int] = {}
    for part in dataset.manifest.parts:
        for file in part.files:
            sizes[file.content] = sizes.get(file.content, 0) + file.bytes
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))
