"""openadapt-capture's own processing of the same hour, timed in an environment of its own.

Run by bench_reduce.py with that environment's Python: events as JSON lines on standard input, one JSON object on
standard output. It imports nothing of ours.
"""

from __future__ import annotations

import importlib.metadata
import json
import resource
import statistics
import sys
import time
from collections import Counter


def main() -> None:
    from openadapt_capture.events import (  # type: ignore[import-not-found,unused-ignore]
        KeyDownEvent,
        KeyUpEvent,
        MouseDownEvent,
        MouseMoveEvent,
        MouseScrollEvent,
        MouseUpEvent,
    )
    from openadapt_capture.processing import process_events  # type: ignore[import-not-found,unused-ignore]

    kinds = {
        "move": MouseMoveEvent,
        "down": MouseDownEvent,
        "up": MouseUpEvent,
        "scroll": MouseScrollEvent,
        "key_down": KeyDownEvent,
        "key_up": KeyUpEvent,
    }
    events = [kinds[row.pop("kind")](**row) for row in map(json.loads, sys.stdin)]
    rounds = int(sys.argv[1])
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(rounds):
        began = time.process_time()
        told = process_events(events)
        times.append(time.process_time() - began)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    json.dump(
        {
            "version": importlib.metadata.version("openadapt-capture"),
            "median_s": statistics.median(times),
            "peak_mb": peak_kib * 1024 / 1e6,
            "actions": len(told),
            "kinds": Counter(str(event.type) for event in told),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
