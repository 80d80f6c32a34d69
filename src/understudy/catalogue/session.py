"""Transactions on the catalogue's file, and the event that each consequential write leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import sqlalchemy as sa

from understudy.catalogue import schema
from understudy.catalogue.rows import Action, CatalogueError, SubjectKind

BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits for another process's writer; writes take milliseconds, a migration well under a second."""


def utc_now() -> str:
    """The time now, ISO 8601 in UTC with microseconds."""
    return datetime.now(UTC).isoformat()


def sqlite_engine(url: sa.URL) -> sa.Engine:
    """An engine for one SQLite file: WAL, foreign keys, patient writers, deleted rows overwritten."""
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own notion of transactions would begin them late, as readers: then two writers can deadlock.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("understudy_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _in_one_line() -> Iterator[None]:
    """A full disk, a file that can't be written, a lock that never comes: told without the statement that met it."""
    try:
        yield
    except sa.exc.OperationalError as error:
        raise CatalogueError(f"the catalogue can't be used: {error.orig}") from error


class Session:
    """An open catalogue's transactions. `actor` is written into every event; `clock` gives its time."""

    def __init__(self, engine: sa.Engine, *, actor: str, clock: Callable[[], str]) -> None:
        self._engine = engine
        self._actor = actor
        self._clock = clock

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """One consistent view, never waiting for a writer. Raises CatalogueError when the file can't be used."""
        with _in_one_line(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One transaction that holds the write lock from its start; all or nothing. CatalogueError as in reading."""
        with _in_one_line(), self._engine.connect() as connection:
            connection = connection.execution_options(understudy_writes=True)
            with connection.begin():
                yield connection

    def _event(
        self, connection: sa.Connection, action: Action, *subjects: tuple[SubjectKind, str], reason: str = ""
    ) -> None:
        """Leave the event of the write under way, in its own transaction."""
        done = connection.execute(
            schema.events.insert().values(at=self._clock(), actor=self._actor, action=action, reason=reason)
        )
        key = done.inserted_primary_key
        if key is None:
            raise RuntimeError("the database gave the new event no id")
        connection.execute(
            schema.event_subjects.insert(),
            [{"event_id": key[0], "kind": kind, "subject_id": subject} for kind, subject in dict.fromkeys(subjects)],
        )

    def close(self) -> None:
        """Close the file. Twice is harmless."""
        self._engine.dispose()
