"""The recorder's own process: `python -m understudy.recorder DESCRIPTOR PARENT`.

Confines itself before it opens anything, forks the processes that it needs, then takes its job, records one recording,
and says how it ended. When its parent is killed it sees the end of the connection and closes the recording properly;
its own children die with it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from pathlib import Path

from understudy.recorder.confine import ConfinementUnavailable, forbid_dumps, restrict_writes
from understudy.recorder.crew import fork_crew
from understudy.recorder.job import Confine, Ended, RecorderJob, ToRecorder
from understudy.recorder.logs import only_our_lines
from understudy.recorder.memory import spare_memory
from understudy.recorder.wire import Wire, first_message

log = logging.getLogger(__name__)

JOB_S = 30.0
"""How long to wait for the job."""


def record(connection: socket.socket) -> Ended:
    """Confine this process to the recording's folder and record into it."""
    confine = first_message(connection, Confine, JOB_S)
    restrict_writes([Path(confine.folder)])
    crew = fork_crew()
    # Imported only now: none of it is the forked processes' to hold.
    from understudy.recorder.recording import perform

    control: Wire[ToRecorder] = Wire(connection, ToRecorder)
    messages = control.wait(JOB_S)
    if not messages or not isinstance(messages[0], RecorderJob) or messages[0].folder != confine.folder:
        crew.dismiss()
        return Ended(cause="failed", message="the recorder was given no job", stats={})
    return perform(messages[0], control, crew)


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    forbid_dumps()
    only_our_lines()
    spare_memory()
    connection = socket.socket(fileno=int(sys.argv[1]))
    try:
        ended = record(connection)
    except ConfinementUnavailable as error:
        ended = Ended(cause="failed", message=str(error), stats={})
    except EOFError:
        sys.exit(1)
    try:
        Wire[ToRecorder](connection, ToRecorder).send(ended)
    except OSError:
        os._exit(1)
    # All is on disk and told: taking the interpreter down piece by piece would only delay the command.
    os._exit(0 if ended.cause != "failed" else 1)


if __name__ == "__main__":
    main()
