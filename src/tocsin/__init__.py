"""Tocsin: open civil protection for a city under attack, from the first detection to the last repaired window."""

__version__ = "0.1.0"
