"""The screen's geometry is told whenever it changes, in scope or not: coordinates mean nothing without it."""

from __future__ import annotations

from typing import Any

import msgspec

from understudy.records.events import Geometry, Mark
from understudy.records.geometry import Rect


def test_geometry_is_told_when_it_changes_even_out_of_scope(fabricate: Any) -> None:  # noqa: ANN401
    guard = fabricate.guard()
    session = fabricate.session().windows(2)
    first = session.records[-1]
    wide, halves = (Rect(0, 0, 640, 400),), (Rect(0, 0, 320, 400), Rect(320, 0, 320, 400))
    kept = []
    for late, monitors in enumerate((wide, wide, halves)):
        snapshot = msgspec.structs.replace(first, time_ns=first.time_ns + late, monitors=monitors, scale_percent=200)
        kept += [each.record for each in guard.feed(snapshot)]
    told = [record for record in kept if isinstance(record, Mark) and record.kind == "geometry"]
    assert [msgspec.json.decode(mark.detail, type=Geometry) for mark in told] == [
        Geometry(Rect(0, 0, 640, 400), wide, 200),
        Geometry(Rect(0, 0, 640, 400), halves, 200),
    ]
