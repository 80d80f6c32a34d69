"""Contributors, consents, recordings, datasets, grants and lineage: the only SQL.

`Catalogue` is all that others need, with the rows that it hands out. A server will put PostgreSQL under the same
tables; here it is one SQLite file (WAL).
"""

from understudy.catalogue.catalogue import Catalogue
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
