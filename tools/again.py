"""Run again, one at a time, the tests that failed beside others: `python tools/again.py`.

Tests on a virtual desktop wait for real programs. On a machine whose cores are taken away for seconds at a time (other
guests of its host; see `stolen_share`) one of them can fail with nothing wrong. What fails twice more, alone, each
time once the machine has its cores or five minutes have passed, is broken. Each round is told in the output; many
failures at once are never tried again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

LAST_FAILED = Path(__file__).parents[1] / ".pytest_cache" / "v" / "cache" / "lastfailed"
MOST = 24
"""More than these failing at once is no accident."""
ROUNDS = 2
QUIET_SHARE = 0.2
LOOK_S = 3.0
PAUSE_S = 7.0
WAIT_AT_MOST_S = 300.0


def main() -> int:
    """The exit code of the last round; 1 when there are too many to try again, or none is known."""
    for round_ in range(1, ROUNDS + 1):
        failed = last_failed(LAST_FAILED)
        if not 0 < len(failed) <= MOST:
            say(f"{len(failed)} tests failed: not tried again (1 to {MOST} are)")
            return 1
        share = wait_for_quiet()
        say(f"{len(failed)} tests failed beside others; again, alone, round {round_} of {ROUNDS} (stolen: {share:.0%})")
        code, skipped = try_again()
        if skipped:
            say(f"{skipped} of them were skipped: what was tried again and not run has not passed")
            return 1
        if code == 0:
            say("passed alone: " + ", ".join(failed))
            return 0
    return code


def try_again() -> tuple[int, int]:
    """Run what failed last; (pytest's exit code, how many of them were skipped)."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        command = [sys.executable, "-m", "pytest", "--last-failed", "--no-header", f"--junitxml={told}"]
        code = subprocess.run(command, check=False).returncode
        suites = ElementTree.parse(told).getroot().iter("testsuite") if told.exists() else ()
        return code, sum(int(suite.get("skipped", 0)) for suite in suites)


def last_failed(cache: Path) -> list[str]:
    """The tests that pytest remembers as failed; none when it remembers nothing."""
    return sorted(json.loads(cache.read_text())) if cache.exists() else []


def wait_for_quiet(
    stolen: Callable[[float], float] | None = None, clock_s: Callable[[], float] = time.monotonic
) -> float:
    """Wait until less than QUIET_SHARE of a core is taken away, WAIT_AT_MOST_S at most; the last share seen."""
    look = stolen or stolen_share
    until_s = clock_s() + WAIT_AT_MOST_S
    while (share := look(LOOK_S)) > QUIET_SHARE and clock_s() < until_s:
        time.sleep(PAUSE_S)
    return share


def stolen_share(seconds: float) -> float:
    """The share of a core, 0 to 1, that this process wanted in the next `seconds` and didn't get.

    By trying: a machine that does nothing has nothing stolen from it, however little it would be given.
    """
    began_s, had_s = time.monotonic(), time.process_time()
    while (passed_s := time.monotonic() - began_s) < seconds:
        pass
    return max(0.0, 1 - (time.process_time() - had_s) / passed_s)


def say(line: str) -> None:
    """Print in a line of its own."""
    sys.stdout.write(f"=== {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
