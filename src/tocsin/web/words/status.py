"""English: the public page of how the service does, and the lamp of the ways to people."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "sta_title": "How the warning service does",
    "sta_link": "State of the service",
    "sta_intro": "Every minute each way to people is tried from end to end by something that can sound nothing. "
    "What has not proven itself is not taken to work.",
    "sta_ways": "Ways to people",
    "sta_way": "Way",
    "sta_last": "Last proven",
    "sta_proven": "proven",
    "sta_late": "not proven of late",
    "sta_never": "never proven",
    "sta_all_proven": "Every way has proven itself within the last minutes.",
    "sta_all_late": "A way has not proven itself of late. Do not rely on it alone.",
    "sta_all_never": "A way has never proven itself. Do not rely on it alone.",
    "sta_all_unknown": "Nothing is known of the ways. This does not mean that they work.",
    "sta_speed": "How fast, in the last 30 days",
    "sta_measure": "Measured",
    "sta_count": "How often",
    "sta_median": "Half of them within",
    "sta_slow": "95 of 100 within",
    "sta_time_to_siren": "From the decision to the first siren, as it measured its own sound",
    "sta_time_to_live": "From the decision to the first phone",
    "sta_time_to_correct": "From a wrong warning to its correction",
    "way_live": "Open pages and phones",
    "way_sirens": "Sirens",
    "way_site": "This site",
    "way_channel": "{name}",
    "ctl_ways_proven": "Ways to people: all proven",
    "ctl_ways_late": "Not proven: {names}",
    "ctl_ways_unknown": "Ways to people: never tried",
}
