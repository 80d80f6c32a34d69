"""The recorder's own process: `python -m understudy.recorder DESCRIPTOR PARENT`.

Confines itself before it opens anything, records one recording, says how it ended. When its parent is killed it
sees the end of the connection and closes the recording properly; its own children die with it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import traceback
from pathlib import Path

import msgspec

from understudy.recorder.bars import WINDOW_CLASS
from understudy.recorder.confine import ConfinementUnavailable, forbid_dumps, restrict_writes
from understudy.recorder.job import Ended, RecorderJob, ToRecorder
from understudy.recorder.logs import only_our_lines
from understudy.recorder.session import Session
from understudy.recorder.wire import Wire
from understudy.redact.directory import Directory
from understudy.redact.guard import Guard
from understudy.redact.policy import DenyRule, Policy
from understudy.redact.scrub import Scrubber
from understudy.seal.keys import DeviceSigner
from understudy.spool.writer import SpoolFull, SpoolWriter

log = logging.getLogger(__name__)


def without_ourselves(policy: Policy) -> Policy:
    """The policy with Understudy's own windows denied, whatever it says."""
    own = DenyRule(name="understudy", app=WINDOW_CLASS)
    return msgspec.structs.replace(policy, deny=(*policy.deny, own))


def record(job: RecorderJob, control: Wire[ToRecorder]) -> Ended:
    """Confine this process to the recording's folder and record into it."""
    folder = Path(job.folder)
    restrict_writes([folder])
    policy = without_ourselves(job.policy)
    scrubber = Scrubber(policy.scrub, Directory(policy.directory))
    guard = Guard(policy, scrubber, frames_per_s=job.settings.frames_per_s)
    # The same scrubber as the guard's: a value in the task has the token that it has in the recording.
    info = msgspec.structs.replace(job.info, task=scrubber.scrub(job.info.task).text)
    writer = SpoolWriter.create(
        folder,
        info,
        job.recording_public_key,
        DeviceSigner(job.device_seed),
        rekey=guard.rekey,
        note=lambda: guard.issued,
    )
    return Session(job, control, writer, guard).run()


def main() -> None:
    """Entry point of the process."""
    descriptor = int(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    forbid_dumps()
    only_our_lines()
    control: Wire[ToRecorder] = Wire(socket.socket(fileno=descriptor), ToRecorder)
    messages = control.wait(10)
    if not messages or not isinstance(messages[0], RecorderJob):
        sys.exit(1)
    try:
        ended = record(messages[0], control)
    except ConfinementUnavailable as error:
        ended = Ended(cause="failed", message=str(error), stats={})
    except SpoolFull as full:
        ended = Ended(cause="disk_full", message=str(full), stats={})
    except Exception as error:  # noqa: BLE001 - its text and its frames may hold captured content
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        ended = Ended(cause="failed", message=f"the recorder failed: {type(error).__name__} at {place}", stats={})
    try:
        control.send(ended)
    except BrokenPipeError:
        sys.exit(1)
    sys.exit(0 if ended.cause != "failed" else 1)


if __name__ == "__main__":
    main()
