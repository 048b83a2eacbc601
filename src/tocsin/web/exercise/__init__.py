"""Exercises: their own control room and their own public page. Nothing here is shared with the live ones (rule R23)."""
