"""What processes cost: CPU time and proportional memory of whole trees, by process."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

_TICKS_HZ = os.sysconf("SC_CLK_TCK")


def tree(*roots: int) -> list[int]:
    """The processes and all that descend from them, those gone left out."""
    found: list[int] = []
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid in found:
            continue
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(OSError):
                    waiting += [int(child) for child in (task / "children").read_text().split()]
            found.append(pid)
    return found


def name_of(pid: int) -> str:
    """A name for a table: what a Python process runs, else its command."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "gone"
    if "understudy.recorder.host" in words:
        return words[words.index("understudy.recorder.host") + 1]
    for word in words:
        if word.startswith("understudy."):
            return word.removeprefix("understudy.")
    if any(word.endswith("/understudy") for word in words):
        return "command"
    kind = next((word.removeprefix("--type=") for word in words if word.startswith("--type=")), "")
    return " ".join(part for part in (Path(words[0]).name, kind) if part)


def cpu_s(pid: int) -> float:
    """CPU time of a process so far, its threads' included, its children's not; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    # utime and stime are fields 14 and 15 of proc(5), counted from 1; two stand before the closing bracket.
    return (int(fields[11]) + int(fields[12])) / _TICKS_HZ


def pss_bytes(pid: int) -> int:
    """Proportional memory: each page counted by its share among those that map it; 0 when it is gone.

    Needs root or a dumpable process of one's own.
    """
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


class Busy:
    """As many processes that do nothing but count, while the block lasts."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Busy:
        self._processes = [
            subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-c", "while True: pass"])
            for _ in range(self._count)
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@dataclass
class Watch:
    """Watches trees of processes while the block lasts: CPU by process, and the peak of their memory together.

    `roots` is asked anew each time, since processes come and go. Memory is looked at each `every_s`; 0: not at all.
    """

    roots: Callable[[], Iterable[int]]
    every_s: float = 0.5
    pss_peak_bytes: int = 0
    pss_at_peak: dict[str, int] = field(default_factory=dict)
    wall_s: float = 0.0
    _first: dict[int, float] = field(default_factory=dict)
    _last: dict[int, float] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def __enter__(self) -> Watch:
        self._over = threading.Event()
        self._started_s = time.monotonic()
        for pid in tree(*self.roots()):
            self._first[pid] = self._last[pid] = cpu_s(pid)
            self._names[pid] = name_of(pid)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._look(memory=bool(self.every_s))
        self.wall_s = time.monotonic() - self._started_s

    def _run(self) -> None:
        while not self._over.wait(self.every_s or 1.0):
            self._look(memory=bool(self.every_s))

    def _look(self, *, memory: bool) -> None:
        sizes: dict[str, int] = {}
        for pid in tree(*self.roots()):
            used = cpu_s(pid)
            self._first.setdefault(pid, 0.0)
            self._last[pid] = max(used, self._last.get(pid, 0.0))
            name = self._names.get(pid) or name_of(pid)
            self._names[pid] = name
            if memory:
                sizes[name] = sizes.get(name, 0) + pss_bytes(pid)
        if sum(sizes.values()) > self.pss_peak_bytes:
            self.pss_peak_bytes, self.pss_at_peak = sum(sizes.values()), sizes

    def cpu_by_name(self) -> dict[str, float]:
        """Seconds of CPU while watched, by process name."""
        found: dict[str, float] = {}
        for pid, last in self._last.items():
            name = self._names[pid]
            found[name] = found.get(name, 0.0) + last - self._first[pid]
        return found

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU while watched, all together."""
        return sum(self.cpu_by_name().values())

    @property
    def cpu_percent(self) -> float:
        """Of one core."""
        return 100 * self.cpu_s / self.wall_s if self.wall_s else 0.0
