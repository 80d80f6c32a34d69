"""Edits a dataset version's episodes into a new version of the same dataset; the source stays as it is.

Each part is opened by the grant on the source version, edited in memory and sealed anew under the new version's part
key, which follows from the same recording's key: forgetting the recording closes it here too.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

import understudy
from understudy.build.build import Progress, only_build, remove_orphans
from understudy.build.choose import REASON_WORDS, LeftOut, choose, find
from understudy.build.errors import BuildError
from understudy.build.grants import grant_in_force, grant_self
from understudy.build.opening import open_dataset
from understudy.catalogue import Catalogue, NotAllowed, VersionRow
from understudy.catalogue.session import utc_now
from understudy.dataset import Dataset
from understudy.dataset.edit import EpisodeLine, edit_tables, episode_lines, stills_of
from understudy.dataset.edit_operations import AnyOperation, EditError, place
from understudy.dataset.manifest import Manifest, Part
from understudy.dataset.sealing import part_key
from understudy.dataset.tables import FORMAT_VERSION, TABLES
from understudy.dataset.writer import finish_version, write_part
from understudy.records.consent import Consent
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool.identity import Identity
from understudy.spool.keystore import KeyGone, KeyStore

logger = logging.getLogger(__name__)

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class EditResult:
    """The new version, edited from `source`. `recordings` are in it, in order; `left_out` were in the source but are
    not in it. `bytes` is its size; `granted` tells whether the editor may open it."""

    version: VersionRow
    source: VersionRow
    folder: Path
    recordings: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    episodes: int
    steps: int
    stills: int
    bytes: int
    granted: bool


@dataclass(frozen=True)
class EditPreview:
    """What an edit would make: the episodes before and after, and the recordings that would be left out."""

    source: VersionRow
    before: tuple[EpisodeLine, ...]
    after: tuple[EpisodeLine, ...]
    left_out: tuple[LeftOut, ...]


def edit_dataset(
    home: Home,
    name: str,
    operations: Sequence[AnyOperation],
    *,
    identity: Identity,
    version: int | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
    clock: Callable[[], str] = utc_now,
) -> EditResult:
    """Make the next version of the dataset `name` by editing the episodes of one version (None: the newest).

    Episodes are numbered from 0 through the whole source version, as `episode_lines` lists them, and each operation
    sees the numbers that the ones before it left. Parts of recordings whose consent was withdrawn or doesn't name the
    purpose, or whose retention is over, are left out. Purpose and levels are the source's; a grant is given as a build
    gives it, for no longer than the one that opened the source. Doing the same edits to the same version again gives
    the same content. Raises EditError for an operation that can't be done or when nothing would be left, BuildError
    when a build or edit of this dataset runs, and what `open_dataset` raises; then no version exists.
    """
    edit = _Edit(home, name, version, identity, clock)
    with Catalogue.open(home.catalogue, clock=clock) as catalogue:
        dataset_row = catalogue.dataset(edit.source.name)
        with only_build(home, dataset_row):
            remove_orphans(home, catalogue, dataset_row)
            edit.plan(catalogue, operations)
            writing = _Writing(home, catalogue, edit, identity, progress, clock)
            try:
                result = writing.run()
            except BaseException:
                shutil.rmtree(writing.folder, ignore_errors=True)
                raise
    logger.info("edited version %s into %s: %d operations", result.source.id, result.version.id, len(operations))
    return result


def preview_edit(
    home: Home,
    name: str,
    operations: Sequence[AnyOperation],
    *,
    identity: Identity,
    version: int | None = None,
    clock: Callable[[], str] = utc_now,
) -> EditPreview:
    """What `edit_dataset` would make, without making it. Raises as it does."""
    edit = _Edit(home, name, version, identity, clock)
    with Catalogue.open(home.catalogue, clock=clock) as catalogue:
        edit.plan(catalogue, operations)
    left_out = list(edit.left_out)
    after: list[pa.Table] = []
    for part in edit.kept:
        episodes = edit.tables(part)["episodes"] if part.id in edit.placed else edit.episodes[part.id]
        if episodes.num_rows:
            after.append(episodes)
        else:
            left_out.append(LeftOut(edit.recordings[part.id], "edited-away"))
    return EditPreview(
        edit.source, tuple(episode_lines(list(edit.episodes.values()))), tuple(episode_lines(after)), tuple(left_out)
    )


class _Edit:
    """A source version, opened, and what is to be done to which of its parts."""

    def __init__(
        self, home: Home, name: str, version: int | None, identity: Identity, clock: Callable[[], str]
    ) -> None:
        self._home, self._clock = home, clock
        self.dataset: Dataset = open_dataset(home, name, version=version, identity=identity, clock=clock)
        with Catalogue.open(home.catalogue, clock=clock) as catalogue:
            self.source = catalogue.version(self.dataset.manifest.version)
            self.until = grant_in_force(catalogue, self.source, identity.public_key, clock()).until
            self.recordings = {part.id: part.recording_id for part in catalogue.parts(self.source.id)}
        self.kept: list[Part] = []
        self.left_out: list[LeftOut] = []
        self.consents: dict[str, Consent] = {}
        self.episodes: dict[str, pa.Table] = {}
        self.placed: dict[str, list[AnyOperation]] = {}

    def plan(self, catalogue: Catalogue, operations: Sequence[AnyOperation]) -> None:
        """Find which parts may stay and what is done to each. Raises EditError."""
        if not operations:
            raise EditError("no operations: name something to do to an episode")
        parts = self.dataset.parts
        self.episodes = dict(zip((part.id for part in parts), self.dataset.batches("episodes"), strict=True))
        rows = find(catalogue, [self.recordings[part.id] for part in parts])
        chosen, left_out = choose(self._home, catalogue, rows, self.source.purpose, self._clock())
        self.consents = {one.row.id: one.consent for one in chosen}
        reasons = {one.recording_id: one for one in left_out}
        self.kept = [part for part in parts if self.recordings[part.id] not in reasons]
        self.left_out = [one for part in parts if (one := reasons.get(self.recordings[part.id])) is not None]
        # Parts that must go count while episodes are found by their numbers: those are the source's.
        self.placed = place(
            {part: tuple(table["steps"].to_pylist()) for part, table in self.episodes.items()}, operations
        )
        for part in self.placed:
            if refused := reasons.get(self.recordings[part]):
                raise EditError(
                    f"an episode of recording {refused.recording_id[:8]} was named, which is left out because "
                    f"{REASON_WORDS[refused.reason]}; edit the others only"
                )

    def tables(self, part: Part) -> dict[str, pa.Table]:
        """The part's tables after its operations."""
        read = {name: self.dataset.table_of(part, name) for name in TABLES}
        return edit_tables(read, self.placed[part.id]) if part.id in self.placed else read


