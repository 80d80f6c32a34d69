"""Records of every stream with every field set, and a small sealed recording made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame, FramePatch, Kept, TextRun, TreeNode
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.keys import DeviceSigner, KeyPair, new_pair
from understudy.seal.layout import digest
from understudy.seal.manifest import FILE_PERSON, INFO_PERSON, Entry, Summary, make_manifest
from understudy.seal.segment import GENESIS, INFO, SegmentReader, SegmentWriter

RECORDING_ID = "00112233445566778899aabbccddeeff"
SECOND_NS = 1_000_000_000


def every_kind(start_ns: int = SECOND_NS) -> list[Kept]:
    """One or two records of each stream, every field set, within 20 ms."""
    element = Element(
        id="e7",
        role="entry",
        name="Straße – 姓名 <NAME_1>",
        bounds=Rect(10, 20, 300, 24),
        states=("focused", "editable"),
        path=("frame", "document web", "entry"),
        pid=4242,
        url="http://localhost:8080/orders",
        secure=False,
        value_class="text",
    )
    screen = Rect(0, 0, 1280, 800)
    window = WindowState(
        id=0x1200003, rect=Rect(0, 0, 800, 600), program="chromium", app="Chromium", title="Orders", url="http://x/",
        pid=4242, override=True,
    )  # fmt: skip
    kept: list[Kept] = [
        Pointer(time_ns=start_ns, seq=0, kind="move", x=-3, y=700, modifiers=("shift", "altgr")),
        Pointer(time_ns=start_ns + 1, seq=1, kind="scroll", x=5, y=6, scroll_x=-1, scroll_y=1),
        Pointer(time_ns=start_ns + 2, seq=2, kind="down", x=5, y=6, button=8),
        Key(time_ns=start_ns + 3, seq=0, down=True, keycode=38, keysym="a", text="a", repeat=True, run=0),
        Key(time_ns=start_ns + 4, seq=1, down=False, keycode=37, keysym="Control_L", modifiers=("ctrl",)),
        TextRun(
            time_ns=start_ns + 5, seq=0, run=0, start_ns=start_ns, text="<EMAIL_1> ok", level="text", element=element,
            corrections=2, scrubbed=True, source="keyboard",
        ),
        TextRun(time_ns=start_ns + 6, seq=1, run=1, start_ns=start_ns, text="", level="timing", element=None),
        Windows(
            time_ns=start_ns + 7, seq=0, active=0x1200003, windows=(window,), screen=screen, monitors=(screen,),
            scale_percent=150,
        ),
        Windows(time_ns=start_ns + 8, seq=1, active=None, windows=(), screen=screen),
        ElementAt(
            time_ns=start_ns + 9, seq=0, cause="rest", element=element, asked_ns=start_ns, x=1, y=2, stable=True
        ),
        ElementAt(time_ns=start_ns + 10, seq=1, cause="focus", element=None, asked_ns=start_ns + 10),
        Frame(
            time_ns=start_ns + 11, seq=0, changed_ns=start_ns, width=1280, height=800, key=True,
            patches=(FramePatch(0, 0, 1280, 800, b"RIFF\0\xff"), FramePatch(1, 2, 3, 4, b"")), masked_px=17,
        ),
        Mark(time_ns=start_ns + 12, seq=0, kind="dropped", reason="secure_field", what="keys", detail=""),
        Mark(time_ns=start_ns + 13, seq=1, kind="clock", detail="2026-01-02T03:04:05+00:00"),
        ElementTree(
            time_ns=start_ns + 14, seq=0, started_ns=start_ns + 12, window=0x1200003, bounds=Rect(0, 0, 800, 600),
            url="http://x/", complete=False,
            nodes=(
                TreeNode(id="e1", role="form", parent=-1),
                TreeNode(
                    id="e7", role="entry", parent=0, name="Straße", text="<EMAIL_1>", value_class="text",
                    bounds=Rect(10, 20, 300, 24), states=("focused",), secure=True,
                ),
            ),
        ),
    ]  # fmt: skip
    return kept


def info_of(recording_id: str = RECORDING_ID) -> RecordingInfo:
    return RecordingInfo(
        id=recording_id,
        contributor="c-7",
        consent_id="f" * 32,
        profile="workplace",
        started_at="2026-01-02T03:04:05+00:00",
        start_ns=SECOND_NS,
        policy_sha256="0" * 64,
        product_version="0.1.0",
        schema_version=1,
        task="file an order",
    )


@dataclass
class Sealed:
    """A recording as bytes, and whoever can make more of it."""

    device: DeviceSigner = field(default_factory=DeviceSigner.generate)
    pair: KeyPair = field(default_factory=new_pair)
    recording_id: str = RECORDING_ID
    segments: dict[int, bytes] = field(default_factory=dict)
    manifest: bytes = b""

    def write(self, *parts: list[Kept]) -> Sealed:
        """One closed segment a part, then the manifest."""
        previous = GENESIS
        entries = []
        counts: dict[str, int] = {}
        info_hash = ""
        for number, part in enumerate(parts):
            writer = SegmentWriter(
                recording_id=self.recording_id,
                number=number,
                previous=previous,
                recording_public_key=self.pair.public,
                device=self.device,
            )
            data = writer.header
            if number == 0:
                data += writer.info(info_of(self.recording_id))
            data += b"".join(writer.append([Redacted(record)]) for record in part) + writer.close()
            for stream, count in writer.records.items():
                counts[stream] = counts.get(stream, 0) + count
            self.segments[number] = data
            previous = writer.header_hash
            entries.append(Entry(number, "recorded", len(data), previous, previous, digest(data, FILE_PERSON)))
        for frame in SegmentReader(self.segments[0], self.pair.private).frames():
            if frame.kind == INFO:
                info_hash = digest(frame.body, INFO_PERSON).hex()
        self.manifest = make_manifest(
            recording_id=self.recording_id,
            recording_public_key=self.pair.public,
            entries=entries,
            summary=Summary(info_hash=info_hash, records=counts, first_ns=0, last_ns=0),
            device=self.device,
        )
        return self


@pytest.fixture
def kept() -> list[Kept]:
    return every_kind()


@pytest.fixture
def info() -> RecordingInfo:
    return info_of()


@pytest.fixture
def small() -> Sealed:
    """Three segments of a record or two each: the least that has a beginning, a middle and an end."""
    return Sealed().write(*_small_parts())


@pytest.fixture
def twin(small: Sealed) -> Sealed:
    """Another recording of the same device and the same shape."""
    return Sealed(device=small.device, recording_id="ff" * 16).write(*_small_parts())


def _small_parts() -> list[list[Kept]]:
    return [
        [Mark(time_ns=1, seq=0, kind="start"), Mark(time_ns=2, seq=1, kind="pause")],
        [Mark(time_ns=3, seq=2, kind="resume"), Mark(time_ns=4, seq=3, kind="task", detail="x")],
        [Mark(time_ns=5, seq=4, kind="clock"), Mark(time_ns=6, seq=5, kind="stop")],
    ]
