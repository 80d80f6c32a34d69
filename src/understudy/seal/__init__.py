"""The sealed segment format and its keys: bytes in, bytes out, no I/O. `docs/format.md` specifies every byte.

`keys` and `passphrase` make and wrap keys, `streams` turns records into Arrow batches and back, `segment` seals and
opens one segment, `manifest` closes a recording, `verify` judges one, `rewrite` seals a segment anew. Only `Redacted`
records are ever sealed.
"""
