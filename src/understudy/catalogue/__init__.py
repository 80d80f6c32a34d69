"""Contributors, consents, recordings, datasets, grants and lineage: the only SQL.

`Catalogue` is all that others need, with the rows that it hands out. A server will put PostgreSQL under the same
tables; here it is one SQLite file (WAL).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from understudy.catalogue.rows import (
    CatalogueError,
    DatasetRow,
    ErasureRow,
    EventRow,
    GrantRow,
    ImportRow,
    NotAllowed,
    NotInCatalogue,
    PartRow,
    RecordingRow,
    RecordingState,
    VersionRow,
)

if TYPE_CHECKING:
    from understudy.catalogue.catalogue import Catalogue

__all__ = [
    "Catalogue",
    "CatalogueError",
    "DatasetRow",
    "ErasureRow",
    "EventRow",
    "GrantRow",
    "ImportRow",
    "NotAllowed",
    "NotInCatalogue",
    "PartRow",
    "RecordingRow",
    "RecordingState",
    "VersionRow",
]


def __getattr__(name: str) -> object:
    """`Catalogue` when it is first asked for: what it stands on takes a quarter of a second and 25 MB."""
    if name == "Catalogue":
        from understudy.catalogue.catalogue import Catalogue

        return Catalogue
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
