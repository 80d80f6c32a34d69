"""What an attacker reads off each step of a dataset: numbers, by the kind of thing that they tell. Pure.

`traits` takes a recording's rows as the dataset tells them, whatever its levels: what a level withholds is simply not
there (NaN), and an attacker who learns from such rows learns what is left.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

View = Literal["paths", "pace", "keys", "choices", "places", "work"]
"""What a trait tells of: how the pointer moved and where in its target a press landed; times of steps; times of keys;
which kinds of actions, in which order; where on the screen; in which programs and on what."""

VIEWS: tuple[View, ...] = ("paths", "pace", "keys", "choices", "places", "work")
Row = Mapping[str, Any]
Numbers = npt.NDArray[np.float64]

KINDS = ("click", "double_click", "triple_click", "long_press", "drag", "scroll", "type", "hotkey", "press", "wait")
BUTTONS = ("left", "middle", "right")
CLASSES = 12
"""Names (applications, roles, addresses) fall into this many classes by their hash."""
PATH, KEYS = 19, 8


def traits(
    steps: Sequence[Row], paths: Mapping[str, Sequence[Row]], keys: Mapping[str, Sequence[Row]]
) -> dict[View, Numbers]:
    """view → (steps, numbers of that view), NaN for what isn't told.

    `steps` in order, of one or more episodes; `paths` their points and `keys` their keystrokes by step. Lengths in
    `paths` and `choices` are shares of how far the places of these steps reach: else the size of somebody's screen
    would be found where the hand is looked for. `places` has them in px.
    """
    reach_px = _reach(steps)
    rows: dict[View, list[list[float]]] = {view: [] for view in VIEWS}
    before: Row | None = None
    for step in steps:
        same = before is not None and before["episode_id"] == step["episode_id"]
        points = paths.get(step["step_id"], ())
        rows["paths"].append(_path(points, reach_px) + _landing(step))
        rows["pace"].append(_pace(step, before if same else None))
        rows["keys"].append(_keys(keys.get(step["step_id"], ())))
        rows["choices"].append(_choices(step, before if same else None, reach_px))
        rows["places"].append(_places(step))
        rows["work"].append(_work(step))
        before = step
    return {view: np.array(rows[view], float) for view in VIEWS}


def _reach(steps: Sequence[Row]) -> float:
    across = [value for step in steps for value in (step["x"], step["to_x"]) if value is not None]
    down = [value for step in steps for value in (step["y"], step["to_y"]) if value is not None]
    if not across or not down:
        return 1.0
    return max(1.0, float(max(across) - min(across)), float(max(down) - min(down)))


def _path(points: Sequence[Row], reach_px: float) -> list[float]:
    """Of a path: its length, how straight, how fast, how evenly, and where it turns. NaN for less than three points."""
    if len(points) < 3:
        return [float(len(points)), *[np.nan] * (PATH - 1)]
    t = np.array([point["t_ms"] for point in points], float)
    x = np.array([point["x"] for point in points], float) / reach_px
    y = np.array([point["y"] for point in points], float) / reach_px
    dt, dx, dy = np.diff(t), np.diff(x), np.diff(y)
    moved = np.hypot(dx, dy)
    length, ahead = float(moved.sum()), float(np.hypot(x[-1] - x[0], y[-1] - y[0]))
    speed = moved / np.maximum(dt, 1)
    turns = np.diff(np.unwrap(np.arctan2(dy, dx)))
    aside = np.abs((x - x[0]) * (y[-1] - y[0]) - (y - y[0]) * (x[-1] - x[0])) / (ahead or 1)
    fastest = int(np.argmax(speed))
    last = t[:-1] >= t[-1] - 200
    return [
        float(len(points)),
        length,
        ahead / length if length else 1.0,
        float(t[-1] - t[0]),
        float(speed.mean()),
        float(speed.max()),
        float(speed.std()),
        float(np.median(np.abs(np.diff(speed)))),
        float(np.abs(turns).mean()) if len(turns) else 0.0,
        float(turns.mean()) if len(turns) else 0.0,
        float(aside.max()),
        float((t[fastest] - t[0]) / max(t[-1] - t[0], 1)),
        float((dt > 100).mean()),
        float(dt.mean()),
        float(np.median(dt)),
        float(dt.std()),
        float(dt[-1]),
        float(speed[last].mean()) if last.any() else 0.0,
        float(dt.max()),
    ]


def _landing(step: Row) -> list[float]:
    """Where in its target a press landed, as shares of the target's size from its middle."""
    if step["x"] is None or step["target_x"] is None or not step["target_width"] or not step["target_height"]:
        return [np.nan, np.nan]
    return [
        (step["x"] - step["target_x"]) / step["target_width"] - 0.5,
        (step["y"] - step["target_y"]) / step["target_height"] - 0.5,
    ]


def _pace(step: Row, before: Row | None) -> list[float]:
    since = step["start_ms"] - before["start_ms"] if before is not None else np.nan
    rest = since - (before["duration_ms"] or 0) if before is not None else np.nan
    kind = float(KINDS.index(step["kind"])) if step["kind"] in KINDS else -1.0
    return [since, rest, _number(step["duration_ms"]), _number(step["frame_age_ms"]), kind]


def _keys(keys: Sequence[Row]) -> list[float]:
    dwells = np.array([key["dwell_ms"] for key in keys if key["dwell_ms"] is not None], float)
    flights = np.array([key["flight_ms"] for key in keys if key["flight_ms"] is not None], float)
    return [*_spread(dwells), *_spread(flights)]


def _spread(values: Numbers) -> list[float]:
    if not len(values):
        return [np.nan] * (KEYS // 2)
    return [float(values.mean()), float(values.std()), float(np.median(values)), float(np.percentile(values, 10))]


def _choices(step: Row, before: Row | None, reach_px: float) -> list[float]:
    moved: list[float] = [np.nan, np.nan]
    if before is not None and before["x"] is not None and step["x"] is not None:
        from_x, from_y = (before["x"], before["y"]) if before["to_x"] is None else (before["to_x"], before["to_y"])
        moved = [(step["x"] - from_x) / reach_px, (step["y"] - from_y) / reach_px]
    dragged: list[float] = [np.nan, np.nan]
    if step["to_x"] is not None and step["x"] is not None:
        dragged = [(step["to_x"] - step["x"]) / reach_px, (step["to_y"] - step["y"]) / reach_px]
    return [
        *(float(step["kind"] == kind) for kind in KINDS),
        *(float(step["button"] == button) for button in BUTTONS),
        *moved,
        float(np.hypot(moved[0], moved[1])),
        *dragged,
        float(np.hypot(dragged[0], dragged[1])),
        float(len(step["text"] or "")),
        float(step["corrections"]),
        float(step["count"]),
        float(len(step["modifiers"])),
        float(step["scroll_x"]),
        float(step["scroll_y"]),
        float(_class("+".join(step["keys"]))),
    ]


def _places(step: Row) -> list[float]:
    told = ("x", "y", "to_x", "to_y", "screen_width", "screen_height", "target_width", "target_height")
    return [_number(step[name]) for name in told]


def _work(step: Row) -> list[float]:
    told = ("app", "window_title", "url", "target_role", "target_name")
    return [float(_class(step[name] or "")) for name in told]


def _class(name: str) -> int:
    """-1 for no name, else one of `CLASSES`, the same on every machine."""
    return zlib.crc32(name.encode()) % CLASSES if name else -1


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
