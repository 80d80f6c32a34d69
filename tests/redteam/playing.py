"""Plays a group of scenes on a desktop of its own, with the real recorder watching."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import TimeoutExpired

from tests.redteam.canaries import Maker
from tests.redteam.groups import GROUPS, Group
from tests.redteam.judging import EXPORTS, Found, judge, rows_of
from tests.redteam.plan import Plan
from tests.redteam.report import Row
from tests.redteam.stage import HEIGHT_PX, WIDTH_PX, SceneFailed, Stage

from benchmarks.driven import Recorder
from understudy.act.desktop import VirtualDesktop
from understudy.act.devtools import BrowserUnavailable
from understudy.redact.policy_file import preset
from understudy.risk.reading import ReadingFailed
from understudy.spool import identity

DIRECTORY_LINE = '# directory_file = "'

IN_SCOPE = """
[[app]]
name = "Red team's form"
app = "redteam-form"

[[app]]
name = "Gnumeric"
program = "gnumeric"
"""
"""Added to the shipped policies: programs that they can't know. What isn't said is the profile's own default."""
BROWSER_IN_SCOPE = """
[[app]]
name = "Desk"
program = "chromium"
urls = ["{site}"]

[[app]]
name = "Editor"
program = "mousepad"
"""
"""What the workplace policy names no program of: it ships without any."""


def policy_of(group: Group, site: str, names: str) -> str:
    """The shipped policy of the group's profile, with the suite's programs and its directory of names."""
    text = preset(group.profile).decode()
    lines = [
        f"directory_file = {json.dumps(names)}" if line.startswith(DIRECTORY_LINE) else line
        for line in text.splitlines()
    ]
    if group.profile == "workplace":
        lines.append(BROWSER_IN_SCOPE.format(site=site))
    return "\n".join([*lines, IN_SCOPE, group.rules])


def play(
    group: Group,
    maker: Maker,
    root: Path,
    count: int,
    only: str,
    say: Callable[[str], None],
    exports_to: Sequence[str] = EXPORTS,
) -> tuple[Plan, Found]:
    """Play a group's scenes (those whose channel holds `only`), `count` canaries each, and search what was written."""
    plan = Plan(maker)
    titles = group.profile == "own-work"
    with (
        VirtualDesktop(WIDTH_PX, HEIGHT_PX) as desktop,
        Stage(desktop, plan, count, titles=titles) as stage,
    ):
        if group.flags is not None:
            stage.start_browser(*group.flags)
        names = root / "names.txt"
        root.mkdir(parents=True, exist_ok=True)
        names.write_text("\n".join(maker.names) + "\n")
        with Recorder(desktop, root, policy=policy_of(group, stage.site.url, str(names))) as recorder:
            # Made beforehand: what is asked for in a workplace can't be answered here.
            identity.create(recorder.home.identity, "none")
            recorder.begin()
            stage.recorder = recorder
            for channel, scene in group.scenes:
                if only not in channel:
                    continue
                say(f"{group.name}: {channel}")
                with plan.playing(channel):
                    try:
                        scene(stage)
                    except (SceneFailed, BrowserUnavailable, AssertionError, OSError) as failure:
                        plan.failed[channel] = f"broke off: {_shortly(failure)}"
                    finally:
                        stage.tidy()
                if recorder.code is not None:
                    raise AssertionError(f"the recorder ended by itself in {channel}: {recorder.said()}")
            stopped = recorder.stop(60)
            if stopped:
                raise AssertionError(f"record ended with {stopped}: {recorder.said()}")
            return plan, judge(plan, recorder, lambda what: say(f"{group.name}: {what}"), exports_to)


def play_group(name: str, *, seed: int, root: Path, each: int, channel: str) -> list[Row]:
    """Play the group called `name` and judge it: its rows. What it plants follows from the seed and the name."""
    group = next(group for group in GROUPS if group.name == name)
    say = functools.partial(print, flush=True)
    try:
        plan, found = play(group, Maker(f"{seed} {name}"), root / name, each, channel, say)
    except (AssertionError, SceneFailed, BrowserUnavailable, OSError, ReadingFailed, TimeoutExpired) as failure:
        # The others' rows are still worth telling; this one fails the run.
        return [Row(name, 0, 0, 0, 0, note=f"could not be played or searched: {_shortly(failure)}")]
    return rows_of(plan, found)


def _shortly(failure: Exception) -> str:
    lines = [line for line in str(failure).splitlines() if line.strip()]
    return lines[0][:200] if len(lines) < 2 else f"{lines[0][:100]} … {lines[-1][:200]}"
