"""What a source is: something that runs in a process of its own and hands records down a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from understudy.records.events import Raw

SourceName = Literal["input", "screen", "elements"]


SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
"""The D-Bus system bus where the environment doesn't say otherwise (D-Bus specification, "well-known buses")."""


class CaptureUnavailable(Exception):
    """A source can't work here. The message is one line: what is missing and what to do."""


@dataclass(frozen=True)
class DesktopEnv:
    """What a source needs to know of the desktop it sits on: read once in `cli`, handed down, never read again.

    `display` is an X display such as ":0"; `xauthority` the path of the X authority file, "" for X's own default;
    `session_bus_address` the D-Bus session bus, "" when there is none; `locale` names the compose table (dead keys)
    such as "de_DE.UTF-8"; `system_bus_address` the D-Bus system bus, where logind tells of locks, "" for none.
    """

    display: str
    xauthority: str = ""
    session_bus_address: str = ""
    locale: str = "C.UTF-8"
    system_bus_address: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> DesktopEnv:
        """The value for a process environment; missing variables become the defaults. Locale as POSIX orders it."""
        names = ("LC_ALL", "LC_CTYPE", "LANG")
        return cls(
            display=environment.get("DISPLAY", ""),
            xauthority=environment.get("XAUTHORITY", ""),
            session_bus_address=environment.get("DBUS_SESSION_BUS_ADDRESS", ""),
            system_bus_address=environment.get("DBUS_SYSTEM_BUS_ADDRESS", SYSTEM_BUS),
            locale=next((environment[name] for name in names if environment.get(name)), "C.UTF-8"),
        )


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Hand over what is left and return."""


class Pause(msgspec.Struct, frozen=True, tag="pause"):
    """Yield nothing until `Resume`; forget what was pending."""


class Resume(msgspec.Struct, frozen=True, tag="resume"):
    """Go on; the screen source sends everything anew."""


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """To the elements source: which element is at (x, y), root px? The answer is an `ElementAt`."""

    x: int
    y: int
    time_ns: int
    cause: Literal["rest", "press"]


class Left(msgspec.Struct, frozen=True, tag="left"):
    """To the elements source: the pointer has left the place that was asked about last."""


class Crawl(msgspec.Struct, frozen=True, tag="crawl"):
    """To the elements source: read the visible trees of the windows of these processes. Answers are `Tree`s.

    Of those in `now` at once (None: of all), of the others when they change.
    """

    pids: tuple[int, ...]
    now: tuple[int, ...] | None = None


class Allow(msgspec.Struct, frozen=True, tag="allow"):
    """To the screen source: only these windows' pixels may be read. Nothing is allowed until the first one."""

    windows: tuple[int, ...]


class Press(msgspec.Struct, frozen=True, tag="press"):
    """To the screen source: a button went down; look for pending damage now rather than at the next turn."""

    time_ns: int


Control = Stop | Pause | Resume | Ask | Left | Crawl | Allow | Press


class Channel(Protocol):
    """A source's end of its connection to the recorder (a list in tests, a socket in the recorder)."""

    def send(self, records: Sequence[Raw]) -> None:
        """Hand over records in order. Never blocks for long; raises BrokenPipeError when the recorder is gone."""

    def poll(self, timeout_s: float) -> list[Control]:
        """The controls that have come, waiting up to `timeout_s` for the first; [] when none came.

        Raises EOFError when the recorder is gone: the source must end at once.
        """

    def fileno(self) -> int:
        """A descriptor that is readable when a control waits, for select and event loops."""


class Source(Protocol):
    """One source. The constructor takes settings only; `run` opens what it needs and closes it again."""

    name: SourceName

    def run(self, channel: Channel) -> None:
        """Yield records until `Stop` or until the recorder is gone.

        Raises CaptureUnavailable when the desktop lacks what the source needs.
        """
