"""Floor 2: one function per verb. Load, decide, append."""
