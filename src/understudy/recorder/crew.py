"""The recorder's other processes, forked before the recorder becomes what it is.

They share the pages of everything that two or more of them import (five interpreters of their own take 110 MB more),
hold nothing of the job (its policy, its keys), and are confined like the recorder, which is by then.
"""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass
from importlib import import_module

from understudy.capture.source import SourceName
from understudy.recorder.children import Child
from understudy.recorder.controls import FromIndicator
from understudy.recorder.sources import SOURCES
from understudy.recorder.wire import FromSource

SHARED = (
    "numpy",
    "understudy.recorder.host",
    "understudy.recorder.indicator",
    *(f"understudy.capture.x11.{source}" for source in SOURCES),
)
"""Imported before the fork: what two of them need takes memory once, and what one of them needs is no worse for it."""


@dataclass(frozen=True)
class Crew:
    """Processes that wait for their job."""

    indicator: Child[FromIndicator]
    sources: dict[SourceName, Child[FromSource]]

    def dismiss(self) -> None:
        """End those that were given nothing to do; twice is harmless."""
        self.indicator.end(0)
        for child in self.sources.values():
            child.end(0)


def fork_crew() -> Crew:
    """The indicator and the sources, forked. Call it before any thread, and before what is not theirs to see."""
    for module in SHARED:
        import_module(module)
    # Collecting garbage would write to every object, and so give each process pages of its own.
    gc.collect()
    gc.freeze()
    return Crew(
        Child.forked(_title("understudy.recorder.indicator"), _indicate, FromIndicator),
        {name: _source(name) for name in SOURCES},
    )


def _source(name: SourceName) -> Child[FromSource]:
    def serve(descriptor: int) -> int:
        from understudy.recorder.host import host

        return host(name, descriptor)

    return Child.forked(_title("understudy.recorder.host", name), serve, FromSource)


def _indicate(descriptor: int) -> int:
    from understudy.recorder.indicator import run

    return run(descriptor)


def _title(*words: str) -> tuple[str, ...]:
    return (sys.executable.rsplit("/", 1)[-1], "-m", *words)
