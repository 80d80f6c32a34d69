"""What the recorder's process is told, and what it tells: the messages between it and the command line."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.capture.source import DesktopEnv
from understudy.records.desktop_settings import DesktopSettings
from understudy.records.recording import RecordingInfo
from understudy.redact.policy import Policy
from understudy.settings import RecorderSettings

StopCause = Literal[
    "asked",
    "consent_withdrawn",
    "time_limit",
    "disk_full",
    "desktop_gone",
    "indicator_gone",
    "parent_gone",
    "failed",
]
"""Why a recording ended. All but "failed" close it properly: sealed to the end and with a manifest (a full disk allows
no manifest; what was sealed before stays readable)."""


Stats = dict[str, float | int | dict[str, int]]
"""The recorder's own counters, as in Mark(kind="stats")."""


class Confine(msgspec.Struct, frozen=True, tag="confine"):
    """The first message: the folder, which exists and is empty, and is the only place where the recorder may write."""

    folder: str


class RecorderJob(msgspec.Struct, frozen=True, kw_only=True, tag="recorder_job"):
    """The second message: everything that the recorder needs. It travels in memory only.

    `info.task` is as the person told it; the recorder scrubs it before anything is written. `folder` is the one that
    it was confined to. `recording_public_key` is the half that seals; the recorder
    never holds the other. `device_seed` signs segments (Ed25519, 32 bytes).
    `desktop_settings` is what the desktop says of clicks and drags, read outside: the recorder is confined.
    """

    info: RecordingInfo
    folder: str
    recording_public_key: bytes
    device_seed: bytes
    policy: Policy
    desktop: DesktopEnv
    settings: RecorderSettings
    desktop_settings: DesktopSettings = DesktopSettings()


class Halt(msgspec.Struct, frozen=True, tag="halt"):
    """Stop and close the recording."""

    cause: StopCause


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """Every source runs and the indicator is on the screen. `notes` are one-line remarks for the person."""

    notes: tuple[str, ...] = ()


class Remark(msgspec.Struct, frozen=True, tag="remark"):
    """Something the person should know, in one line without captured content."""

    text: str


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """The recording is closed. `message` is one line, "" when all went well; `stats` as in Mark(kind="stats")."""

    cause: StopCause
    message: str
    stats: Stats


FromRecorder = Begun | Remark | Ended
ToRecorder = RecorderJob | Halt
