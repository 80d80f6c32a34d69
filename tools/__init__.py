"""What the Makefile runs besides the product: checks and writes, never part of the wheel."""
