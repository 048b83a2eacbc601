"""English: numbers that are said together with what they count. One row: for one, for any other number."""

from __future__ import annotations

PLURALS: dict[str, tuple[str, str]] = {
    "n_seconds": ("{n} second", "{n} seconds"),
    "n_minutes": ("{n} minute", "{n} minutes"),
    "n_hours": ("{n} hour", "{n} hours"),
    "n_days": ("{n} day", "{n} days"),
    "n_seconds_ago": ("{n} second ago", "{n} seconds ago"),
    "n_minutes_ago": ("{n} minute ago", "{n} minutes ago"),
    "n_hours_ago": ("{n} hour ago", "{n} hours ago"),
    "n_days_ago": ("{n} day ago", "{n} days ago"),
    "n_minutes_walk": ("{n} minute on foot", "{n} minutes on foot"),
    "n_metres": ("{n} metre", "{n} metres"),
    "n_shelters": ("{n} shelter", "{n} shelters"),
    "n_places": ("{n} place", "{n} places"),
    "n_floors_below": ("{n} floor below ground", "{n} floors below ground"),
    "n_sirens": ("{n} siren", "{n} sirens"),
    "n_sirens_sounding": ("{n} siren sounds", "{n} sirens sound"),
    "n_areas": ("{n} area", "{n} areas"),
    "n_more_areas": ("and {n} more area", "and {n} more areas"),
    "n_people": ("about {n} person", "about {n} people"),
    "n_warnings": ("{n} warning", "{n} warnings"),
    "n_drafts": ("{n} draft", "{n} drafts"),
    "n_detections": ("{n} detection", "{n} detections"),
    "n_sources": ("{n} source", "{n} sources"),
    "n_devices": ("{n} device", "{n} devices"),
}
