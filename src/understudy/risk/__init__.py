"""What could still be wrong with what was written: searches of recordings, datasets and exports, and what they found."""
