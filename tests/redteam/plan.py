"""What was planted where and when, noted while the scenes play: the truth that the report is measured against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from PIL import Image
from tests.redteam.canaries import Canary, Control, ControlKind, Kind, Maker


@dataclass(frozen=True)
class Typed:
    """From `start_ns` to `end_ns` (monotonic) nothing but this canary was typed: no key of that time may be kept."""

    canary: str
    start_ns: int
    end_ns: int


@dataclass
class Plan:
    """Everything planted so far. `channel` is the one whose scene plays now.

    `missing` are canaries that didn't get where they should have: they are looked for too, and count if they leaked.
    `sights` are the real screen at moments at which canaries were to be seen: (channel, picture), looked at later by
    the reader that looks at the recording, so that what it can't read doesn't count as planted. `failed` are channels
    whose scene broke off, each with the reason.
    """

    maker: Maker
    canaries: list[Canary] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    sights: list[tuple[str, Image.Image]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    channel: str = ""

    @contextmanager
    def playing(self, channel: str) -> Iterator[None]:
        """What is planted in this block belongs to `channel`."""
        self.channel = channel
        try:
            yield
        finally:
            self.channel = ""

    def canary(self, kind: Kind, *, shown: bool = False) -> Canary:
        """A new canary. `shown` True: it counts as planted only if a sight of the real screen shows it."""
        number = sum(canary.channel == self.channel for canary in self.canaries)
        canary = Canary(f"{self.channel} {number}", self.channel, kind, self.maker.value(kind))
        self.canaries.append(canary)
        if shown:
            self.shown.add(canary.id)
        return canary

    def control(self, kind: ControlKind) -> str:
        """Two new harmless words."""
        number = sum(control.channel == self.channel for control in self.controls)
        control = Control(f"{self.channel} control {number}", self.channel, kind, self.maker.words())
        self.controls.append(control)
        return control.words

    def take_back(self, canary: Canary) -> None:
        """The canary did not get where it should have: it doesn't count, unless it leaks all the same."""
        self.missing.add(canary.id)

    def take_back_control(self, words: str) -> None:
        """The control did not get where it should have: it doesn't count."""
        self.controls[:] = [control for control in self.controls if control.words != words]
