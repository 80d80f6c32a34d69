"""`understudy record`: notice, consent, then a recording until it is told to stop."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer
from rich.console import Console
from rich.markup import escape

import understudy
from understudy.capture.choose import check_desktop, desktop_settings
from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.survey import silent_browsers, silent_note
from understudy.capture.x11.virtual import nobody_can_sit_there
from understudy.catalogue.elsewhere import Elsewhere
from understudy.catalogue.rows import RecordingState
from understudy.cli.agree import DEMO_CONTRIBUTOR, agree, ask_profile, now
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.options import Consent, IdentityMethod, PolicyFile, ProfileName, TaskWords
from understudy.cli.own_key import make_identity
from understudy.cli.policy_files import PolicyInForce, policy_in_force
from understudy.recorder.job import Ended, RecorderJob, StopCause
from understudy.recorder.launch import Follower, RecorderProcess
from understudy.records import SCHEMA_VERSION
from understudy.records.desktop_settings import DesktopSettings
from understudy.records.recording import Profile, RecordingInfo
from understudy.redact.policy import Policy
from understudy.redact.policy_file import PolicyFault, preset
from understudy.seal.keys import new_pair
from understudy.settings import Home, RecorderSettings
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.lock import AlreadyRecording, RecorderLock
from understudy.spool.recordings import finish_forgetting

if TYPE_CHECKING:
    from understudy.catalogue.catalogue import Catalogue

_CONTRIBUTOR_FILE = "contributor"
_LEAST_FREE_BYTES = 10_000_000
"""No recording begins with less room than this: about a quarter of an hour of it (32 MB/h of screen)."""

CLOSING_S = 2.0
"""How long to wait for an earlier recording that is just being closed; one takes up to a second."""

_ENDINGS: dict[StopCause, str] = {
    "asked": "stopped",
    "consent_withdrawn": "stopped: the consent was withdrawn",
    "time_limit": "stopped: the time was over",
    "disk_full": "stopped: the disk is full; what was sealed before stays readable",
    "desktop_gone": "stopped: the desktop is gone; what was recorded is sealed and readable",
    "indicator_gone": "stopped: the indicator is gone, and nothing may be recorded without it",
    "parent_gone": "stopped: the command that started the recorder is gone",
    "failed": "failed",
}


def register(app: typer.Typer) -> None:
    """Add `record`."""
    app.command("record", epilog="Example: understudy record --task 'file an expense report'")(record)


def record(
    context: typer.Context,
    task: TaskWords = "",
    profile: ProfileName = None,
    policy: PolicyFile = None,
    consent: Consent = "ask",
    identity_method: IdentityMethod = None,
    seconds_max: Annotated[
        int | None, typer.Option("--seconds-max", min=1, help="Stop after so many seconds.", show_default=False)
    ] = None,
    video: Annotated[
        int | None,
        typer.Option(min=1, max=60, help="Keep up to so many pictures a second of what moves.", show_default=False),
    ] = None,
) -> None:
    """Record your work on this X11 desktop until you press Ctrl+C here, or the stop hotkey anywhere."""
    options = RecordOptions(
        task=task,
        profile=profile,
        policy=policy,
        consent=consent,
        identity_method=identity_method,
        seconds_max=seconds_max,
        video=video,
    )
    record_desktop(context.obj, os.environ, options)


@dataclass(frozen=True)
class RecordOptions:
    """What `record` was told on its command line."""

    task: str = ""
    profile: str | None = None
    policy: Path | None = None
    consent: str = "ask"
    identity_method: str | None = None
    seconds_max: int | None = None
    video: int | None = None


def record_desktop(
    home: Home,
    environment: Mapping[str, str],
    options: RecordOptions,
    *,
    begun: Callable[[], None] = lambda: None,
    ended: Callable[[], bool] = lambda: False,
) -> StopCause:
    """Record the desktop that `environment` names until it is told to stop; returns why it stopped.

    `begun` is called when recording has begun; once `ended` gives True it is stopped as if asked to. Raises UsageFault,
    CommandFailed.
    """
    console = Console()
    desktop = _desktop(options.consent, environment)
    _prepare(home)
    try:
        with RecorderLock(home.spool, CLOSING_S), Elsewhere(home.catalogue) as elsewhere:
            catalogue = elsewhere.catalogue
            _note_interrupted(home, catalogue)
            in_force = _policy(home, options.policy, options.profile, console)
            chosen = in_force.policy
            demo = options.consent == "demo"
            contributor = DEMO_CONTRIBUTOR if demo else _contributor(home)
            catalogue.add_contributor(contributor, demo=demo)
            agreement = agree(catalogue, contributor, chosen, console, demo=demo)
            make_identity(home, chosen.profile, options.identity_method, console)
            catalogue.add_policy(in_force.text, edition=chosen.edition, signature=in_force.signature)
            job = _job(home, chosen, desktop, contributor, agreement.consent.id, options, environment)
            catalogue.add_recording(
                job.info.id, contributor=contributor, consent_id=agreement.consent.id, started_at=job.info.started_at
            )
            # For the hours of the recording its memory is given back.
            elsewhere.rest()
            follow = _Follow(
                job, elsewhere, agreement.consent.id, chosen, options.seconds_max, environment, console, begun, ended
            )
            end = _run(follow)
            sealed = _sealed_bytes(Path(job.folder))
            # A full disk takes no word of the catalogue's either: the next start notes that this one was cut short.
            if end.cause != "disk_full":
                state: RecordingState = "interrupted" if end.cause == "failed" else "finished"
                catalogue.finish_recording(job.info.id, state, sealed)
    except AlreadyRecording as busy:
        raise CommandFailed(str(busy)) from None
    if end.cause == "failed":
        raise CommandFailed(end.message or "the recorder failed")
    console.print(f"{_ENDINGS[end.cause]}. {_measured(end, sealed)}")
    console.print(f"look at it: understudy recordings show {job.info.id[:8]}", highlight=False)
    if end.cause in ("disk_full", "indicator_gone"):
        raise CommandFailed(end.message)
    return end.cause


def _desktop(consent: str, environment: Mapping[str, str]) -> DesktopEnv:
    """The desktop to record, looked at before anything is made. Raises UsageFault, CommandFailed."""
    if consent not in ("ask", "demo"):
        raise UsageFault(f"--consent {consent!r}: expected ask or demo")
    try:
        check_desktop(environment)
        desktop = DesktopEnv.from_environment(environment)
        if consent == "demo" and not nobody_can_sit_there(desktop):
            raise UsageFault(
                f"--consent demo: display {desktop.display} has real input devices; a person consents for themselves"
            )
    except CaptureUnavailable as missing:
        raise CommandFailed(str(missing)) from None
    return desktop


def _prepare(home: Home) -> None:
    try:
        for folder in (home.root, home.spool):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(
            f"{home.root} can't be used as a home: {error.strerror}; choose another with --home"
        ) from None
    free = shutil.disk_usage(home.root).free
    if free < _LEAST_FREE_BYTES:
        raise CommandFailed(
            f"the disk that holds {home.root} is full: {free / 1e6:.1f} MB are free, a recording needs "
            f"{_LEAST_FREE_BYTES / 1e6:.0f} MB to begin; free some space, or choose another home with --home"
        )


def _note_interrupted(home: Home, catalogue: Catalogue) -> None:
    """With the lock held nobody records: what the catalogue says is being recorded lost its command.

    What it was told to forget when it ended goes now, if it hadn't gone by then.
    """
    finish_forgetting(home.spool)
    for row in catalogue.recordings(state="recording"):
        catalogue.finish_recording(row.id, "interrupted", _sealed_bytes(home.spool / row.id))


def _sealed_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir()) if folder.is_dir() else 0


def _policy(home: Home, given: Path | None, profile: str | None, console: Console) -> PolicyInForce:
    """The policy in force: the given file, else the home's own, which the first run writes from the preset.

    Its signature is checked where it has one or this home asks for one.
    """
    if profile is not None and profile not in get_args(Profile):
        raise UsageFault(f"--profile {profile!r}: expected own-work or workplace")
    path = given or home.policy
    if given is None and not home.policy.exists():
        chosen = cast("Profile", profile) if profile else ask_profile(console)
        home.policy.write_bytes(preset(chosen))
        console.print(f"your policy file is {escape(str(home.policy))}; change it to what you need", highlight=False)
    try:
        in_force = policy_in_force(home, path)
    except PolicyFault as fault:
        raise UsageFault(f"{fault}; all of them: understudy policy check {path}") from None
    policy = in_force.policy
    if profile is not None and profile != policy.profile:
        raise UsageFault(
            f"--profile {profile}: the policy {path.name} is for {policy.profile}; give a policy of that profile"
        )
    if not policy.apps and not policy.unknown_apps:
        raise UsageFault(f"the policy {path} names no application: nothing would be recorded; add an [[app]] table")
    return in_force


def _contributor(home: Home) -> str:
    """This home's pseudonym, made at first use."""
    path = home.root / _CONTRIBUTOR_FILE
    if not path.exists():
        path.write_text(f"contributor-{secrets.token_hex(4)}\n")
    return path.read_text().strip()


