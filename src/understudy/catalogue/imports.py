"""Recordings made elsewhere: entered whole, many in one transaction, and known again by what they were made from."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from understudy.catalogue import schema
from understudy.catalogue.consents import Consents
from understudy.catalogue.rows import ImportRow

SOURCE_KIND = "import"
"""What the lineage calls a source outside of this home."""


class Imports(Consents):
    """What was imported from where."""

    def imported(self) -> dict[str, str]:
        """The keyed hash of every source imported so far → its recording's id, forgotten recordings too."""
        table = schema.lineage
        query = sa.select(table.c.source_id, table.c.made_id).where(
            table.c.made_kind == "recording", table.c.source_kind == SOURCE_KIND
        )
        with self._reading() as connection:
            return {row.source_id: row.made_id for row in connection.execute(query)}

    def add_imports(self, rows: Sequence[ImportRow], *, made_by: str) -> None:
        """Enter recordings whose sealed bytes and keys are in place, as finished: all of them or none.

        Contributors and consents that are new are entered with them; the notice must be there (NotInCatalogue
        otherwise). `made_by` names what made the recordings of the sources, for the lineage. Raises ValueError when a
        consent isn't by provenance or was withdrawn, or an id is taken.
        """
        with self._writing() as connection:
            for row in rows:
                self._require_provenance(connection, row)
                connection.execute(
                    schema.recordings.insert().values(
                        id=row.recording_id,
                        contributor_id=row.consent.contributor,
                        consent_id=row.consent.id,
                        device_id=None,
                        state="finished",
                        bytes=row.bytes,
                        started_at=row.started_at,
                        finished_at=self._clock(),
                    )
                )
                connection.execute(
                    schema.lineage.insert().values(
                        made_kind="recording",
                        made_id=row.recording_id,
                        source_kind=SOURCE_KIND,
                        source_id=row.source,
                        made_by=made_by,
                        added_at=self._clock(),
                    )
                )
                self._event(
                    connection,
                    "recording-imported",
                    ("recording", row.recording_id),
                    ("contributor", row.consent.contributor),
                    ("consent", row.consent.id),
                )

    def _require_provenance(self, connection: sa.Connection, row: ImportRow) -> None:
        """See that the recording's contributor and consent are on file, and that the consent holds."""
        consent = row.consent
        if consent.method != "provenance":
            raise ValueError(f"consent {consent.id} was given by a person: it covers no imported recording")
        taken = sa.select(schema.recordings.c.id).where(schema.recordings.c.id == row.recording_id)
        if connection.execute(taken).first() is not None:
            raise ValueError(f"recording {row.recording_id} is already in the catalogue")
        people = schema.contributors
        if connection.execute(sa.select(people.c.id).where(people.c.id == consent.contributor)).first() is None:
            connection.execute(people.insert().values(id=consent.contributor, demo=False, added_at=self._clock()))
            self._event(connection, "contributor-added", ("contributor", consent.contributor))
        known = connection.execute(
            sa.select(schema.consents.c.withdrawn_at).where(schema.consents.c.id == consent.id)
        ).first()
        if known is None:
            self._add_consent(connection, consent)
        elif known.withdrawn_at is not None:
            raise ValueError(f"consent {consent.id} was withdrawn on {known.withdrawn_at}")
