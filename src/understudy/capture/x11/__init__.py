"""X11: the only place that talks to an X server."""
