"""What the indicator shows of a recording: whether and what it records, and for a while what just happened."""

from __future__ import annotations

from understudy.recorder.controls import spoken
from understudy.recorder.picture import Shown
from understudy.redact.guard import Guard

NOTE_NS = 6_000_000_000
"""How long the indicator shows what just happened."""


class Showing:
    """One recording's. `profile` is the policy's; `hotkey_pause` as the policy writes it."""

    def __init__(self, profile: str, hotkey_pause: str) -> None:
        self._profile, self._key = profile, spoken(hotkey_pause)
        self._note, self._note_until_ns = "", 0

    def say(self, note: str, now_ns: int) -> None:
        """Something just happened."""
        self._note, self._note_until_ns = note, now_ns + NOTE_NS

    def hush(self) -> None:
        """What just happened matters no more."""
        self._note = ""

    def now(self, guard: Guard, now_ns: int, *, paused: bool, locked: bool) -> Shown:
        """What to show at this time; `locked` says that it is paused because the screen is locked."""
        note = self._note if now_ns < self._note_until_ns else ""
        if locked:
            return Shown("locked", profile=self._profile, hotkeys="goes on when it is unlocked")
        if paused:
            return Shown("paused", profile=self._profile, hotkeys=f"{self._key} resumes", note=note)
        active = guard.active_app
        if active is None:
            return Shown("elsewhere", guard.focused_app, "", self._profile, f"{self._key} pauses", note)
        return Shown("recording", active[0], active[1], self._profile, f"{self._key} pauses", note)

    def stopping(self) -> Shown:
        """What to show while the rest is sealed."""
        return Shown("stopping", profile=self._profile)
