"""The values that flow through Understudy: frozen types, nothing else. Imports nothing of ours.

`events` holds what capture sees (some of it raw, in memory only), `kept` what may be sealed, `redacted`
the one wrapper that `seal` accepts, `actions` what a recording is reduced to, `consent` consent as a value.
Every time is `time_ns`: nanoseconds of the machine's monotonic clock (CLOCK_MONOTONIC), one clock for a whole
recording. Every coordinate is in px of the X screen geometry in force at that event.
"""

SCHEMA_VERSION = 1
"""Version of the record types below as stored; raised whenever a stored field changes its meaning."""
