"""Settings of each program part: frozen values, parsed and checked once in `cli`, passed down from there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """Where Understudy keeps its things on this machine. `root` is private to its user (mode 0700)."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """The SQLite file of the catalogue."""
        return self.root / "catalogue.db"

    @property
    def identity(self) -> Path:
        """The folder of the contributor's and the device's keys."""
        return self.root / "identity"

    @property
    def keys(self) -> Path:
        """The key store: wrapped keys of recordings, a folder each, never beside the segments."""
        return self.root / "keys"

    @property
    def spool(self) -> Path:
        """Sealed recordings, a folder each."""
        return self.root / "spool"

    @property
    def datasets(self) -> Path:
        """Sealed dataset versions."""
        return self.root / "datasets"

    @property
    def policy(self) -> Path:
        """The policy file in force."""
        return self.root / "policy.toml"


@dataclass(frozen=True)
class RecorderSettings:
    """How the recorder works. All times in ms or s as named."""

    hold_ms: int = 300
    """How long records wait so that all sources' records are in order of time before redaction."""
    flush_ms: int = 250
    """How often what was kept is sealed and written: with `hold_ms`, what kill -9 can lose."""
    consent_check_s: float = 2.0
    """How often the consent is asked for while recording."""
    frames_per_s: float = 2.0
    """Most frames kept a second, besides those before presses."""
    grabs_per_s: float = 10.0
    """How often the screen is looked at while it changes."""
