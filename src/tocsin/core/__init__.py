"""Floor 0: the words that every room shares. Pure: no I/O, no clock, no framework."""
