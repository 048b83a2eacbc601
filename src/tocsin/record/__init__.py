"""Record: the chain, the days, the public memory."""
