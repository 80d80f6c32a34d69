"""Pure rules that decide what of a recording may be kept: a raw record in, `Redacted` records out."""
