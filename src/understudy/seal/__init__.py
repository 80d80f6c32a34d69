"""The sealed segment format and its keys: bytes in, bytes out, no I/O."""
