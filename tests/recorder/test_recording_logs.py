"""What the recorder's processes print: our lines, never a library's."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, logging
from understudy.recorder.logs import only_our_lines

only_our_lines()
logging.getLogger("dbus_fast.message_bus").error("a handler failed: %s", "captured")
logging.getLogger("asyncio").exception("captured", exc_info=ValueError("captured"))
logging.getLogger("understudy.capture.x11.elements").warning("process %d is left alone", 7)

class Failing:
    def __del__(self):
        raise ValueError("captured")

Failing()

async def fail():
    raise ValueError("captured")

async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)

asyncio.run(main())
"""


def test_only_our_own_lines_are_printed() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "process 7 is left alone",
        "an exception could not be raised: ValueError",
    ]
