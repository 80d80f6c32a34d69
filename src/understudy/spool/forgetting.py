"""Forgetting the end of a recording while it is being made: its last segments go as a whole.

The recorder holds no key that opens a segment, so it can't take a part out of one. It seals a fresh segment, empty but
for what the recording says of itself, and gives it the number of the first segment to go:

1. the fresh one is on disk as `forget-NNNNNN`; from here on nobody reads segment NNNNNN or any behind it;
2. those are destroyed, the last one first: the header, which holds the only copy of a segment's key, is overwritten,
   then the name is removed;
3. the fresh one takes the name of segment NNNNNN, and the recording goes on in it.

A crash before 1 leaves everything as it was; after it, `finish` does the rest. Overwriting is a best effort: SSDs,
snapshots and copies keep what they keep.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from understudy.spool.files import sync_folder, write_all
from understudy.spool.names import replacement_path, segment_name, segment_paths

logger = logging.getLogger(__name__)


def finish(folder: Path) -> bool:
    """Do what is left of a forgetting in a recording's folder; False when there is nothing. Again is harmless.

    Not while a recorder writes into the folder. Raises OSError.
    """
    pending = replacement_path(folder)
    if pending is None:
        return False
    number, replacement = pending
    erase_from(folder, number)
    # The old ones must be gone before the new one stands in their place: else they would read as its successors.
    sync_folder(folder)
    replacement.replace(folder / segment_name(number))
    sync_folder(folder)
    logger.info("forgot segments %d and later", number)
    return True


def erase_from(folder: Path, number: int) -> int:
    """Destroy segment `number` and all behind it, the last one first; how many there were."""
    # Imported here: it brings Arrow (20 MB), and a command that records asks only whether there is anything to do.
    from understudy.seal.segment import HEADER_BYTES

    doomed = sorted((n for n in segment_paths(folder) if n >= number), reverse=True)
    for each in doomed:
        path = folder / segment_name(each)
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            write_all(descriptor, os.urandom(min(HEADER_BYTES, os.fstat(descriptor).st_size)))
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        path.unlink()
    return len(doomed)
