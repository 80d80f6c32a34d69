"""Writes a recording through openadapt-capture's own storage code. Run by its environment's Python, not by pytest.

    python openadapt_recording.py FOLDER [--killed]

`--killed`: the process ends without closing anything, as on a kill; the last rows are in the write-ahead log alone.
"""

import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from openadapt_capture import db
from openadapt_capture.db import crud, models

T0 = 1_760_000_000.25


def main() -> None:
    folder, killed = Path(sys.argv[1]), "--killed" in sys.argv
    folder.mkdir(parents=True)
    asked = {"journal_mode": "wal"} if "journal_mode" in inspect.signature(db.create_db).parameters else {}
    engine, make_session = db.create_db(str(folder / "recording.db"), **(asked if killed else {}))
    session = make_session()
    about = {"timestamp": T0, "monitor_width": 1280, "monitor_height": 800, "platform": "linux", "pixel_ratio": 1.0}
    recording = crud.insert_recording(session, {**about, "task_description": "Ask jane.roe@example.org"})
    window = {"title": "notes.txt - Mousepad", "left": 0, "top": 0, "width": 900, "height": 600, "window_id": "7"}
    crud.insert_window_event(session, recording, T0 + 0.1, {**window, "source_ordinal": 1})
    for ordinal, (late_s, data) in enumerate(events(), start=2):
        crud.insert_action_event(session, recording, T0 + late_s, {**data, "source_ordinal": ordinal})
    names = {column.name for column in models.ActionEvent.__table__.columns}
    assert {"mouse_x", "key_char", "structural_observation"} <= names
    if killed:
        os._exit(9)
    session.close()
    engine.dispose()


def events() -> Iterator[tuple[float, dict[str, object]]]:
    seen = {"role": "push button", "control_type": "push button", "name": "Save"}
    bounds = {"left": 20.0, "top": 30.0, "right": 120.0, "bottom": 60.0}
    observed = {
        **{"schema_version": "openadapt.capture.structural-observation/v1", "provider": "linux_atspi"},
        **{"event_timestamp": T0 + 1.0, "observed_at": T0 + 1.02, "query_kind": "point"},
        "element": {**seen, "bounds": bounds},
    }
    yield 0.5, {"name": "move", "mouse_x": 50.0, "mouse_y": 40.0}
    for late_s, pressed in ((1.0, True), (1.08, False)):
        click = {"name": "click", "mouse_x": 50.0, "mouse_y": 40.0, "mouse_button_name": "left"}
        more = {"structural_observation": observed} if pressed else {}
        yield late_s, {**click, "mouse_pressed": pressed, **more}
    at_s = 2.0
    for code, name, char in ((50, "shift", None), (43, None, "H"), (50, "shift", None), *letters("i")):
        kind = "release" if (code, at_s > 2.15) == (50, True) else "press"
        yield at_s, {"name": kind, "key_name": name, "key_char": char, "key_vk": str(code)}
        at_s += 0.1
    for late_s, code, char in ((2.22, 43, "h"), (2.42, 31, "i")):
        yield late_s, {"name": "release", "key_char": char, "key_vk": str(code)}
    yield 3.0, {"name": "press", "key_name": "eacute", "key_vk": "61"}
    yield 3.1, {"name": "release", "key_name": "eacute", "key_vk": "61"}
    yield 5.0, {"name": "scroll", "mouse_x": 300.0, "mouse_y": 300.0, "mouse_dx": 0.0, "mouse_dy": -1.0}
    for late_s, pressed in ((7.0, True), (7.1, False)):
        click = {"name": "click", "mouse_x": 1500.0, "mouse_y": 40.0, "mouse_button_name": "right"}
        yield late_s, {**click, "mouse_pressed": pressed}
    yield 8.0, {"name": "gesture"}


def letters(text: str) -> list[tuple[int, str | None, str]]:
    return [(31, None, char) for char in text]


if __name__ == "__main__":
    main()
