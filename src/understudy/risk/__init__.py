"""What could still be wrong with what was written: the search of recordings, datasets and exports for given words."""
