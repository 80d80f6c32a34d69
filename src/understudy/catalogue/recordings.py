"""Recordings: that they exist, whose they are, under which consent, in which state. Never what is in them."""

from __future__ import annotations

import sqlalchemy as sa

from understudy.catalogue import schema
from understudy.catalogue.rows import ErasureRow, NotInCatalogue, RecordingRow, RecordingState
from understudy.catalogue.session import Session


class Recordings(Session):
    """The list of recordings and of their erasures."""

    def add_recording(
        self, recording_id: str, *, contributor: str, consent_id: str, started_at: str, device: str | None = None
    ) -> None:
        """Enter a recording that is about to begin, in state "recording".

        Raises NotInCatalogue when its consent is not on file, ValueError when the consent is somebody else's, was
        withdrawn, or the id is taken: nothing may be recorded then.
        """
        table = schema.recordings
        with self._writing() as connection:
            consent = connection.execute(
                sa.select(schema.consents.c.contributor_id, schema.consents.c.withdrawn_at).where(
                    schema.consents.c.id == consent_id
                )
            ).first()
            if consent is None:
                raise NotInCatalogue(f"no consent {consent_id} in the catalogue")
            if consent.contributor_id != contributor:
                raise ValueError(f"consent {consent_id} was not given by contributor {contributor}")
            if consent.withdrawn_at is not None:
                raise ValueError(f"consent {consent_id} was withdrawn on {consent.withdrawn_at}")
            if connection.execute(sa.select(table.c.id).where(table.c.id == recording_id)).first() is not None:
                raise ValueError(f"recording {recording_id} is already in the catalogue")
            connection.execute(
                table.insert().values(
                    id=recording_id,
                    contributor_id=contributor,
                    consent_id=consent_id,
                    device_id=device,
                    state="recording",
                    started_at=started_at,
                )
            )
            self._event(
                connection,
                "recording-begun",
                ("recording", recording_id),
                ("contributor", contributor),
                ("consent", consent_id),
            )

    def finish_recording(self, recording_id: str, state: RecordingState, bytes: int) -> None:
        """Note that a recording ended: "finished" or "interrupted", with `bytes` sealed.

        A recording being forgotten stays so. Raises NotInCatalogue when it is unknown, ValueError for other states.
        """
        if state not in ("finished", "interrupted"):
            raise ValueError(f'a recording ends "finished" or "interrupted", not "{state}"')
        table = schema.recordings
        with self._writing() as connection:
            row = self._recording(connection, recording_id)
            if row.state in ("forgetting", "forgotten"):
                return
            connection.execute(
                table.update()
                .where(table.c.id == recording_id)
                .values(state=state, bytes=bytes, finished_at=self._clock())
            )
            self._event(connection, "recording-finished", ("recording", recording_id), reason=state)

    def recording(self, recording_id: str) -> RecordingRow:
        """One recording. Raises NotInCatalogue when it is unknown."""
        with self._reading() as connection:
            return self._recording(connection, recording_id)

    def recordings(self, contributor: str | None = None, state: RecordingState | None = None) -> list[RecordingRow]:
        """All recordings, oldest first, or one contributor's, or those in one state."""
        table = schema.recordings
        query = sa.select(table).order_by(table.c.started_at, table.c.id)
        if contributor is not None:
            query = query.where(table.c.contributor_id == contributor)
        if state is not None:
            query = query.where(table.c.state == state)
        with self._reading() as connection:
            return [_row(row) for row in connection.execute(query)]

    def leave_out(self, recording_id: str, reason: str) -> None:
        """Note that a build left a recording out, and why (a word)."""
        with self._writing() as connection:
            self._event(connection, "recording-left-out", ("recording", recording_id), reason=reason)

    def begin_erasure(self, recording_id: str, reason: str, *, erasure_id: str) -> ErasureRow:
        """Note that a recording is being forgotten, before anything of it is destroyed.

        A recording whose erasure began before keeps that one, so that an interrupted erasure goes on. Raises
        NotInCatalogue when the recording is unknown.
        """
        with self._writing() as connection:
            row = self._recording(connection, recording_id)
            known = self._erasure(connection, recording_id)
            if known is not None:
                return known
            begun_at = self._clock()
            connection.execute(
                schema.erasures.insert().values(
                    id=erasure_id, recording_id=recording_id, reason=reason, begun_at=begun_at
                )
            )
            self._set_state(connection, recording_id, "forgetting")
            self._event(
                connection,
                "erasure-begun",
                ("recording", recording_id),
                ("contributor", row.contributor),
                reason=reason,
            )
        return ErasureRow(erasure_id, recording_id, reason, begun_at, None)

    def record_erasure(self, recording_id: str) -> None:
        """Note that an erasure that was begun is complete: key, bytes and parts are gone. Twice is harmless.

        Raises NotInCatalogue when no erasure of this recording was begun.
        """
        with self._writing() as connection:
            known = self._erasure(connection, recording_id)
            if known is None:
                raise NotInCatalogue(f"no erasure of recording {recording_id} was begun")
            if known.completed_at is not None:
                return
            table = schema.erasures
            connection.execute(table.update().where(table.c.id == known.id).values(completed_at=self._clock()))
            connection.execute(
                schema.recordings.update()
                .where(schema.recordings.c.id == recording_id)
                .values(state="forgotten", bytes=0)
            )
            self._event(connection, "erasure-completed", ("recording", recording_id), reason=known.reason)

    def erasures(self, *, pending: bool = False) -> list[ErasureRow]:
        """All erasures, oldest first; only those yet to be finished when `pending`."""
        table = schema.erasures
        query = sa.select(table).order_by(table.c.begun_at, table.c.id)
        if pending:
            query = query.where(table.c.completed_at.is_(None))
        with self._reading() as connection:
            return [
                ErasureRow(row.id, row.recording_id, row.reason, row.begun_at, row.completed_at)
                for row in connection.execute(query)
            ]

    @staticmethod
    def _recording(connection: sa.Connection, recording_id: str) -> RecordingRow:
        table = schema.recordings
        row = connection.execute(sa.select(table).where(table.c.id == recording_id)).first()
        if row is None:
            raise NotInCatalogue(f"no recording {recording_id} in the catalogue")
        return _row(row)

    @staticmethod
    def _erasure(connection: sa.Connection, recording_id: str) -> ErasureRow | None:
        table = schema.erasures
        row = connection.execute(sa.select(table).where(table.c.recording_id == recording_id)).first()
        if row is None:
            return None
        return ErasureRow(row.id, row.recording_id, row.reason, row.begun_at, row.completed_at)

    @staticmethod
    def _set_state(connection: sa.Connection, recording_id: str, state: RecordingState) -> None:
        table = schema.recordings
        connection.execute(table.update().where(table.c.id == recording_id).values(state=state))


def _row(row: sa.Row[tuple[object, ...]]) -> RecordingRow:
    return RecordingRow(
        id=row.id,
        contributor=row.contributor_id,
        consent_id=row.consent_id,
        device=row.device_id,
        state=row.state,
        bytes=row.bytes,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
