"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from understudy.act.desktop import VirtualDesktop


@pytest.fixture(scope="session")
def desktop() -> Iterator[VirtualDesktop]:
    """One private virtual desktop for the whole session; tests close the programs that they start on it."""
    with VirtualDesktop() as running:
        yield running