def _job(
    home: Home,
    policy: Policy,
    desktop: DesktopEnv,
    contributor: str,
    consent_id: str,
    options: RecordOptions,
    environment: Mapping[str, str],
) -> RecorderJob:
    """Make the recording's key pair, describe the job. The private half is kept wrapped and ends here."""
    recording_id = secrets.token_hex(16)
    pair = new_pair()
    KeyStore(home.keys).add(recording_id, pair.private, [identity.public_key(home.identity)])
    folder = home.spool / recording_id
    folder.mkdir(mode=0o700)
    info = RecordingInfo(
        id=recording_id,
        contributor=contributor,
        consent_id=consent_id,
        profile=policy.profile,
        started_at=now(),
        start_ns=time.monotonic_ns(),
        policy_sha256=policy.sha256,
        policy_edition=policy.edition,
        policy_signer=policy.signer,
        policy_signer_key=policy.signer_key,
        product_version=understudy.__version__,
        schema_version=SCHEMA_VERSION,
        task=options.task,
    )
    return RecorderJob(
        info=info,
        folder=str(folder),
        recording_public_key=pair.public,
        device_seed=identity.device(home.identity).seed,
        policy=policy,
        desktop=desktop,
        settings=recorder_settings(options.video),
        desktop_settings=_desktop_settings(environment),
    )


