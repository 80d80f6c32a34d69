"""The catalogue as one object: opened on a file, brought up to date, closed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from understudy.catalogue.datasets import Datasets
from understudy.catalogue.imports import Imports
from understudy.catalogue.migrations import migrate
from understudy.catalogue.policies import Policies
from understudy.catalogue.recordings import Recordings
from understudy.catalogue.rows import CatalogueError
from understudy.catalogue.session import sqlite_engine, utc_now


class Catalogue(Imports, Recordings, Datasets, Policies):
    """Contributors, consents, policies, recordings, dataset versions, grants and lineage; a context manager.

    Several processes may hold the same catalogue open; a writer waits for another's transaction (up to 15 s).
    """

    @classmethod
    def open(cls, path: Path, *, actor: str = "local", clock: Callable[[], str] = utc_now) -> Self:
        """Open the SQLite file at `path`, making it (mode 0600) and applying migrations as needed.

        `actor` is written into every event; `clock` gives the time, ISO 8601 with zone. Raises CatalogueError when
        the file can't be read as a catalogue, or was written by a newer Understudy (it is then left untouched).
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Made here and not by SQLite, which would follow the umask; -wal and -shm take the file's own mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise CatalogueError(f"{path}: can't open the catalogue: {error.strerror}") from error
        catalogue = cls(sqlite_engine(sa.URL.create("sqlite", database=str(path))), actor=actor, clock=clock)
        try:
            with catalogue._writing() as connection:
                migrate(connection)
        except ValueError as error:
            catalogue.close()
            raise CatalogueError(f"{path}: the catalogue has {error}; update Understudy") from error
        except sa.exc.DBAPIError as error:
            catalogue.close()
            raise CatalogueError(f"{path}: not a catalogue that can be used: {error.orig}") from error
        return catalogue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
