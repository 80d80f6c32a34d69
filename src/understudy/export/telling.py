"""Episodes as lines of JSON, one format's words for each step: what all line formats share.

Layout: `trajectories.jsonl`, one episode a line, and `images/STILL.webp`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from understudy.export.scaling import Fit, Picture, Pictures, as_it_is
from understudy.export.story import Source, Story, StoryStep, stories
from understudy.export.unsayable import Unsayable
from understudy.export.written import Written

JSONL = "trajectories.jsonl"
IMAGES = "images"

COMMON_LOSSES = (
    "Cursor paths between actions, dwell and flight times, use of applications, what was dropped and why.",
    "Target elements (role, name, bounds, states): only the sentence that names them is kept.",
    "Times of actions, the age of each picture and how sure each target is.",
    "Typed text of which only shape or timing was kept: the step is left out.",
)
"""What every format that tells actions one by one loses."""

Said = TypeVar("Said")
"""What a format says of one step: code, or a list of actions."""


@dataclass(frozen=True)
class Told(Generic[Said]):
    """A step with the picture before it and what the format says of it."""

    step: StoryStep
    picture: Picture
    said: Said


def write_lines(
    source: Source,
    folder: Path,
    say: Callable[[StoryStep, Picture], Said],
    line: Callable[[Story, Sequence[Told[Said]]], dict[str, Any]],
    *,
    fit: Fit = as_it_is,
    one_size: bool = False,
) -> Written:
    """Write each episode as the object that `line` makes of it. A step that `say` can't tell is left out and counted.

    `say` raises Unsayable with its reason. `one_size`: the format states the screen's size once for an episode, so
    steps on a screen of another size than the first told one's are left out too.
    """
    pictures = Pictures(source, folder / IMAGES, fit)
    left_out: Counter[str] = Counter()
    episodes = steps = 0
    with (folder / JSONL).open("w", encoding="utf-8") as file:
        for story in stories(source):
            told = _told(story, pictures, say, left_out, one_size)
            file.write(json.dumps(line(story, told), ensure_ascii=False) + "\n")
            episodes, steps = episodes + 1, steps + len(told)
    return Written(counts={"episodes": episodes, "steps": steps, "stills": pictures.count}, left_out=dict(left_out))


def _told(
    story: Story,
    pictures: Pictures,
    say: Callable[[StoryStep, Picture], Said],
    left_out: Counter[str],
    one_size: bool,
) -> list[Told[Said]]:
    told: list[Told[Said]] = []
    for step in story.steps:
        try:
            picture = pictures.look(step)
            if one_size and told and told[0].picture.screen != picture.screen:
                raise Unsayable("the screen's size changed, and the format states it once")
            said = say(step, picture)
        except Unsayable as reason:
            left_out[str(reason)] += 1
            continue
        pictures.put(picture)
        told.append(Told(step, picture, said))
    return told