def recorder_settings(video: int | None) -> RecorderSettings:
    """How the recorder works when asked for `video` pictures a second, None: as usual."""
    usual = RecorderSettings()
    if video is None:
        return usual
    return replace(usual, frames_per_s=max(usual.frames_per_s, video), grabs_per_s=max(usual.grabs_per_s, video))


def _desktop_settings(environment: Mapping[str, str]) -> DesktopSettings:
    try:
        return desktop_settings(environment)
    except CaptureUnavailable as missing:
        raise CommandFailed(str(missing)) from None


@dataclass(frozen=True)
class _Follow:
    """A recording and what is watched while it runs."""

    job: RecorderJob
    elsewhere: Elsewhere
    consent_id: str
    policy: Policy
    seconds_max: int | None
    environment: Mapping[str, str]
    console: Console
    begun: Callable[[], None]
    ended: Callable[[], bool]


def _run(follow: _Follow) -> Ended:
    """Follow the recorder to its end, watching the consent and the time."""
    job, policy, console = follow.job, follow.policy, follow.console
    silent = silent_browsers(follow.environment)
    # Asked at once: the look-up that is opened then serves on a disk that fills up later.
    started_s, asked_s = time.monotonic(), 0.0

    def ask_to_stop() -> StopCause | None:
        nonlocal asked_s
        now_s = time.monotonic()
        if follow.seconds_max is not None and now_s - started_s >= follow.seconds_max:
            return "time_limit"
        if follow.ended():
            return "asked"
        if now_s - asked_s >= job.settings.consent_check_s:
            asked_s = now_s
            if not follow.elsewhere.consent_holds(follow.consent_id):
                return "consent_withdrawn"
        return None

    def begun(notes: tuple[str, ...]) -> None:
        console.print(f"recording {job.info.id}", highlight=False)
        console.print(
            f"{policy.hotkey_pause} pauses and resumes; {policy.hotkey_forget} has the last 5 minutes forgotten; "
            f"{policy.hotkey_stop}, or Ctrl+C here, stops",
            highlight=False,
        )
        for note in (*notes, *(silent_note(name) for name in silent)):
            console.print(f"note: {escape(note)}", highlight=False)
        follow.begun()

    def remark(text: str) -> None:
        console.print(f"note: {escape(text)}", highlight=False)

    # A terminal that is closed, a session that ends: both end the recording as Ctrl+C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    process = RecorderProcess(job)
    try:
        return process.follow(Follower(begun, remark), ask_to_stop)
    finally:
        process.close()


def _measured(ended: Ended, sealed_bytes: int) -> str:
    duration = ended.stats.get("duration_s", 0)
    seconds = int(duration) if isinstance(duration, int | float) else 0
    return f"{seconds // 60}:{seconds % 60:02d} min recorded, {sealed_bytes / 1000:,.0f} kB sealed"
