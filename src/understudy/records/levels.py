"""How much of a person's motion and rhythm a dataset tells. Chosen per dataset version."""

from __future__ import annotations

from typing import Literal

Motion = Literal["targets", "coarse", "full"]
"""Cursor: "targets" only where actions happened, no path; "coarse" a thinned path on a grid; "full" every move."""

Timing = Literal["none", "bucketed", "full"]
"""Keys: "none" no dwell or flight times; "bucketed" them in wide steps; "full" them as recorded."""
