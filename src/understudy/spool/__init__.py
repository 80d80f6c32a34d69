"""Sealed segments and wrapped keys on disk, and what can be recovered of them."""
