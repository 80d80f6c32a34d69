"""Opening a dataset for a command: every cause that can keep it shut as one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from understudy.build import NoGrant, open_dataset
from understudy.catalogue import Catalogue, NotInCatalogue
from understudy.catalogue.rows import CatalogueError
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.own_key import ask_passphrase
from understudy.dataset import Dataset, DatasetError
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool.identity import NoIdentity
from understudy.spool.secrets import SecretServiceUnavailable


@contextmanager
def opened(home: Home, name: str, version: int | None) -> Iterator[Dataset]:
    """The dataset `name` (its newest version for None), by the grant to this home's contributor.

    What is wrong with it is told in one line, also when it shows only while reading. Raises UsageFault, CommandFailed.
    """
    try:
        yield open_dataset(home, name, version=version, ask_passphrase=ask_passphrase)
    except NotInCatalogue as error:
        raise UsageFault(_line(error)) from None
    except (
        *(NoGrant, CatalogueError, DatasetError, SealError, NoIdentity, SecretServiceUnavailable),
        OSError,
    ) as error:
        raise CommandFailed(_line(error)) from None


def note_export(home: Home, dataset: Dataset, what: str) -> None:
    """Log that a copy of `dataset` in the clear is about to be written; `what` names its form."""
    with Catalogue.open(home.catalogue) as catalogue:
        catalogue.note("version-exported", ("version", dataset.manifest.version), reason=what)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
