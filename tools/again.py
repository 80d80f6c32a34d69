"""Run again, one at a time, the tests that failed beside others: `python tools/again.py`.

Tests on a virtual desktop wait for real programs. On a machine whose cores are taken away for seconds at a time (other
guests of its host; see `stolen`) one of them can fail with nothing wrong. What fails twice more, alone and on
a machine that has its cores, is broken. Each round is told in the output; many failures at once are never tried again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LAST_FAILED = Path(__file__).parents[1] / ".pytest_cache" / "v" / "cache" / "lastfailed"
MOST = 12
"""More than these failing at once is no accident."""
ROUNDS = 2
QUIET_SHARE = 0.1
LOOK_S = 10.0
WAIT_AT_MOST_S = 300.0
STAT = Path("/proc/stat")


def main() -> int:
    """The exit code of the last round; 1 when there are too many to try again, or none is known."""
    for round_ in range(1, ROUNDS + 1):
        failed = last_failed(LAST_FAILED)
        if not 0 < len(failed) <= MOST:
            say(f"{len(failed)} tests failed: not tried again (1 to {MOST} are)")
            return 1
        share = wait_for_quiet()
        say(f"{len(failed)} tests failed beside others; again, alone, round {round_} of {ROUNDS} (stolen: {share:.0%})")
        code = subprocess.run([sys.executable, "-m", "pytest", "--last-failed", "--no-header"], check=False).returncode
        if code == 0:
            say("passed alone: " + ", ".join(failed))
            return 0
    return code


def last_failed(cache: Path) -> list[str]:
    """The tests that pytest remembers as failed; none when it remembers nothing."""
    return sorted(json.loads(cache.read_text())) if cache.exists() else []


def wait_for_quiet(
    stolen: Callable[[float], float] | None = None, clock_s: Callable[[], float] = time.monotonic
) -> float:
    """Wait until less than QUIET_SHARE of the cores is taken away, WAIT_AT_MOST_S at most; the last share seen."""
    look = stolen or stolen_share
    until_s = clock_s() + WAIT_AT_MOST_S
    while (share := look(LOOK_S)) > QUIET_SHARE and clock_s() < until_s:
        pass
    return share


def stolen_share(seconds: float) -> float:
    """The share of wanted CPU time, 0 to 1, that the host gave to others in the next `seconds` (proc(5), steal)."""
    before = _ticks()
    time.sleep(seconds)
    work, stolen = (now - then for now, then in zip(_ticks(), before, strict=True))
    return stolen / max(1, work + stolen)


def _ticks() -> tuple[int, int]:
    """(busy, stolen) clock ticks of all cores since boot."""
    fields = [int(field) for field in STAT.read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = fields[:8]
    return user + nice + system + irq + softirq, steal


def say(line: str) -> None:
    """Print in a line of its own."""
    sys.stdout.write(f"=== {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
