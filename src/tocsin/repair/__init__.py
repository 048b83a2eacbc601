"""Repair: heat, crews, work orders."""
