"""Builds a dataset version from recordings: asks consent, purpose and retention of each, then makes its part."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

import understudy
from understudy.build.choose import Chosen, LeftOut, Reason, choose, default_purpose, find
from understudy.build.errors import BuildError
from understudy.build.forget import finish_erasures
from understudy.build.grants import grant_self
from understudy.build.process import Executor, InProcess, Job, Outcome, process
from understudy.build.settle import settle
from understudy.catalogue import Catalogue, DatasetRow, NotAllowed, VersionRow
from understudy.catalogue.session import utc_now
from understudy.dataset.flatten import Levels
from understudy.dataset.manifest import Manifest, ObservedEffect, Part
from understudy.dataset.tables import FORMAT_VERSION
from understudy.dataset.writer import finish_version
from understudy.pipeline import finders
from understudy.pipeline.observer import group
from understudy.records.consent import Purpose
from understudy.records.levels import Motion, Timing
from understudy.seal.errors import SealError, UnknownVersion, WrongKey
from understudy.settings import Home
from understudy.spool import identity as identities
from understudy.spool.files import make_folder
from understudy.spool.identity import Identity
from understudy.spool.keystore import KeyGone, KeyStore
from understudy.spool.reader import verify_recording

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """One recording is done: `done` of `total`, left out for `reason` unless that is ""."""

    done: int
    total: int
    recording_id: str
    reason: str = ""


@dataclass(frozen=True)
class BuildResult:
    """A version that was built. `recordings` are in it, oldest first; `left_out` are not. `bytes` is its size.

    `second_pass`, `second_pass_found`, `min_quality` and `below_quality` as in the manifest.
    """

    version: VersionRow
    folder: Path
    recordings: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    episodes: int
    steps: int
    bytes: int
    granted: bool
    second_pass: str
    second_pass_found: Mapping[str, int]
    min_quality: float = 0.0
    below_quality: int = 0


def build_dataset(
    home: Home,
    name: str,
    *,
    identity: Identity,
    recordings: Sequence[str] | None = None,
    motion: Motion = "targets",
    timing: Timing = "none",
    purpose: Purpose | None = None,
    second_pass: bool | None = None,
    min_quality: float = 0.0,
    progress: Callable[[Progress], None] = lambda _progress: None,
    executor: Executor | None = None,
    clock: Callable[[], str] = utc_now,
) -> BuildResult:
    """Build the next version of the dataset `name` from recordings (their ids or beginnings of these; None: all).

    A recording goes in when its consent holds and names the purpose, its retention is not over, and it verifies as
    whole or recovered; the others are left out, each with its reason, which the catalogue notes too. `purpose` None
    means one's own agent where a consent allows it. With the profile own-work the builder's identity is granted leave
    to open the version. `second_pass` tells whether other people's finders look through all texts once more; None: when
    they are installed, and workplace recordings are not built without. Episodes that score below `min_quality` (0
    to 1) are left out. Raises BuildError when nothing may go in or
    another build of this dataset runs; then no version exists. `clock` gives the time, ISO 8601 with zone.
    """
    if not name or len(name) > 128 or not name.isprintable():
        raise BuildError("a dataset needs a name of 1 to 128 printable characters")
    if not 0 <= min_quality <= 1:
        raise BuildError(f"the least quality is a number from 0 to 1, not {min_quality}")
    finish_erasures(home)
    with Catalogue.open(home.catalogue, clock=clock) as catalogue:
        rows = find(catalogue, recordings)
        wanted = purpose or default_purpose(catalogue, rows)
        chosen, left_out = choose(home, catalogue, rows, wanted, clock())
        looks = _second_pass(second_pass, chosen)
        dataset = catalogue.add_dataset(name, dataset_id=secrets.token_hex(16))
        with only_build(home, dataset):
            remove_orphans(home, catalogue, dataset)
            build = _Build(
                home, catalogue, dataset, identity, wanted, Levels(motion, timing), looks, min_quality, progress
            )
            try:
                result = build.run(chosen, left_out, executor or InProcess())
            except BaseException:
                shutil.rmtree(build.folder, ignore_errors=True)
                raise
    logger.info("built version %s: %d parts", result.version.id, len(result.recordings))
    return result


class _Build:
    """One build under way: what is in so far, and what was left out."""

    def __init__(
        self,
        home: Home,
        catalogue: Catalogue,
        dataset: DatasetRow,
        identity: Identity,
        purpose: Purpose,
        levels: Levels,
        second_pass: bool,
        min_quality: float,
        progress: Callable[[Progress], None],
    ) -> None:
        self._second_pass = second_pass
        self._min_quality, self._below = min_quality, 0
        self.folder = home.datasets / dataset.id / (version_id := secrets.token_hex(16))
        self._version_id = version_id
        self._home, self._catalogue, self._dataset = home, catalogue, dataset
        self._identity, self._purpose, self._levels = identity, purpose, levels
        self._progress = progress
        self._store = KeyStore(home.keys)
        self._device_public_key = identities.device(home.identity).public_key
        self._outcomes: list[Outcome] = []
        self._left_out: list[LeftOut] = []
        self._total = 0

    def run(self, chosen: Sequence[Chosen], left_out: Sequence[LeftOut], executor: Executor) -> BuildResult:
        """Make every part, then the version. Raises BuildError when no part is left."""
        self._total = len(chosen) + len(left_out)
        for one in left_out:
            self._leave_out(one.recording_id, one.reason)
        self.folder.mkdir(mode=0o700)
        for outcome in executor.run(self._jobs(chosen), process):
            if outcome.part is None:
                self._leave_out(outcome.job.recording_id, outcome.reason)
            else:
                self._outcomes.append(outcome)
                self._tell(outcome.job.recording_id)
        places = {one.row.id: place for place, one in enumerate(chosen)}
        self._outcomes.sort(key=lambda outcome: places[outcome.job.recording_id])
        self._settle()
        version = self._enter()
        own_work = all(outcome.job.consent.profile == "own-work" for outcome in self._outcomes)
        if own_work:
            grant_self(self._catalogue, version, self._identity)
        return BuildResult(
            version=version,
            folder=self.folder,
            recordings=tuple(outcome.job.recording_id for outcome in self._outcomes),
            left_out=tuple(self._left_out),
            episodes=sum(outcome.episodes for outcome in self._outcomes),
            steps=sum(outcome.steps for outcome in self._outcomes),
            bytes=sum(path.stat().st_size for path in self.folder.iterdir()),
            granted=own_work,
            second_pass=finders.versions() if self._second_pass else "",
            second_pass_found=self._found,
            min_quality=self._min_quality,
            below_quality=self._below,
        )

    def _settle(self) -> None:
        """Give every episode its template and score, and leave out those that score too low."""
        settled = settle(self.folder, self._outcomes, self._min_quality)
        self._outcomes = [outcome for outcome in settled.outcomes if outcome.part is not None]
        self._below = settled.below
        for outcome in settled.outcomes:
            if outcome.part is None:
                self._leave_out(outcome.job.recording_id, outcome.reason)

    @property
    def _found(self) -> dict[str, int]:
        return dict(sum((Counter(outcome.found) for outcome in self._outcomes), Counter()))

    def _leave_out(self, recording_id: str, reason: str) -> None:
        self._left_out.append(LeftOut(recording_id, reason))
        self._catalogue.leave_out(recording_id, reason)
        self._tell(recording_id, reason)

    def _tell(self, recording_id: str, reason: str = "") -> None:
        self._progress(Progress(len(self._outcomes) + len(self._left_out), self._total, recording_id, reason))

    def _jobs(self, chosen: Sequence[Chosen]) -> Iterator[Job]:
        """The jobs of the recordings that verify and open; the others are left out. Lazy: keys live one at a time."""
        for one in chosen:
            opened = self._open(one)
            if isinstance(opened, bytes):
                yield Job(
                    recording_id=one.row.id,
                    recording_folder=self._home.spool / one.row.id,
                    recording_key=opened,
                    device_public_key=self._device_public_key,
                    consent=one.consent,
                    part_id=secrets.token_hex(16),
                    version_id=self._version_id,
                    version_folder=self.folder,
                    levels=self._levels,
                    second_pass=self._second_pass,
                )
            else:
                self._leave_out(one.row.id, opened)

    def _open(self, one: Chosen) -> bytes | Reason:
        """The recording's private key when it verifies as whole or recovered, else why not."""
        folder = self._home.spool / one.row.id
        if not folder.is_dir():
            return "no-bytes"
        try:
            key = self._store.unwrap(one.row.id, self._identity)
            verdict = verify_recording(folder, device_public_key=self._device_public_key, private_key=key).verdict
        except KeyGone:
            return "no-key"
        except WrongKey:
            return "wrong-key"
        except UnknownVersion:
            return "unknown-format"
        except SealError:
            return "damaged"
        if verdict in ("incomplete", "tampered"):
            return verdict
        return key

    def _enter(self) -> VersionRow:
        """Put the manifest in place and the version into the catalogue, without what was taken back meanwhile."""
        while True:
            if not self._outcomes:
                raise BuildError(_nothing(self._dataset.name, self._purpose, self._left_out))
            number = self._catalogue.next_number(self._dataset.id)
            sha256 = finish_version(self.folder, self._manifest(number))
            try:
                return self._catalogue.add_dataset_version(
                    self._dataset.id,
                    version_id=self._version_id,
                    number=number,
                    purpose=self._purpose,
                    motion=self._levels.motion,
                    timing=self._levels.timing,
                    parts={part.id: outcome.job.recording_id for outcome, part in _parts(self._outcomes)},
                    manifest_sha256=sha256,
                    made_by=f"understudy {understudy.__version__}",
                )
            except NotAllowed as refused:
                for outcome, part in list(_parts(self._outcomes)):
                    reason = refused.reasons.get(outcome.job.recording_id)
                    if reason is not None:
                        self._outcomes.remove(outcome)
                        self._leave_out(outcome.job.recording_id, reason)
                        for file in part.files:
                            (self.folder / file.name).unlink(missing_ok=True)

    def _manifest(self, number: int) -> Manifest:
        observed = group([outcome.session for outcome in self._outcomes if outcome.session is not None])
        return Manifest(
            format=FORMAT_VERSION,
            dataset=self._dataset.id,
            version=self._version_id,
            number=number,
            revision=1,
            product_version=understudy.__version__,
            purpose=self._purpose,
            motion=self._levels.motion,
            timing=self._levels.timing,
            demo=any(outcome.job.consent.demo for outcome in self._outcomes),
            parts=tuple(part for _, part in _parts(self._outcomes)),
            second_pass=finders.versions() if self._second_pass else "",
            second_pass_found=self._found,
            min_quality=self._min_quality,
            below_quality=self._below,
            observed=tuple(ObservedEffect(**msgspec.structs.asdict(effect)) for effect in observed.effects),
            unobserved=observed.why_not,
        )


