"""Pure steps over one recording: reduce, ground, segment."""
