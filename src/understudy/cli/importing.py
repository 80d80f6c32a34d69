"""Imported demonstrations become recordings: guard, seal, catalogue; each whole or not at all."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import understudy
from understudy.catalogue import Catalogue, ImportRow
from understudy.cli.agree import PURPOSES, now, scope_words
from understudy.importers.imported import Imported, Importer, NotReadable, Skipped, SkipReason
from understudy.recorder.merge import Merge
from understudy.records import SCHEMA_VERSION
from understudy.records.consent import Consent
from understudy.records.events import Mark, Raw
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.redact.directory import Directory
from understudy.redact.guard import Guard
from understudy.redact.policy import Policy
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import kinds_of
from understudy.seal.keys import new_pair
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.batch import BatchLog
from understudy.spool.files import make_folder, sync_file_system
from understudy.spool.keystore import KeyStore
from understudy.spool.pseudonyms import Pseudonyms
from understudy.spool.recordings import forget_bytes
from understudy.spool.writer import SpoolWriter

NOTICE_VERSION = "import-1"
LANGUAGE = "en"
BATCH = 64
"""Recordings that are put on disk together: one wait for the disk and one transaction instead of a dozen each."""
BATCH_S = 5.0
"""A batch ends when it is so old; at most this much work has to be done again after a crash."""
CONTENT = ("pointer", "keys", "text")
"""Streams without any record of which a recording holds nothing that was done."""
TASK_CHARS = 400


@dataclass
class Counts:
    """What happened so far. `found` is what the importer repaired, inferred or lost; `dropped` what the guard left
    out, by reason; `failed` counts those among the imported whose source says that they failed."""

    imported: int = 0
    failed: int = 0
    bytes: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    damaged: list[Skipped] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Demonstrations looked at."""
        return self.imported + sum(self.skipped.values())


