"""The scripted load: real X events at a chosen rate, made by a process of its own, each with the time of its making.

`Load` starts that process; `python benchmarks/load.py DISPLAY` is it: one JSON object of `Script` on standard input,
the log of what was made as a file. Every event is sent to the server and answered, so it was made between two times
of the injector's clock.
"""

from __future__ import annotations

import json
import math
import random
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

sys.path.insert(0, str(Path(__file__).parents[1]))

import xcffib.xtest

from understudy.act.xtest import XTest
from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import connect, disconnect, screen_of

KEY_DOWN, KEY_UP, DOWN, UP, MOVE = 2, 3, 4, 5, 6
"""X's numbers of the core events (X11/X.h), as XTEST takes them."""
_MADE = struct.Struct("=BBhhqq")
WORDS = [
    "the",
    "order",
    "of",
    "crates",
    "in",
    "a",
    "cold",
    "room",
    "is",
    "kept",
    "by",
    "date",
    "and",
    "name",
    "so",
    "that",
    "each",
    "can",
    "be",
    "found",
    "again",
]

Area = tuple[int, int, int, int]
"""x, y, width, height, root px."""


@dataclass(frozen=True)
class Script:
    """What to do. `areas`: where to work in turn, each for `turn_s`: a click at its start, then typing; the wheel is
    turned over `scroll` (an area, or none). `rate_hz`: moves a second, never resting; 0 Hz: nothing is done.

    `batch`: so many events share one answer of the server (1: each has its own).
    """

    seconds: float
    rate_hz: float
    areas: tuple[Area, ...]
    scroll: tuple[Area, ...] = ()
    turn_s: float = 5.0
    typing_hz: float = 8.0
    clicks: bool = True
    batch: int = 1
    count: int = 0
    """Stop after so many moves (0: after `seconds`); moves then come as fast as they can, `rate_hz` at most."""
    seed: int = 1


@dataclass(frozen=True)
class Made:
    """One event that the server made between `before_ns` and `after_ns` (monotonic clock). `kind` as in X11/X.h."""

    kind: int
    detail: int
    x: int
    y: int
    before_ns: int
    after_ns: int


@dataclass
class Injector:
    """Makes events; `made` is the log."""

    display: str
    batch: int = 1
    made: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = connect(DesktopEnv(self.display))
        self._root = screen_of(self._connection).root
        self._xtest = self._connection(xcffib.xtest.key)
        self._waiting: list[tuple[int, int, int, int]] = []
        self._before_ns = 0

    def send(self, kind: int, detail: int = 0, x: int = 0, y: int = 0) -> None:
        """Have the server make an event; with a batch of more than one, by the time the batch is full."""
        if not self._waiting:
            self._before_ns = time.monotonic_ns()
        self._xtest.FakeInput(kind, detail, 0, self._root, x, y, 0)
        self._waiting.append((kind, detail, x, y))
        if len(self._waiting) >= self.batch:
            self.settle()

    def settle(self) -> None:
        """Wait until the server has made all."""
        if not self._waiting:
            return
        self._connection.core.GetInputFocus().reply()
        after_ns = time.monotonic_ns()
        self.made += [Made(*one, self._before_ns, after_ns) for one in self._waiting]
        self._waiting.clear()

    def close(self) -> None:
        """Leave the display."""
        disconnect(self._connection)


def perform(display: str, script: Script) -> list[Made]:
    """Do it; what was made."""
    with XTest(display) as hands:
        codes = {letter: hands.keycode("space" if letter == " " else letter) for letter in {*"".join(WORDS), " "}}
    injector = Injector(display, script.batch)
    try:
        if script.rate_hz:
            _work(injector, script, codes)
        else:
            time.sleep(script.seconds)
        return injector.made
    finally:
        injector.close()


