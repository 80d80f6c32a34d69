"""Understudy: computer work recorded with consent, redacted before it is written, made into datasets.

Start at `docs/architecture.md`; the folders are the layers, in the order in which the data flows.
"""

__version__ = "0.1.0"