@dataclass(frozen=True)
class _Written:
    """A part of the new version, in place."""

    recording_id: str
    part: Part
    episodes: int
    steps: int
    stills: int


class _Writing:
    """A new version under way."""

    def __init__(
        self,
        home: Home,
        catalogue: Catalogue,
        edit: _Edit,
        identity: Identity,
        progress: Callable[[Progress], None],
        clock: Callable[[], str],
    ) -> None:
        self._version_id = secrets.token_hex(16)
        self.folder = home.datasets / edit.source.dataset_id / self._version_id
        self._catalogue, self._edit, self._identity = catalogue, edit, identity
        self._progress, self._clock = progress, clock
        self._store = KeyStore(home.keys)
        self._written: list[_Written] = []
        self._left_out: list[LeftOut] = []

    def run(self) -> EditResult:
        """Write every part, then the version. Raises EditError when no part is left."""
        for one in self._edit.left_out:
            self._leave_out(one.recording_id, one.reason)
        self.folder.mkdir(mode=0o700)
        for part in self._edit.kept:
            self._write(part)
        version = self._enter()
        own_work = all(self._edit.consents[one.recording_id].profile == "own-work" for one in self._written)
        if own_work:
            grant_self(self._catalogue, version, self._identity, until=self._edit.until)
        return EditResult(
            version=version,
            source=self._edit.source,
            folder=self.folder,
            recordings=tuple(one.recording_id for one in self._written),
            left_out=tuple(self._left_out),
            episodes=sum(one.episodes for one in self._written),
            steps=sum(one.steps for one in self._written),
            stills=sum(one.stills for one in self._written),
            bytes=sum(path.stat().st_size for path in self.folder.iterdir()),
            granted=own_work,
        )

    def _write(self, part: Part) -> None:
        recording_id = self._edit.recordings[part.id]
        tables = self._edit.tables(part)
        if not tables["episodes"].num_rows:
            self._leave_out(recording_id, "edited-away")
            return
        try:
            key = part_key(self._store.dataset_key(recording_id, self._identity), self._version_id)
        except KeyGone:
            self._leave_out(recording_id, "no-key")
            return
        except SealError as error:
            raise BuildError(f"recording {recording_id[:8]} can't be sealed anew: {error}") from error
        needed = stills_of(tables)
        made = write_part(
            self.folder,
            secrets.token_hex(16),
            key,
            notice=part.notice,
            tables=tables,
            stills=self._stills(part, needed),
        )
        steps = tables["steps"].num_rows
        self._written.append(_Written(recording_id, made, tables["episodes"].num_rows, steps, len(needed)))
        self._tell(recording_id)

    def _stills(self, part: Part, needed: frozenset[str]) -> Iterator[tuple[str, bytes]]:
        stills = self._edit.dataset.stills_of(part)
        return ((still_id, stills.webp(still_id)) for still_id in stills.ids if still_id in needed)

    def _leave_out(self, recording_id: str, reason: str) -> None:
        self._left_out.append(LeftOut(recording_id, reason))
        self._catalogue.leave_out(recording_id, reason)
        self._tell(recording_id, reason)

    def _tell(self, recording_id: str, reason: str = "") -> None:
        total = len(self._edit.kept) + len(self._edit.left_out)
        self._progress(Progress(len(self._written) + len(self._left_out), total, recording_id, reason))

    def _enter(self) -> VersionRow:
        """Put the manifest in place and the version into the catalogue, without what was taken back meanwhile."""
        source = self._edit.source
        while True:
            if not self._written:
                told = "; ".join(dict.fromkeys(one.words for one in self._left_out))
                raise EditError(f'nothing would be left of "{source.name}" version {source.number}: {told}')
            number = self._catalogue.next_number(source.dataset_id)
            sha256 = finish_version(self.folder, self._manifest(number))
            try:
                return self._catalogue.add_dataset_version(
                    source.dataset_id,
                    version_id=self._version_id,
                    number=number,
                    purpose=source.purpose,
                    motion=source.motion,
                    timing=source.timing,
                    parts={one.part.id: one.recording_id for one in self._written},
                    manifest_sha256=sha256,
                    made_by=f"understudy {understudy.__version__}",
                    edited_from=source.id,
                )
            except NotAllowed as refused:
                for one in list(self._written):
                    reason = refused.reasons.get(one.recording_id)
                    if reason is not None:
                        self._written.remove(one)
                        self._leave_out(one.recording_id, reason)
                        for file in one.part.files:
                            (self.folder / file.name).unlink(missing_ok=True)

    def _manifest(self, number: int) -> Manifest:
        source = self._edit.source
        return Manifest(
            format=FORMAT_VERSION,
            dataset=source.dataset_id,
            version=self._version_id,
            number=number,
            revision=1,
            product_version=understudy.__version__,
            purpose=source.purpose,
            motion=source.motion,
            timing=source.timing,
            demo=any(self._edit.consents[one.recording_id].demo for one in self._written),
            parts=tuple(one.part for one in self._written),
            second_pass=self._edit.dataset.manifest.second_pass,
            second_pass_found=self._edit.dataset.manifest.second_pass_found,
            min_quality=self._edit.dataset.manifest.min_quality,
            below_quality=self._edit.dataset.manifest.below_quality,
            observed=self._edit.dataset.manifest.observed if not self._left_out else (),
            unobserved=self._edit.dataset.manifest.unobserved,
        )