def _work(injector: Injector, script: Script, codes: dict[str, int]) -> None:
    chance = random.Random(script.seed)
    start_s, step_s = time.monotonic(), 1 / script.rate_hz
    letters = _letters(chance)
    key_s = 1 / script.typing_hz if script.typing_hz else math.inf
    held: list[tuple[float, int, int]] = []
    last = (-1, -1)
    turn, clicked, wheel, next_key_s = -1, True, 0, math.inf
    index = 0
    while True:
        now_s = time.monotonic() - start_s
        if (index >= script.count) if script.count else (now_s >= script.seconds):
            break
        if index * step_s > now_s:
            injector.settle()
            time.sleep(index * step_s - now_s)
            now_s = time.monotonic() - start_s
        if int(now_s / script.turn_s) != turn:
            turn = int(now_s / script.turn_s)
            clicked, wheel, next_key_s = False, 0, now_s + 0.6 if script.typing_hz else math.inf
        into_s = now_s - turn * script.turn_s
        scrolls = bool(script.scroll) and into_s > script.turn_s * 0.7
        area = script.scroll[turn % len(script.scroll)] if scrolls else script.areas[turn % len(script.areas)]
        last = _place(area, index, last)
        injector.send(MOVE, 0, *last)
        index += 1
        for due in [one for one in held if one[0] <= now_s]:
            held.remove(due)
            injector.send(due[1], due[2])
        if script.clicks and not clicked and into_s > 0.2:
            clicked = True
            injector.send(DOWN, 1)
            held.append((now_s + 0.06, UP, 1))
        if scrolls and wheel < 5 and into_s > script.turn_s * 0.72 + wheel * 0.12:
            button = 5 if turn // 2 % 2 == 0 else 4
            wheel += 1
            injector.send(DOWN, button)
            injector.send(UP, button)
        if now_s >= next_key_s and not scrolls and into_s < script.turn_s * 0.65:
            next_key_s = now_s + key_s
            code = codes[next(letters)]
            injector.send(KEY_DOWN, code)
            held.append((now_s + min(0.03, key_s / 2), KEY_UP, code))
    for due in sorted(held):
        injector.send(due[1], due[2])
    injector.settle()


def _letters(chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.choice(WORDS) + " "


def _place(area: Area, index: int, last: tuple[int, int]) -> tuple[int, int]:
    """The next place of a pointer that goes round in the area; never where it is."""
    x, y, width, height = area
    angle = index * 0.013
    place = (
        int(x + width / 2 + (width / 2 - 12) * math.cos(angle)),
        int(y + height / 2 + (height / 2 - 12) * math.sin(angle * 1.37)),
    )
    return place if place != last else (place[0] + 1, place[1])


class Load:
    """The script, performed by another process: `go` begins it, `wait` gives what was made. A context manager."""

    def __init__(self, display: str, script: Script, log: Path) -> None:
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, __file__, display, str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._in.write(json.dumps(asdict(script)).encode() + b"\n")
        self._in.flush()
        if self._out.readline() != b"ready\n":
            raise RuntimeError("the injector did not start")

    @property
    def _in(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def pid(self) -> int:
        """The injector's process."""
        return self._process.pid

    def go(self) -> None:
        """Begin."""
        self._in.write(b"go\n")
        self._in.flush()

    def over(self, timeout_s: float) -> bool:
        """True when it is over within that time."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait(self, timeout_s: float = 600) -> list[Made]:
        """What was made, once it is over."""
        if self._process.wait(timeout_s):
            raise RuntimeError("the injector failed")
        return [Made(*row) for row in _MADE.iter_unpack(self._log.read_bytes())]

    def __enter__(self) -> Load:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._in.close()
        self._out.close()


def main() -> None:
    display, log = sys.argv[1:]
    told = json.loads(sys.stdin.readline())
    for name in ("areas", "scroll"):
        told[name] = tuple(tuple(area) for area in told[name])
    print("ready", flush=True)
    sys.stdin.readline()
    made = perform(display, Script(**told))
    data = b"".join(_MADE.pack(one.kind, one.detail, one.x, one.y, one.before_ns, one.after_ns) for one in made)
    Path(log).write_bytes(data)


if __name__ == "__main__":
    main()
