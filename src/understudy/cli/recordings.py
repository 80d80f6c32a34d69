"""`understudy recordings`: which there are, what one holds, whether it is intact, and forgetting one."""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from understudy.build.forget import forget_recording
from understudy.cli.errors import CommandFailed
from understudy.cli.output import Cell, print_json, print_list
from understudy.cli.own_key import ask_passphrase
from understudy.cli.recording_ids import find_recording
from understudy.records.recording import RecordingInfo
from understudy.seal.errors import SealError, UnknownVersion, WrongKey
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.contents import Contents, count_contents
from understudy.spool.identity import Identity, NoIdentity
from understudy.spool.keystore import KeyGone, KeyStore
from understudy.spool.lock import recorder_runs
from understudy.spool.reader import RecordingReader, verify_recording
from understudy.spool.recordings import describe, finish_forgetting, recording_ids, recording_now
from understudy.spool.secrets import SecretServiceUnavailable

_JSON = typer.Option("--json", help="Print JSON.")
_UNLOCK = typer.Option("--unlock", help="Ask for the passphrase of the contributor's key, where it has one.")
_ID = typer.Argument(help="The recording's id, or its beginning.", metavar="ID")


def register(app: typer.Typer) -> None:
    """Add `recordings list`, `show`, `verify` and `forget`."""
    recordings = typer.Typer(no_args_is_help=True, help="See, check and forget what was recorded.")
    recordings.command("list", epilog="Example: understudy recordings list --json")(list_)
    recordings.command("show", epilog="Example: understudy recordings show 3f2a")(show)
    recordings.command("verify", epilog="Example: understudy recordings verify")(verify)
    recordings.command("forget", epilog="Example: understudy recordings forget 3f2a")(forget)
    app.add_typer(recordings, name="recordings", epilog="Example: understudy recordings list")