class Importing:
    """One import under way into `home`, which has a contributor's key. `log` and `catalogue` are held by the caller."""

    def __init__(self, home: Home, catalogue: Catalogue, log: BatchLog, importer: Importer, policy: Policy) -> None:
        self._home, self._catalogue, self._log = home, catalogue, log
        self._importer, self._policy = importer, policy
        self._store = KeyStore(home.keys)
        self._pseudonyms = Pseudonyms.create_in(home.keys)
        self._recipient = identity.public_key(home.identity)
        self._device = identity.device(home.identity)
        self._directory = Directory(policy.directory)
        self._consents: dict[str, Consent] = {}
        self._notice_sha256 = ""
        self._known: dict[str, str] = {}
        self._gone: frozenset[str] = frozenset()
        self._free: list[str] = []
        self._rows: list[ImportRow] = []
        self._began_s = 0.0
        self._counts = Counts()

    def run(
        self, path: Path, *, keep_failed: bool = True, progress: Callable[[Counts], None] = lambda _counts: None
    ) -> Counts:
        """Import everything under `path`.

        Each demonstration is whole or absent afterwards, whatever happens; what the counts call imported is on disk
        and in the catalogue when this returns. Raises NotReadable, SpoolFull, OSError, CatalogueError.
        """
        make_folder(self._home.spool)
        self._finish_dead_batch()
        text = _notice_text(self._importer.provenance(path))
        demonstrations = self._importer.read(path)
        self._learn(text)
        try:
            for each in demonstrations:
                if isinstance(each, Skipped):
                    self._skip(each)
                else:
                    self._take(each, keep_failed=keep_failed)
                progress(self._counts)
                if self._rows and (not self._free or time.monotonic() - self._began_s > BATCH_S):
                    self._commit()
            self._commit()
        except (NotReadable, KeyboardInterrupt):
            # What came before is whole.
            self._commit()
            raise
        except BaseException:
            self._remove(row.recording_id for row in self._rows)
            raise
        return self._counts

    def _learn(self, notice: str) -> None:
        """What the catalogue knows of earlier imports."""
        self._notice_sha256 = self._catalogue.add_notice(notice, version=NOTICE_VERSION, language=LANGUAGE)
        self._known = self._catalogue.imported()
        self._gone = frozenset(
            row.id for row in self._catalogue.recordings() if row.state in ("forgetting", "forgotten")
        )
        # One that holds wins over one withdrawn before it, on whichever words; then the newest.
        for one in sorted(self._catalogue.consents(), key=lambda consent: (consent.holds, consent.given_at)):
            if one.method == "provenance":
                self._consents[one.contributor] = one

    def _take(self, demonstration: Imported, *, keep_failed: bool) -> None:
        """Seal one demonstration, or say why not."""
        source = self._pseudonyms.of("source", f"{self._importer.name} {demonstration.content}")
        contributor = self._contributor(demonstration.person)
        consent = self._consents.get(contributor)
        if source in self._known:
            self._skip(Skipped(demonstration.name, "forgotten" if self._known[source] in self._gone else "known"))
        elif demonstration.outcome == "failure" and not keep_failed:
            self._skip(Skipped(demonstration.name, "failed"))
        elif consent is not None and not consent.holds:
            self._skip(Skipped(demonstration.name, "withdrawn"))
        else:
            on = (self._notice_sha256, self._policy.sha256)
            if consent is None or (consent.notice_sha256, consent.policy_sha256) != on:
                consent = self._new_consent(contributor)
            self._import(demonstration, source, consent)

    def _import(self, demonstration: Imported, source: str, consent: Consent) -> None:
        scrubber = Scrubber(kinds_of(self._policy.categories), self._directory)
        kept = guarded(demonstration, Guard(self._policy, scrubber))
        if not any(item.stream in CONTENT for item in kept):
            self._skip(Skipped(demonstration.name, "dropped"))
            return
        if not self._free:
            self._free = [secrets.token_hex(16) for _ in range(BATCH)]
            self._began_s = time.monotonic()
            self._log.begin(self._free)
        info = RecordingInfo(
            id=self._free.pop(),
            contributor=consent.contributor,
            consent_id=consent.id,
            profile=self._policy.profile,
            # When it reached us: retention counts from then. When it was made, the notice tells, as far as it is known.
            started_at=now(),
            start_ns=0,
            policy_sha256=self._policy.sha256,
            policy_edition=self._policy.edition,
            policy_signer=self._policy.signer,
            policy_signer_key=self._policy.signer_key,
            product_version=understudy.__version__,
            schema_version=SCHEMA_VERSION,
            task=scrubber.scrub(demonstration.task[:TASK_CHARS]).text,
        )
        try:
            size = self._seal(info, kept)
        except BaseException:
            self._remove([info.id])
            raise
        self._known[source] = info.id
        self._consents[consent.contributor] = consent
        self._rows.append(ImportRow(info.id, source, consent, size, info.started_at))
        self._count(demonstration, kept, info.id, size)

    def _seal(self, info: RecordingInfo, kept: list[Redacted]) -> int:
        """The recording's key and sealed bytes are written, on disk after the next `_commit`; returns their size."""
        pair = new_pair()
        self._store.add(info.id, pair.private, [self._recipient], durable=False)
        folder = self._home.spool / info.id
        writer = SpoolWriter.create(folder, info, pair.public, self._device, durable=False)
        with writer:
            writer.append(kept)
            writer.close({"imported_from": self._importer.name})
        return sum(path.stat().st_size for path in folder.iterdir())

    def _commit(self) -> None:
        """The batch is on disk and in the catalogue."""
        if self._rows:
            for folder in (self._home.keys, self._home.spool):
                sync_file_system(folder)
            made_by = f"understudy {understudy.__version__} import {self._importer.name}"
            self._catalogue.add_imports(self._rows, made_by=made_by)
        self._rows, self._free = [], []
        self._log.done()

    def _finish_dead_batch(self) -> None:
        """An import that died left a batch: what of it isn't in the catalogue goes."""
        entered = {row.id for row in self._catalogue.recordings()} if self._log.left else set()
        self._remove(one for one in self._log.left if one not in entered)
        self._log.done()

    def _remove(self, recording_ids: Iterable[str]) -> None:
        for recording_id in recording_ids:
            self._store.destroy(recording_id)
            forget_bytes(self._home.spool, recording_id)

    def _skip(self, skipped: Skipped) -> None:
        self._counts.skipped[skipped.reason] += 1
        if skipped.reason in ("damaged", "foreign"):
            self._counts.damaged.append(skipped)

    def _count(self, demonstration: Imported, kept: list[Redacted], recording_id: str, size: int) -> None:
        counts = self._counts
        counts.imported += 1
        counts.failed += demonstration.outcome == "failure"
        counts.bytes += size
        counts.recordings.append(recording_id)
        counts.found.update(demonstration.found)
        for item in kept:
            if isinstance(item.record, Mark) and item.record.kind == "dropped":
                counts.dropped[item.record.reason] += 1

    def _contributor(self, person: str) -> str:
        """A pseudonym for whoever made a demonstration; one for all whom the source doesn't tell apart."""
        return f"{self._importer.name}-{self._pseudonyms.of('person', f'{self._importer.name} {person}')[:12]}"

    def _new_consent(self, contributor: str) -> Consent:
        return Consent(
            id=secrets.token_hex(16),
            contributor=contributor,
            profile=self._policy.profile,
            notice_sha256=self._notice_sha256,
            notice_version=NOTICE_VERSION,
            language=LANGUAGE,
            purposes=PURPOSES[self._policy.profile],
            scope=scope_words(self._policy),
            policy_sha256=self._policy.sha256,
            retention_days=self._policy.retention_days,
            given_at=now(),
            method="provenance",
        )


def guarded(demonstration: Imported, guard: Guard) -> list[Redacted]:
    """What the guard keeps of a demonstration, in order; marks of its beginning, task, outcome and end around it."""
    records = _ordered(demonstration.records)
    start_ns = records[0].time_ns if records else 0
    end_ns = records[-1].time_ns if records else 0
    kept = guard.feed(Mark(time_ns=start_ns, seq=0, kind="start", detail="import"))
    if demonstration.task:
        kept += guard.feed(Mark(time_ns=start_ns, seq=0, kind="task", detail=demonstration.task[:TASK_CHARS]))
    for record in records:
        kept += guard.feed(record)
    kept += guard.close(end_ns)
    if demonstration.outcome:
        kept += guard.feed(Mark(time_ns=end_ns, seq=0, kind="outcome", detail=demonstration.outcome))
    kept += guard.feed(Mark(time_ns=end_ns, seq=0, kind="stop", detail="import"))
    return kept


def _ordered(records: Iterable[Raw]) -> list[Raw]:
    """As a recorder's guard gets them: by time, state before what happened in it."""
    merge = Merge()
    merge.add(records)
    return merge.release(2**63 - 1)


def _notice_text(provenance: str) -> str:
    """The words that stand in the place of a notice."""
    return (
        f"{provenance.strip()}\n\n"
        "Nobody was asked for a consent by this installation: whoever imported these recordings did so on the terms "
        "above. Sensitive text was replaced before anything was written, by the policy that the record of this "
        "agreement names; each recording is sealed with a key of its own and can be forgotten on its own.\n"
    )
