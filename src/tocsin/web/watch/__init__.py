"""The pages of a demonstration: choose where to stand, and watch its night. A real city has none of them."""
