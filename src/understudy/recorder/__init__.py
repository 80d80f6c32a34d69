"""The desktop program: sources, guard, seal and spool wired together; indicator and pause."""
