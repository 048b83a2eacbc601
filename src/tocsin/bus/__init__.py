"""Floor 3: the only broker between processes."""
