"""The on-disk dataset: writer, reader, manifest, card."""
