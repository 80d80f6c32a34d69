"""Contributors, consents, recordings, datasets, grants and lineage: the only SQL."""
