"""The demonstration: real work on a private virtual desktop becomes a dataset, and what must not be in it is not.

Apart from the product and never part of its wheel: the product knows nothing of what is in here. `python -m demo`
runs it; `docs/demo.md` tells what to look at.
"""
