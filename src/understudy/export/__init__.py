"""A dataset into the formats that trainers and people read, one file a format."""
