"""A source's own process: `python -m understudy.recorder.host SOURCE DESCRIPTOR PARENT`.

Started by the recorder, already confined by its Landlock rules; ends with it, whatever happens.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from typing import cast, get_args

import msgspec

from understudy.capture.choose import make_source
from understudy.capture.source import CaptureUnavailable, Control, DesktopEnv, SourceName
from understudy.recorder.confine import die_with, forbid_dumps
from understudy.recorder.logs import only_our_lines
from understudy.recorder.wire import SourceChannel, SourceFailed, SourceReady, Wire

log = logging.getLogger(__name__)


JOB_S = 60.0
"""How long to wait for the job: a source is there before the indicator is on the screen."""


class SourceJob(msgspec.Struct, frozen=True, tag="job"):
    """The first message to a source's process."""

    desktop: DesktopEnv
    grabs_per_s: float = 10.0


def host(name: SourceName, descriptor: int) -> int:
    """Run one source over an inherited socket; the exit code."""
    connection = socket.socket(fileno=descriptor)
    first: Wire[SourceJob | Control] = Wire(connection, SourceJob | Control)
    messages = first.wait(JOB_S)
    if not messages or not isinstance(messages[0], SourceJob):
        return 1
    wire: Wire[Control] = Wire(connection, Control)
    wire.send(SourceReady())
    try:
        make_source(name, messages[0].desktop, messages[0].grabs_per_s).run(SourceChannel(wire))
    except (EOFError, BrokenPipeError):
        return 0
    except (CaptureUnavailable, OSError) as error:
        return _fail(wire, str(error), unavailable=isinstance(error, CaptureUnavailable))
    except Exception as error:  # noqa: BLE001 - its text may quote what was captured: only the type goes on
        return _fail(wire, f"{name} source failed: {type(error).__name__}", unavailable=False)
    return 0


def _fail(wire: Wire[Control], message: str, *, unavailable: bool) -> int:
    try:
        wire.send(SourceFailed(message, unavailable))
    except BrokenPipeError:
        return 1
    return 1


def main() -> None:
    """Entry point of the process."""
    name, descriptor, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if name not in get_args(SourceName):
        raise SystemExit(2)
    # The terminal's Ctrl+C is the recorder's business; it tells us to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_dumps()
    only_our_lines()
    die_with(parent)
    sys.exit(host(cast("SourceName", name), descriptor))


if __name__ == "__main__":
    main()
