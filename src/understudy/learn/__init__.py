"""Policies learnt from datasets: what they see, what they choose, how they are trained and judged."""
