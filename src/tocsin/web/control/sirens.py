"""The siren board: what each siren was told and what it measured of itself. A command is never taken for a sound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tocsin.core.text import pick
from tocsin.warn.state import SirenState, Thread
from tocsin.web.control.scene import Scene

_ORDER = ("fault", "link_lost", "unknown", "manual", "sounding", "silent")
_ANSWERS = ("silent", "sounding", "manual")


def board(scene: Scene) -> dict[str, Any]:
    """Every siren of the officer's areas, what needs a look first; and the summary in one line."""
    mine = [one for _, one in sorted(scene.state.sirens.items()) if scene.sees((one.siren.area,))]
    rows = [_row(scene, one) for one in mine]
    rows.sort(key=lambda r: (not r["silent"], _ORDER.index(r["state"]), r["name"]))
    asked = [one for one in mine if _wanted(scene, one)]
    answer = sum(1 for one in mine if _state(one) in _ANSWERS)
    bad = [r for r in rows if r["silent"] or r["state"] in ("fault", "link_lost", "unknown")]
    sounding = sum(1 for one in asked if sounds(one))
    w = scene.w
    return {
        "rows": [r for r in rows if not r["calm"]],
        "calm": [r for r in rows if r["calm"]],
        "count": len(mine),
        "bad": len(bad),
        "asked": len(asked),
        "sounding": sounding,
        "lamp": "good" if not bad else "lost" if any(r["silent"] for r in rows) or answer == 0 else "late",
        "summary": w["ctl_sirens_sounding"].format(n=sounding, m=len(asked))
        if asked
        else w["ctl_sirens_answer"].format(n=answer, m=len(mine)),
    }


def _state(one: SirenState) -> str:
    return one.report.state if one.report else "unknown"


def _wanted(scene: Scene, one: SirenState) -> bool:
    """Whether it was told to sound and should be heard now."""
    command = one.command
    if command is None or command.action != "ON" or one.commanded_at is None:
        return False
    return scene.now < one.commanded_at + timedelta(seconds=command.duration_s)


def sounds(one: SirenState) -> bool:
    """Whether it measured that it sounds for its last command."""
    command = one.command
    return command is not None and _state(one) == "sounding" and one.sounded == command.command_id


def _row(scene: Scene, one: SirenState) -> dict[str, Any]:
    state = _state(one)
    command = one.command
    return {
        "id": one.siren.id,
        "name": pick(one.siren.name, scene.language),
        "area": scene.name(one.siren.area),
        "state": state,
        "says": scene.w[f"siren_{state}"],
        "measured": scene.since(one.report.measured_at) if one.report else "",
        "detail": one.report.detail if one.report and state in ("fault", "link_lost") else "",
        "silent": one.silent_since is not None,
        "calm": state == "silent" and one.silent_since is None and not _wanted(scene, one),
        "told": _told(scene, one),
        "told_age": scene.since(one.commanded_at) if command and one.commanded_at else "",
        "waits": _wanted(scene, one) and one.silent_since is None and not sounds(one),
    }


def _told(scene: Scene, one: SirenState) -> str:
    if one.command is None:
        return ""
    return tone(scene, one.command.tone) if one.command.action == "ON" else scene.w["ctl_tone_off"]


def tone(scene: Scene, name: str) -> str:
    """A tone by a name that people use."""
    return scene.w.get(f"ctl_tone_{name}", name)


def told(scene: Scene, thread: Thread) -> dict[str, int]:
    """Of the sirens last told something for this warning: how many sounded for it as measured, how many did not."""
    mine = [s for s in scene.state.sirens.values() if s.command and s.command.warning_id == thread.id]
    on = [s for s in mine if s.command and s.command.action == "ON"]
    heard = sum(1 for s in on if s.command and s.sounded == s.command.command_id)
    return {"told": len(on), "sounded": heard, "silent": sum(1 for s in on if s.silent_since is not None)}
