"""A recording, unsealed and whole, as the pipeline takes it."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.events import ElementAt, Key, Mark, Pointer, Windows
from understudy.records.kept import ElementTree, Frame, TextRun

Profile = Literal["own-work", "workplace"]
Verdict = Literal["whole", "recovered", "incomplete", "tampered"]
"""What `verify` says of a recording: whole; a tail torn at the end of the last segment was cut off; something is
missing for a cause that can't be told; something was changed, swapped, replayed or forged."""


class RecordingInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording says of itself, sealed with it.

    `id` is 32 hexadecimal digits. `contributor` is a pseudonym. `started_at` is wall time, ISO 8601 with zone;
    `start_ns` the same moment on the monotonic clock. `policy_sha256` names the exact policy file in force,
    `policy_edition` what its author calls this version of it; `policy_signer` is who signed it and `policy_signer_key`
    with which Ed25519 key (hexadecimal), "" where nobody did.
    """

    id: str
    contributor: str
    consent_id: str
    profile: Profile
    started_at: str
    start_ns: int
    policy_sha256: str
    product_version: str
    schema_version: int
    task: str = ""
    policy_edition: str = ""
    policy_signer: str = ""
    policy_signer_key: str = ""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """All streams of one recording, each in order of `seq` (and so of time)."""

    info: RecordingInfo
    pointer: tuple[Pointer, ...] = ()
    keys: tuple[Key, ...] = ()
    text: tuple[TextRun, ...] = ()
    window: tuple[Windows, ...] = ()
    element: tuple[ElementAt, ...] = ()
    frame: tuple[Frame, ...] = ()
    mark: tuple[Mark, ...] = ()
    tree: tuple[ElementTree, ...] = ()
