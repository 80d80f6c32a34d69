"""A small part of the red team on the real desktop: fresh canaries each time, nothing leaks, what is harmless stays.

`make redteam` plays all of it, and searches an export too. The seed is printed when it fails:
`python -m tests.redteam --seed N` makes it again.
"""

from __future__ import annotations

import dataclasses
import secrets
from pathlib import Path

import pytest
from tests.redteam.canaries import Maker
from tests.redteam.groups import GROUPS
from tests.redteam.judging import rows_of
from tests.redteam.playing import play
from tests.redteam.report import verdict

CHANNELS = ("password fields in Chromium", "ordinary fields in Chromium", "shown on pages", "terminal without echo")
EACH = 4


@pytest.mark.desktop
@pytest.mark.timeout(900)
def test_nothing_leaks_and_what_is_harmless_stays(tmp_path: Path) -> None:
    seed = secrets.randbelow(2**31)
    scenes = tuple((name, scene) for group in GROUPS for name, scene in group.scenes if name in CHANNELS)
    part = dataclasses.replace(GROUPS[0], name="part", scenes=scenes)
    plan, found = play(part, Maker(f"{seed} part"), tmp_path / "part", EACH, "", lambda _: None, exports_to=())
    rows = rows_of(plan, found)
    # A picture of a word may be read wrong; that 95 % are kept is for the numbers of the whole suite to show.
    faults = [fault for fault in verdict(rows, fewest=EACH // 2) if "must be" not in fault]
    assert not faults, (f"seed {seed}", faults, [row.lost for row in rows])
    assert [row.channel for row in rows] == list(CHANNELS)
