"""How many people share what could single them out: k-anonymity of a dataset's quasi-identifiers. Pure.

A quasi-identifier is what others may know of somebody without being told here: which programs they use, how large
their screen is. Whoever shares it with nobody can be found by it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

QUASI = {
    "applications": "the programs used",
    "screens": "the sizes of the screens",
    "product": "the versions of Understudy",
    "policy": "the policies in force",
    "notice": "the notices shown",
    "recordings": "how many recordings there are of somebody",
}
UNTOLD = {
    "hours": "no table tells a wall-clock time, so neither hours nor days",
    "layout and locale": "keyboard layout and language are in no table",
}
"""What else tells people apart, and why it is not counted here."""


@dataclass(frozen=True)
class Shared:
    """One quasi-identifier, or all together. `classes` are the values that occur; the smallest is shared by `fewest`
    people (the dataset's k for it); `alone` people share theirs with nobody."""

    name: str
    classes: int
    fewest: int
    alone: int


def shared(episodes: Iterable[Row], steps: Iterable[Row], app_usage: Iterable[Row]) -> tuple[Shared, ...]:
    """How many people share each quasi-identifier, then all of them together; () for nobody.

    Takes rows of those tables with at least the columns named in `COLUMNS`.
    """
    of_recording: dict[str, str] = {}
    of_episode: dict[str, str] = {}
    values: dict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for row in episodes:
        person = row["contributor"]
        of_recording[row["recording_id"]] = of_episode[row["episode_id"]] = person
        values[person]["product"].add(row["product_version"])
        values[person]["policy"].add(row["policy_sha256"])
        values[person]["notice"].add(row["notice_version"])
        values[person]["recordings"].add(row["recording_id"])
    for row in steps:
        values[of_episode[row["episode_id"]]]["screens"].add((row["screen_width"], row["screen_height"]))
    for row in app_usage:
        if row["recording_id"] in of_recording and row["app"]:
            values[of_recording[row["recording_id"]]]["applications"].add(row["app"])
    if not values:
        return ()
    people = sorted(values)
    told: dict[str, list[object]] = {
        name: [
            len(values[one][name]) if name == "recordings" else tuple(sorted(map(str, values[one][name])))
            for one in people
        ]
        for name in QUASI
    }
    rows = [_shared(name, found) for name, found in told.items()]
    together: list[object] = [tuple(told[name][nth] for name in QUASI) for nth in range(len(people))]
    return (*rows, _shared("all of them", together))


COLUMNS = {
    "episodes": ("contributor", "recording_id", "episode_id", "product_version", "policy_sha256", "notice_version"),
    "steps": ("episode_id", "screen_width", "screen_height"),
    "app_usage": ("recording_id", "app"),
}


def _shared(name: str, values: list[object]) -> Shared:
    sizes = Counter(values).values()
    return Shared(name, len(sizes), min(sizes), sum(size == 1 for size in sizes))