def _second_pass(wanted: bool | None, chosen: Sequence[Chosen]) -> bool:
    """Whether the finders look. Raises BuildError where they should and aren't there."""
    if wanted is False or (there := finders.installed()):
        return wanted is not False
    how = 'install them: pip install "understudy[second-pass]"'
    if wanted:
        raise BuildError(f"the second pass needs {' and '.join(finders.PACKAGES)}; {how}")
    if any(one.consent.profile == "workplace" for one in chosen):
        raise BuildError(
            f"workplace recordings are looked through a second time by {' and '.join(finders.PACKAGES)}; {how}, or "
            "build without: --no-second-pass"
        )
    return there


def _parts(outcomes: Sequence[Outcome]) -> Iterator[tuple[Outcome, Part]]:
    for outcome in outcomes:
        if outcome.part is not None:
            yield outcome, outcome.part


def _nothing(name: str, purpose: Purpose, left_out: Sequence[LeftOut]) -> str:
    """Why no version could be built, in one line."""
    if not left_out:
        return f'nothing to build "{name}" from: nothing is recorded yet; record something first: understudy record'
    counts: dict[str, int] = {}
    for one in left_out:
        counts[one.words] = counts.get(one.words, 0) + 1
    told = "; ".join(f"{count} left out: {words}" for words, count in counts.items())
    return f'nothing to build "{name}" from for the purpose {purpose}: {told}'


@contextmanager
def only_build(home: Home, dataset: DatasetRow) -> Iterator[None]:
    """The one build or edit of this dataset, until the block or the process ends. Raises BuildError when one runs."""
    folder = home.datasets / dataset.id
    make_folder(home.datasets)
    make_folder(folder)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildError(f'another build of "{dataset.name}" is running; wait for it to end') from None
        yield
    finally:
        os.close(fd)


def remove_orphans(home: Home, catalogue: Catalogue, dataset: DatasetRow) -> None:
    """Remove what builds left that died before their version entered the catalogue."""
    known = {version.id for version in catalogue.versions(dataset.name)}
    for folder in (home.datasets / dataset.id).iterdir():
        if folder.is_dir() and folder.name not in known:
            shutil.rmtree(folder)
            logger.info("removed the unfinished version %s", folder.name)
