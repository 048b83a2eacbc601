"""The crew's phone page: the next flat, and what was done there; works without a network and without script."""
