"""A home with an identity, and recordings written into it the way the recorder does."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from understudy.records.events import Mark, Pointer
from understudy.records.kept import Kept
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.keys import DeviceSigner, new_pair
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.identity import Identity
from understudy.spool.keystore import KeyStore
from understudy.spool.writer import SpoolWriter

SECOND_NS = 1_000_000_000


def pointers(count: int, start: int = 0) -> list[Kept]:
    """Moves, ten a second."""
    return [Pointer(time_ns=n * SECOND_NS // 10, seq=n, kind="move", x=n, y=n) for n in range(start, start + count)]


@dataclass
class Workbench:
    """A home and what a recorder needs in it."""

    home: Home
    me: Identity
    device: DeviceSigner

    def begin(self, *, task: str = "", rekey: Callable[[], None] = lambda: None) -> tuple[str, SpoolWriter]:
        """A new recording and its writer."""
        recording_id = os.urandom(16).hex()
        pair = new_pair()
        KeyStore(self.home.keys).add(recording_id, pair.private, [self.me.public_key])
        info = RecordingInfo(
            id=recording_id,
            contributor="c",
            consent_id="0" * 32,
            profile="own-work",
            started_at="2026-01-02T03:04:05+00:00",
            start_ns=0,
            policy_sha256="0" * 64,
            product_version="0.1.0",
            schema_version=1,
            task=task,
        )
        folder = self.home.spool / recording_id
        return recording_id, SpoolWriter.create(folder, info, pair.public, self.device, rekey=rekey)

    def record(self, *calls: Sequence[Kept], close: bool = True, task: str = "") -> str:
        """A recording of one append a call; not closed, it is left as `kill -9` leaves it."""
        recording_id, writer = self.begin(task=task)
        for call in calls:
            writer.append([Redacted(record) for record in call])
        if close:
            writer.close({"events": sum(map(len, calls))})
        else:
            writer.abandon()
        return recording_id

    def key(self, recording_id: str) -> bytes:
        return KeyStore(self.home.keys).unwrap(recording_id, self.me)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    home = Home(tmp_path / "home")
    me = identity.create(home.identity, "none")
    return Workbench(home, me, identity.device(home.identity))


@pytest.fixture
def start() -> Kept:
    return Mark(time_ns=0, seq=0, kind="start")
