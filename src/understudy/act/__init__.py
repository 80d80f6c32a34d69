"""Acting on a real or virtual desktop: the virtual desktop itself and X events."""
