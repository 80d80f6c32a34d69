"""A small recording made up by hand: two applications, a click, typed text, a drag, a pause, something dropped."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from understudy.records.consent import Consent
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame, FramePatch, TextRun, TreeNode
from understudy.records.recording import Recording, RecordingInfo

PLANTED = "Kumquatlimerick"
"""A word that stands in the title, the task, the element's name, the typed text and the address."""

WIDTH, HEIGHT = 320, 200
START_NS = 5_000_000_000_000
SCREEN = Rect(0, 0, WIDTH, HEIGHT)


def ms(time_ms: float) -> int:
    return START_NS + int(time_ms * 1_000_000)


def picture(shade: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, :, 0] = shade
    pixels[height // 2 :, :, 1] = np.arange(width, dtype=np.uint8) if width <= 256 else 7
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()


def make_consent(consent_id: str = "c0" * 16, **changes: object) -> Consent:
    fields: dict[str, object] = {
        "id": consent_id,
        "contributor": "p-1",
        "profile": "own-work",
        "notice_sha256": "ab" * 32,
        "notice_version": "1",
        "language": "en",
        "purposes": ("train-own-agent",),
        "scope": ("*",),
        "policy_sha256": "5a" * 32,
        "retention_days": 36500,
        "given_at": "2026-01-01T00:00:00+00:00",
        "method": "typed-yes",
    }
    return Consent(**(fields | changes))  # type: ignore[arg-type]


def make_recording(
    recording_id: str = "a1" * 16, *, consent_id: str = "c0" * 16, word: str = PLANTED, shade: int = 40
) -> Recording:
    """The recording; `word` and `shade` vary its content."""
    entry = Element(
        id="e1",
        role="entry",
        name=f"Name of {word}",
        bounds=Rect(20, 30, 100, 20),
        states=("focused", "editable"),
        path=("frame", "panel", "entry"),
        url=f"https://shop.example/{word}",
        value_class="text",
    )
    browser = WindowState(
        id=1, rect=Rect(0, 0, 320, 100), program="chromium", app="Chromium", title=f"{word} order",
        url=f"https://shop.example/{word}",
    )  # fmt: skip
    editor = WindowState(id=2, rect=Rect(0, 100, 320, 100), program="gedit", app="Gedit", title=f"{word} notes")
    pointer = [Pointer(time_ns=ms(40 * n), seq=n, kind="move", x=5 + 3 * n, y=10 + 2 * n) for n in range(16)]
    pointer += [
        Pointer(time_ns=ms(700), seq=16, kind="down", x=50, y=40, button=1),
        Pointer(time_ns=ms(787), seq=17, kind="up", x=50, y=40, button=1),
        Pointer(time_ns=ms(6000), seq=18, kind="down", x=20, y=120, button=1),
        *(Pointer(time_ns=ms(6000 + 33 * n), seq=18 + n, kind="move", x=20 + 11 * n, y=120 + n) for n in range(1, 11)),
        Pointer(time_ns=ms(6400), seq=29, kind="up", x=130, y=130, button=1),
    ]
    keys: list[Key] = []
    for n, letter in enumerate(word.lower()):
        keys.append(
            Key(time_ns=ms(2000 + 113 * n), seq=2 * n, down=True, keycode=20 + n, keysym=letter, text=letter, run=0)
        )
        keys.append(
            Key(time_ns=ms(2000 + 113 * n + 71), seq=2 * n + 1, down=False, keycode=20 + n, keysym=letter, run=0)
        )
    return Recording(
        info=RecordingInfo(
            id=recording_id,
            contributor="p-1",
            consent_id=consent_id,
            profile="own-work",
            started_at="2026-01-02T09:00:00+00:00",
            start_ns=START_NS,
            policy_sha256="5a" * 32,
            product_version="0.1.0",
            schema_version=1,
            task=f"Order a {word}",
        ),
        pointer=tuple(pointer),
        keys=tuple(keys),
        text=(
            TextRun(
                time_ns=keys[-1].time_ns, seq=0, run=0, start_ns=ms(2000), text=word.lower(), level="text",
                element=entry,
            ),
        ),
        window=(
            Windows(time_ns=ms(10), seq=0, active=1, windows=(editor, browser), screen=SCREEN),
            Windows(time_ns=ms(5000), seq=1, active=2, windows=(browser, editor), screen=SCREEN),
        ),
        element=(
            ElementAt(time_ns=ms(690), seq=0, cause="rest", element=entry, asked_ns=ms(680), x=50, y=40, stable=True),
            ElementAt(time_ns=ms(800), seq=1, cause="focus", element=entry, asked_ns=ms(800)),
        ),
        frame=(
            Frame(
                time_ns=ms(100), seq=0, changed_ns=ms(90), width=WIDTH, height=HEIGHT, key=True,
                patches=(FramePatch(0, 0, WIDTH, HEIGHT, picture(shade)),),
            ),
            Frame(
                time_ns=ms(1500), seq=1, changed_ns=ms(1450), width=WIDTH, height=HEIGHT, key=False,
                patches=(FramePatch(10, 10, 60, 40, picture(shade + 90, 60, 40)),),
            ),
            Frame(
                time_ns=ms(5500), seq=2, changed_ns=ms(5480), width=WIDTH, height=HEIGHT, key=False,
                patches=(FramePatch(0, 100, 200, 50, picture(shade + 30, 200, 50)),),
            ),
        ),
        tree=tuple(
            ElementTree(
                time_ns=ms(at), seq=seq, started_ns=ms(at - 30), window=1, bounds=Rect(0, 0, 320, 100),
                url=f"https://shop.example/{word}", nodes=(
                    TreeNode(id="e0", role="frame", parent=-1, name=f"{word} order"),
                    TreeNode(
                        id="e1", role="entry", parent=0, name=f"Name of {word}", bounds=Rect(20, 30, 100, 20),
                        states=("focused", "editable"), value_class="text",
                    ),
                    TreeNode(id="e2", role="combo box", parent=0, text="Express", secure=False),
                ),
            )
            for seq, at in enumerate((600, 9000))
        ),
        mark=(
            Mark(time_ns=ms(0), seq=0, kind="start"),
            Mark(time_ns=ms(1), seq=1, kind="clock", detail="2026-01-02T09:00:00+00:00"),
            Mark(time_ns=ms(4500), seq=2, kind="dropped", reason="secure_field", what="keys"),
            Mark(time_ns=ms(7000), seq=3, kind="left_scope"),
            Mark(time_ns=ms(8000), seq=4, kind="entered_scope"),
            Mark(time_ns=ms(8500), seq=5, kind="pause"),
            Mark(time_ns=ms(9500), seq=6, kind="resume"),
            Mark(time_ns=ms(10000), seq=7, kind="stop"),
        ),
    )  # fmt: skip


def empty_recording(recording_id: str = "ee" * 16, *, consent_id: str = "c0" * 16) -> Recording:
    """A recording in which nothing happened."""
    info = make_recording(recording_id, consent_id=consent_id).info
    return Recording(info=info)
