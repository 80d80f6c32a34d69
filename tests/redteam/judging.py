"""Looks for the plan's canaries and controls in everything that a recorded group of scenes left behind."""

from __future__ import annotations

import os
import subprocess
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.redteam.canaries import Canary, Control
from tests.redteam.plan import Plan
from tests.redteam.report import Row

from benchmarks.driven import Recorder, understudy
from understudy.build import open_dataset
from understudy.build.grants import grant_self, holder_of
from understudy.build.opening import find_version
from understudy.catalogue import Catalogue
from understudy.records.recording import Recording
from understudy.redact.shape import shape_of
from understudy.risk.leaks import Channel, search_channel
from understudy.risk.matching import Finder, comparable, holds_word
from understudy.risk.reading import Reader
from understudy.risk.written import (
    channels_of_dataset,
    channels_of_files,
    channels_of_recording,
    file_pieces,
    files_under,
    titles_of,
)
from understudy.spool import identity

DATASET = "redteam"
EXPORTS = ("opencua",)
COMMAND_S = 900.0
"""How long a build or an export may take; both look through all texts with other people's finders."""


@dataclass
class Found:
    """What was found of a plan: `leaks` by the canary's id, `kept` controls, `seen` what the real screen showed."""

    leaks: dict[str, set[str]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def leak(self, canary: str, where: str) -> None:
        """Note a leak and where it was."""
        self.leaks.setdefault(canary, set()).add(where)


def judge(plan: Plan, recorder: Recorder, say: Callable[[str], None], exports_to: Sequence[str] = EXPORTS) -> Found:
    """Search everything that the recorder of this plan wrote, the dataset built from it and its exports included."""
    found = Found()
    recording = recorder.recording()
    finder = Finder([canary.sought for canary in plan.canaries])
    reader = Reader()
    _rhythms(plan, recording, found)
    say("building and exporting")
    written = bool(recording.pointer or recording.keys)
    exports = _build(recorder, exports_to) if written else []
    texts: list[str] = []
    for channel in _channels(recorder, recording, exports, reader, built=written):
        say(f"searching: {channel.name}")
        pieces = list(channel.pieces)
        if channel.name == "pictures, read":
            texts += [piece.content for piece in pieces if isinstance(piece.content, str)]
        for leak in search_channel(Channel(channel.name, "", pieces), finder).leaks:
            found.leak(leak.match.secret, f"{channel.name}: {leak.where} ({leak.match.form})")
    say("looking for the controls")
    _controls(plan, recording, "\n".join(texts), found)
    say("looking at what could be seen")
    _sights(plan, finder, found)
    return found


def _channels(
    recorder: Recorder, recording: Recording, exports: Sequence[Path], reader: Reader, *, built: bool
) -> Iterator[Channel]:
    yield from channels_of_recording(recording, reader)
    root = recorder.root
    written = [recorder.home.root, recorder.log, root / "user"]
    yield Channel("files as they lie", "", file_pieces(files_under(*written), root))
    if built:
        yield from channels_of_dataset(open_dataset(recorder.home, DATASET), reader)
    for export in exports:
        yield from channels_of_files(export, reader)


def _build(recorder: Recorder, exports_to: Sequence[str]) -> list[Path]:
    env = {**os.environ, "HOME": str(recorder.root / "user")}
    _run(
        understudy(
            recorder.home.root, "build", DATASET, "--motion", "full", "--timing", "full", env=env, timeout_s=COMMAND_S
        )
    )
    _grant(recorder)
    folders = []
    for name in exports_to:
        folders.append(recorder.root / f"export-{name}")
        _run(
            understudy(
                recorder.home.root,
                "export",
                DATASET,
                "--to",
                name,
                "--out",
                str(folders[-1]),
                env=env,
                timeout_s=COMMAND_S,
            )
        )
    return folders


def _grant(recorder: Recorder) -> None:
    """In a workplace somebody else grants; here it is the suite."""
    with Catalogue.open(recorder.home.catalogue) as catalogue:
        holder = identity.load(recorder.home.identity)
        version = find_version(catalogue, DATASET)
        if not catalogue.grants(version.id, holder_of(holder.public_key)):
            grant_self(catalogue, version, holder)


def _run(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise AssertionError(f"{' '.join(done.args[3:])} failed: {done.stdout[-500:]} {done.stderr[-500:]}")


def _rhythms(plan: Plan, recording: Recording, found: Found) -> None:
    """Keys that were kept while nothing but a canary was typed, and runs that tell how long that took."""
    times = [key.time_ns for key in recording.keys]
    for typed in plan.typed:
        count = bisect_right(times, typed.end_ns) - bisect_left(times, typed.start_ns)
        if count:
            found.leak(typed.canary, f"rhythm: {count} keys were kept of the time in which it was typed")
        for run in recording.text:
            over = run.start_ns < typed.end_ns and run.time_ns > typed.start_ns
            if over and not (run.scrubbed and run.corrections == 0 and run.time_ns == run.start_ns):
                found.leak(typed.canary, "length: a typed run tells when it ended, or what was corrected")


def _controls(plan: Plan, recording: Recording, pictures: str, found: Found) -> None:
    typed = comparable("\n".join(run.text for run in recording.text))
    shapes = Counter(run.text for run in recording.text if run.level == "shape")
    titles = "\n".join(str(piece.content) for piece in titles_of(recording))
    targets = "\n".join({asked.element.name for asked in recording.element if asked.element is not None})
    for control in plan.controls:
        if _is_kept(control, typed, shapes, titles, targets, pictures):
            found.kept.add(control.id)


def _is_kept(control: Control, typed: str, shapes: Counter[str], titles: str, targets: str, pictures: str) -> bool:
    match control.kind:
        case "text":
            shape = shape_of(control.words)
            if comparable(control.words) in typed:
                return True
            shapes[shape] -= 1
            return shapes[shape] >= 0
        case "title":
            return holds_word(titles, control.words)
        case "target":
            return holds_word(targets, control.words)
        case "pixels":
            # Words of one line may be read apart: each must be there.
            return all(holds_word(pictures, word) for word in control.words.split())
    raise ValueError(f"no kind of control: {control.kind}")


def _sights(plan: Plan, finder: Finder, found: Found) -> None:
    reader = Reader()
    for _, text in reader.read(plan.sights):
        found.seen |= {match.secret for match in finder.in_text(text)}


def rows_of(plan: Plan, found: Found) -> list[Row]:
    """The report's rows, a channel each, in the order in which they were played."""
    channels = dict.fromkeys([*(canary.channel for canary in plan.canaries), *plan.failed])
    return [_row(plan, found, channel) for channel in channels]


def _row(plan: Plan, found: Found, channel: str) -> Row:
    planted, unseen = _counted(plan, found, channel)
    leaked = [canary for canary in planted if canary.id in found.leaks]
    controls = [control for control in plan.controls if control.channel == channel]
    return Row(
        channel=channel,
        planted=len(planted),
        leaked=len(leaked),
        controls=len(controls),
        kept=sum(control.id in found.kept for control in controls),
        unseen=unseen,
        where=tuple(
            f"{canary.id} ({canary.kind}): {where}" for canary in leaked for where in sorted(found.leaks[canary.id])
        ),
        lost=tuple(
            f"{control.id} ({control.kind}): {control.words}" for control in controls if control.id not in found.kept
        ),
        note=plan.failed.get(channel, ""),
    )


def _counted(plan: Plan, found: Found, channel: str) -> tuple[list[Canary], int]:
    """The canaries that count, and how many don't: not there, or not to be read. One that leaked counts in any case."""
    of_channel = [canary for canary in plan.canaries if canary.channel == channel]
    counted = [
        canary
        for canary in of_channel
        if canary.id in found.leaks
        or (canary.id not in plan.missing and (canary.id not in plan.shown or canary.id in found.seen))
    ]
    return counted, len(of_channel) - len(counted)
