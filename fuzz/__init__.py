"""Looks for inputs that crash Tocsin or cost too much: one file per door in ``targets``, run by ``python -m fuzz``."""
