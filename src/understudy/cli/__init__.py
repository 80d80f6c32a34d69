"""The commands, one file each: the composition root. Nobody imports it."""