def list_(
    context: typer.Context,
    unlock: Annotated[bool, _UNLOCK] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List the recordings, oldest first. What is sealed shows only with the contributor's key."""
    home: Home = context.obj
    ids = recording_ids(home.spool)
    keys = _Keys(home, unlock) if ids else None
    rows = sorted((_row(home, keys, one) for one in ids if keys), key=lambda row: (row.started or "", row.id))
    shown: list[dict[str, Cell]] = [
        dataclasses.asdict(row)
        if as_json
        else {
            "id": row.id[:8],
            "started": _local(row.started) if row.started else "sealed",
            "duration": _duration(row.duration_s),
            "size": _size(row.bytes),
            "verdict": row.verdict,
            "task": "sealed" if row.task is None else row.task or "–",
        }
        for row in rows
    ]
    columns = {
        "id": "Id",
        "started": "Started",
        "duration": "Duration",
        "size": "Size",
        "verdict": "Verdict",
        "task": "Task",
    }
    print_list(shown, as_json=as_json, columns=columns, empty="Nothing is recorded yet: understudy record begins.")


def show(
    context: typer.Context,
    recording_id: Annotated[str, _ID],
    unlock: Annotated[bool, _UNLOCK] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show what one recording holds: counts by stream, what was dropped and why, applications, times."""
    home: Home = context.obj
    recording_id = find_recording(home, recording_id)
    keys = _Keys(home, unlock)
    private_key = keys.open(recording_id)
    try:
        # Counting goes on past damage; the verdict says that there is some.
        verdict = verify_recording(
            home.spool / recording_id, device_public_key=keys.device_public_key, private_key=private_key
        )
        reader = RecordingReader(
            home.spool / recording_id, private_key, device_public_key=keys.device_public_key, on_damage="skip"
        )
        info = reader.info()
        contents = count_contents(reader.pieces())
        summary = reader.summary()
    except SealError as error:
        raise CommandFailed(str(error)) from None
    folder = describe(home.spool / recording_id, keys.device_public_key)
    value = {
        "id": recording_id,
        "task": info.task,
        "tasks": list(contents.tasks),
        "started_at": info.started_at,
        "duration_s": _seconds(info, contents.last_ns),
        "paused_s": contents.paused_s,
        "forgotten": contents.forgotten,
        "forgotten_s": contents.forgotten_s,
        "profile": info.profile,
        "contributor": info.contributor,
        "consent_id": info.consent_id,
        "policy_sha256": info.policy_sha256,
        "policy_edition": info.policy_edition,
        "policy_signer": info.policy_signer,
        "policy_signer_key": info.policy_signer_key,
        "product_version": info.product_version,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "bytes": folder.bytes,
        "segments": folder.segments,
        "records": contents.records,
        "image_bytes": contents.image_bytes,
        "texts": contents.texts,
        "dropped": [
            {"what": what, "reason": reason, "count": count} for (what, reason), count in contents.dropped.items()
        ],
        "lost": contents.lost,
        "applications_s": {name: round(seconds, 1) for name, seconds in contents.applications.items()},
        "stats": summary.stats if summary else {},
    }
    if as_json:
        print_json(value)
    else:
        _print_contents(value, info, contents)


def verify(
    context: typer.Context,
    recording_id: Annotated[
        str | None, typer.Argument(help="The recording's id, or its beginning (default: all).", metavar="[ID]")
    ] = None,
    unlock: Annotated[bool, _UNLOCK] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Say of each recording whether it is whole, recovered, incomplete or tampered with, and why.

    Ends with code 1 when one is incomplete, tampered with or of an unknown version.
    """
    home: Home = context.obj
    ids = (find_recording(home, recording_id),) if recording_id else recording_ids(home.spool)
    rows: list[dict[str, Cell]] = []
    if ids:
        keys = _Keys(home, unlock)
        rows = [_verdict_row(home, keys, one) for one in ids]
    if not as_json:
        rows = [{**row, "id": str(row["id"])[:8]} for row in rows]
    columns = {"id": "Id", "verdict": "Verdict", "reason": "Reason", "depth": "Looked at"}
    print_list(rows, as_json=as_json, columns=columns, empty="Nothing is recorded yet.")
    if any(row["verdict"] not in ("whole", "recovered", "open") for row in rows):
        raise typer.Exit(1)


def forget(
    context: typer.Context,
    recording_id: Annotated[str, _ID],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Forget a recording for good: its keys, its bytes, and what datasets hold of it.

    Copies of its bytes, wherever they are, can't be opened any more; each dataset version that held it gets an erasure
    revision. Plain exports that were made from it are files of yours: delete them yourself.
    """
    home: Home = context.obj
    recording_id = find_recording(home, recording_id, forgettable=True)
    if recording_id == recording_now(home.spool):
        raise CommandFailed(f"recording {recording_id[:8]} is being recorded now: stop the recorder first")
    if not yes:
        typer.confirm(f"Forget recording {recording_id[:8]} for good? Nothing brings it back.", abort=True)
    result = forget_recording(home, recording_id, reason="forgotten by the contributor")
    if as_json:
        print_json({"id": recording_id, "dataset_revisions": list(result.dataset_revisions)})
        return
    typer.echo(f"Recording {recording_id[:8]} is forgotten: its keys and its bytes are gone.")
    for revision in result.dataset_revisions:
        typer.echo(f"Dataset {revision} is the revision without it.")


@dataclass(frozen=True)
class _Row:
    """One line of the list; None is what only the key would tell."""

    id: str
    started: str | None
    duration_s: float | None
    bytes: int
    segments: int
    task: str | None
    verdict: str


class _Keys:
    """The keys that this command may use: the contributor's where it opens without asking or was asked for."""

    def __init__(self, home: Home, unlock: bool) -> None:
        self._store = KeyStore(home.keys)
        self.recording_now = recording_now(home.spool)
        if not recorder_runs(home.spool):
            # What a recorder was told to forget when it was killed is read by nobody; now it goes from the disk, too.
            finish_forgetting(home.spool)
        self.device_public_key = identity.device(home.identity).public_key
        self.identity: Identity | None = None
        self._sealed = ""
        try:
            if identity.method(home.identity) != "passphrase" or unlock:
                self.identity = identity.load(home.identity, ask_passphrase=ask_passphrase)
            else:
                self._sealed = "it is sealed under a passphrase: add --unlock to be asked for it"
        except NoIdentity as error:
            self._sealed = str(error)
        except SecretServiceUnavailable as error:
            self._sealed = str(error)
        except SealError as error:
            raise CommandFailed(str(error)) from None

    def get(self, recording_id: str) -> bytes | None:
        """The recording's private key, None when it can't be had."""
        if self.identity is None:
            return None
        try:
            return self._store.unwrap(recording_id, self.identity)
        except (KeyGone, SealError):
            return None

    def open(self, recording_id: str) -> bytes:
        """The recording's private key; raises CommandFailed with the reason when it can't be had."""
        if self.identity is None:
            raise CommandFailed(f"recording {recording_id[:8]}: {self._sealed}")
        try:
            return self._store.unwrap(recording_id, self.identity)
        except (KeyGone, SealError) as error:
            raise CommandFailed(str(error)) from None


def _row(home: Home, keys: _Keys, recording_id: str) -> _Row:
    folder = describe(home.spool / recording_id, keys.device_public_key)
    private_key = keys.get(recording_id)
    verdict: str = folder.outline.verdict if folder.outline else "unknown version"
    if recording_id == keys.recording_now:
        verdict = "open"
    elif private_key is not None and folder.outline and not folder.closed:
        # Only a look inside tells a crash's torn tail from something missing.
        verdict = str(_verdict_row(home, keys, recording_id)["verdict"])
    row = _Row(recording_id, None, None, folder.bytes, folder.segments, None, verdict)
    if private_key is None or folder.outline is None:
        return row
    try:
        reader = RecordingReader(folder.folder, private_key, device_public_key=keys.device_public_key, on_damage="skip")
        info = reader.info()
        duration_s = _seconds(info, reader.last_ns())
    except SealError:
        return row
    return dataclasses.replace(row, started=info.started_at, duration_s=duration_s, task=info.task)


def _verdict_row(home: Home, keys: _Keys, recording_id: str) -> dict[str, Cell]:
    if recording_id == keys.recording_now:
        return {"id": recording_id, "verdict": "open", "reason": "it is being recorded now", "depth": "nothing"}
    looked = {"outline": "headers", "bytes": "every byte", "content": "every frame, opened"}
    try:
        result = verify_recording(
            home.spool / recording_id,
            device_public_key=keys.device_public_key,
            private_key=keys.get(recording_id),
        )
    except UnknownVersion as error:
        return {"id": recording_id, "verdict": "unknown version", "reason": str(error), "depth": "version"}
    except WrongKey as error:
        return {"id": recording_id, "verdict": "wrong key", "reason": str(error), "depth": "headers"}
    return {
        "id": recording_id,
        "verdict": result.verdict,
        "reason": result.reason,
        "depth": looked[result.depth],
    }


def _print_contents(value: dict[str, object], info: RecordingInfo, contents: Contents) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]Recording {info.id}[/]")
    lines = {
        "Task": info.task or "–",
        "Started": _local(info.started_at),
        "Duration": _duration(_seconds(info, contents.last_ns)),
        "Verdict": f"{value['verdict']} ({value['reason']})",
        "Profile": info.profile,
        "Policy": _policy_words(info),
        "Size": f"{_size(int(str(value['bytes'])))} in {value['segments']} segments, "
        f"{_size(contents.image_bytes)} of it pictures",
        "Paused": _duration(contents.paused_s),
        "Forgotten": _forgotten(contents),
        "Lost": f"{contents.lost} times" if contents.lost else "nothing",
    }
    for name, text in lines.items():
        console.print(f"{name:<12}{escape(text)}")
    tables: tuple[tuple[str, dict[str, str]], ...] = (
        ("Records", {name: str(count) for name, count in contents.records.items()}),
        ("Typed runs kept", {level: str(count) for level, count in contents.texts.items()}),
        (
            "Dropped",
            {f"{what}: {reason.replace('_', ' ')}": str(count) for (what, reason), count in contents.dropped.items()},
        ),
        ("Applications", {name: _duration(seconds) for name, seconds in contents.applications.items()}),
    )
    for heading, rows in tables:
        console.print(f"\n[bold]{heading}[/]")
        for name, text in rows.items():
            console.print(f"  {escape(name):<32}{text:>10}")
        if not rows:
            console.print("  none")


def _forgotten(contents: Contents) -> str:
    if not contents.forgotten:
        return "nothing"
    times = "once" if contents.forgotten == 1 else f"{contents.forgotten} times"
    return f"{times}, {_duration(contents.forgotten_s)} in all"


def _policy_words(info: RecordingInfo) -> str:
    """Which policy it was made under; `understudy policy show` prints it by the beginning of its hash."""
    edition = f"edition {info.policy_edition}, " if info.policy_edition else ""
    signer = f", signed by {info.policy_signer} ({info.policy_signer_key[:16]}…)" if info.policy_signer_key else ""
    return f"{edition}sha256 {info.policy_sha256[:16]}…{signer}"


def _seconds(info: RecordingInfo, last_ns: int | None) -> float:
    return max(0.0, round((last_ns - info.start_ns) / 1e9, 1)) if last_ns is not None else 0.0


def _local(started_at: str) -> str:
    """Wall time as people here read it; as it stands when it is no ISO 8601."""
    try:
        moment = datetime.datetime.fromisoformat(started_at)
    except ValueError:
        return started_at
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "sealed"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _size(size: int) -> str:
    """Decimal units, as file managers show them."""
    if size < 1000:
        return f"{size} B"
    value, units = size / 1000, ["KB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f} {units[0]}"
