"""The JSON schemas of an MCAP export's streams, and what is drawn on its pictures.

The two that viewers know by name follow Foxglove's schemas; those of the tables are made from their columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from understudy.dataset.tables import Column, field_name
from understudy.export.story import StoryStep
from understudy.export.words import tell_action

Json = dict[str, Any]

TIME: Json = {
    "type": "object",
    "title": "time",
    "properties": {"sec": {"type": "integer"}, "nsec": {"type": "integer"}},
}
NUMBER: Json = {"type": "number"}
TEXT: Json = {"type": "string"}
LINE_LOOP = 2
"""A closed polygon, in Foxglove's PointsAnnotation."""
BLUE: Json = {"r": 0.15, "g": 0.36, "b": 0.78, "a": 1.0}
RED: Json = {"r": 0.85, "g": 0.12, "b": 0.2, "a": 1.0}
WHITE: Json = {"r": 1.0, "g": 1.0, "b": 1.0, "a": 0.9}
CLEAR: Json = {"r": 0.0, "g": 0.0, "b": 0.0, "a": 0.0}
MARK_PX, LINE_PX, FONT_PX = 24.0, 3.0, 18.0


def _object(title: str, **properties: Json) -> Json:
    return {"type": "object", "title": title, "properties": properties}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


COLOUR = _object("foxglove.Color", r=NUMBER, g=NUMBER, b=NUMBER, a=NUMBER)
POINT = _object("foxglove.Point2", x=NUMBER, y=NUMBER)
COMPRESSED_IMAGE = _object(
    "foxglove.CompressedImage",
    timestamp=TIME,
    frame_id=TEXT,
    data=TEXT | {"contentEncoding": "base64"},
    format=TEXT,
)
IMAGE_ANNOTATIONS = _object(
    "foxglove.ImageAnnotations",
    circles=_array(
        _object(
            "foxglove.CircleAnnotation",
            timestamp=TIME,
            position=POINT,
            diameter=NUMBER,
            thickness=NUMBER,
            fill_color=COLOUR,
            outline_color=COLOUR,
        )
    ),
    points=_array(
        _object(
            "foxglove.PointsAnnotation",
            timestamp=TIME,
            type={"type": "integer"},
            points=_array(POINT),
            outline_color=COLOUR,
            outline_colors=_array(COLOUR),
            fill_color=COLOUR,
            thickness=NUMBER,
        )
    ),
    texts=_array(
        _object(
            "foxglove.TextAnnotation",
            timestamp=TIME,
            position=POINT,
            text=TEXT,
            font_size=NUMBER,
            text_color=COLOUR,
            background_color=COLOUR,
        )
    ),
)
POINTER = _object("understudy.Pointer", step_id=TEXT, x={"type": "integer"}, y={"type": "integer"})


def from_columns(title: str, columns: Sequence[Column], **lists: Json) -> Json:
    """The schema of a table's rows; `lists` adds properties that hold a list of what each schema says."""
    told: Json = {}
    for column in columns:
        kind = _type(column.type)
        if column.null:
            kind = kind | {"type": [kind["type"], "null"]}
        unit = f" Unit: {column.unit}." if column.unit else ""
        told[field_name(column)] = kind | {"description": column.doc + unit}
    return _object(f"understudy.{title}", **told, **{name: _array(schema) for name, schema in lists.items()})


def when(time_ns: int) -> Json:
    """A time as Foxglove's messages tell it."""
    sec, nsec = divmod(time_ns, 1_000_000_000)
    return {"sec": sec, "nsec": nsec}


def drawn(step: StoryStep, time_ns: int) -> Json:
    """What is drawn on the picture of a step: the target's box, the place (and a drag's end), the action in words."""
    action, stamp = step.action, when(time_ns)
    circles, points = [], []
    for x, y, fill in ((action.x, action.y, CLEAR), (action.to_x, action.to_y, RED)):
        if x is not None and y is not None:
            circles.append(
                {
                    "timestamp": stamp,
                    # Pixels' centres: Foxglove counts from the top left corner of the first.
                    "position": {"x": x + 0.5, "y": y + 0.5},
                    "diameter": MARK_PX,
                    "thickness": LINE_PX,
                    "fill_color": fill,
                    "outline_color": RED,
                }
            )
    corner = (8, 8)
    if step.target is not None and step.target.bounds is not None:
        box = step.target.bounds
        corner = (box.x, box.bottom + 4)
        points.append(
            {
                "timestamp": stamp,
                "type": LINE_LOOP,
                "points": [
                    {"x": x, "y": y}
                    for x, y in ((box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom))
                ],
                "outline_color": BLUE,
                "outline_colors": [],
                "fill_color": CLEAR,
                "thickness": LINE_PX,
            }
        )
    text = {
        "timestamp": stamp,
        "position": {"x": corner[0], "y": corner[1]},
        "text": tell_action(action, step.target),
        "font_size": FONT_PX,
        "text_color": RED,
        "background_color": WHITE,
    }
    return {"circles": circles, "points": points, "texts": [text]}


def _type(kind: pa.DataType) -> Json:
    if pa.types.is_string(kind):
        return {"type": "string"}
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_integer(kind):
        return {"type": "integer"}
    if pa.types.is_floating(kind):
        return {"type": "number"}
    if pa.types.is_list(kind):
        return _array(_type(kind.value_type))
    if pa.types.is_struct(kind):
        return {"type": "object", "properties": {child.name: _type(child.type) for child in kind}}
    raise ValueError(f"a column of the Arrow type {kind} has no JSON schema")
