"""The floor: pynput's own listeners and a list, and nothing else.

Run with a Python that has pynput; it imports nothing of ours.

`floor_logger.py FILE`: prints "ready", writes what it saw as JSON lines when it is told to stop (SIGINT).
"""

from __future__ import annotations

import json
import signal
import sys
import time


def main() -> None:
    from pynput import keyboard, mouse  # type: ignore[import-untyped,import-not-found,unused-ignore]

    seen: list[tuple[object, ...]] = []
    now = time.monotonic_ns
    pointer = mouse.Listener(
        on_move=lambda x, y, *_: seen.append((now(), "move", x, y)),
        on_click=lambda x, y, button, pressed, *_: seen.append((now(), "down" if pressed else "up", button.value)),
        on_scroll=lambda x, y, dx, dy, *_: seen.append((now(), "scroll", -dy)),
    )
    keys = keyboard.Listener(
        on_press=lambda key, *_: seen.append((now(), "key down", str(key))),
        on_release=lambda key, *_: seen.append((now(), "key up", str(key))),
    )
    pointer.start()
    keys.start()
    pointer.wait()
    keys.wait()
    print("ready", flush=True)
    signal.sigwait({signal.SIGINT})
    with open(sys.argv[1], "w") as file:  # noqa: PTH123
        file.writelines(json.dumps(row) + "\n" for row in seen)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    main()
