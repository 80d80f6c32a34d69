"""Opens what a run of the demonstration sealed, with the demonstration's own key: for the leak search alone."""

from __future__ import annotations

from understudy.records.recording import Recording
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.reader import read_recording


def open_recording(home: Home, recording_id: str) -> Recording:
    """The whole recording, unsealed. Raises SealError, KeyGone and OSError."""
    key = KeyStore(home.keys).unwrap(recording_id, identity.load(home.identity))
    device = identity.device(home.identity)
    return read_recording(home.spool / recording_id, key, device_public_key=device.public_key)
