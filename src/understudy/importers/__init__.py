"""Other people's recordings → our raw records, redacted like ours, with provenance in the place of consent.

One file a format; `formats` lists them, `imported` holds what they all give. Pure but for reading the path they get.
"""
