"""Shelter: where to go and how long it takes."""
