"""The formats that can be imported. A new one is a module beside this one and a row here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from understudy.importers.agentnet import AgentNet
from understudy.importers.ducktrack import DuckTrack
from understudy.importers.imported import Importer
from understudy.importers.miniwob import Miniwob
from understudy.importers.openadapt import OpenAdapt
from understudy.importers.sapimouse import SapiMouse

_ALL: tuple[Importer, ...] = (Miniwob(), SapiMouse(), AgentNet(), DuckTrack(), OpenAdapt())

FORMATS: Mapping[str, Importer] = MappingProxyType({each.name: each for each in _ALL})
"""By the name that people type."""
