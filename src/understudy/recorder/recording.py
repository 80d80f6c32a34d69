"""One recording: the guard, the writer and the session that feeds the one into the other."""

from __future__ import annotations

import traceback
from pathlib import Path

import msgspec

from understudy.recorder.bars import WINDOW_CLASS
from understudy.recorder.crew import Crew
from understudy.recorder.flusher import Flusher
from understudy.recorder.job import Ended, RecorderJob, ToRecorder
from understudy.recorder.session import Session
from understudy.recorder.wire import Wire
from understudy.redact.directory import Directory
from understudy.redact.guard import Guard
from understudy.redact.policy import DenyRule, Policy
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import kinds_of
from understudy.seal.keys import DeviceSigner
from understudy.spool.writer import SpoolFull, SpoolWriter


def without_ourselves(policy: Policy) -> Policy:
    """The policy with Understudy's own windows denied, whatever it says."""
    own = DenyRule(name="understudy", app=WINDOW_CLASS)
    return msgspec.structs.replace(policy, deny=(*policy.deny, own))


def perform(job: RecorderJob, control: Wire[ToRecorder], crew: Crew) -> Ended:
    """Record until it ends; how it did. Raises nothing: what goes wrong is told without what was captured."""
    try:
        return _record(job, control, crew)
    except SpoolFull as full:
        return Ended(cause="disk_full", message=str(full), stats={})
    except Exception as error:  # noqa: BLE001 - its text and its frames may hold captured content
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        return Ended(cause="failed", message=f"the recorder failed: {type(error).__name__} at {place}", stats={})
    finally:
        crew.dismiss()


def _record(job: RecorderJob, control: Wire[ToRecorder], crew: Crew) -> Ended:
    policy = without_ourselves(job.policy)
    scrubber = Scrubber(kinds_of(policy.categories), Directory(policy.directory))
    guard = Guard(policy, scrubber, frames_per_s=job.settings.frames_per_s)
    # The same scrubber as the guard's: a value in the task has the token that it has in the recording.
    info = msgspec.structs.replace(job.info, task=scrubber.scrub(job.info.task).text)
    flusher = Flusher(lambda: guard.issued)
    writer = SpoolWriter.create(
        Path(job.folder),
        info,
        job.recording_public_key,
        DeviceSigner(job.device_seed),
        rekey=flusher.ask_for_key_frame,
        note=flusher.noted,
    )
    flusher.start(writer)
    return Session(job, control, writer, flusher, guard, crew).run()
