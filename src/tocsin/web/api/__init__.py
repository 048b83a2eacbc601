"""The HTTP API: one small file per resource. ``build`` puts them together."""
