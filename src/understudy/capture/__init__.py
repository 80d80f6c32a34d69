"""Sources that yield raw records. `choose` alone names platforms."""
