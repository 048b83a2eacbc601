"""The screen "Now" in parts that are made alike for the whole page and for its refresh every second."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tocsin.core.time import rfc3339
from tocsin.web import ways
from tocsin.web.control import letters, lives, places, receipts, sirens, work
from tocsin.web.control.scene import Scene
from tocsin.web.control.tail import tail
from tocsin.web.desk import desk

PARTS = ("strip", "alarm", "receipts", "work", "live", "sirens", "places", "detections")
"""Templates ``tocsin/control/parts/NAME.html``, each with one element whose id is ``part-NAME``."""


def context(scene: Scene) -> dict[str, Any]:
    """Everything that the parts show."""
    newest = tail(desk().ledger)
    drafts = work.drafts(scene)
    area_rows, states = places.phases(scene)
    return {
        "seq": scene.state.seq,
        "public_seq": newest.public_seq(),
        "at": rfc3339(scene.now),
        "local": scene.clock(scene.now),
        "zone": scene.sender.zone,
        "utc": scene.now.strftime("%H:%M:%S"),
        "drafts": drafts,
        "waiting": sum(1 for d in drafts if d["waits"]),
        "to_approve": sum(1 for d in drafts if d["waits"] and d["may_approve"]),
        "worst_step": max((d["step"] for d in drafts), default=0),
        "live": lives.live(scene, newest),
        "ended": lives.ended(scene),
        "sirens": sirens.board(scene),
        "ways": trodden(scene),
        "letters": letters.waiting(),
        "worrying": [a for a in area_rows if not a["calm"]],
        "calm": [a for a in area_rows if a["calm"]],
        "states": states,
        "detections": work.detections(scene),
        "receipts": receipts.mine(scene, newest),
        "glass": receipts.open_glass(scene, newest),
        "drills": [
            {"exercise": d.exercise, "areas": scene.names(d.areas)}
            for d in scene.state.drills.values()
            if d.ended_at is None and d.expires > scene.now and scene.sees(d.areas)
        ],
        "duty": scene.holds("duty"),
        "records": scene.holds("records"),
        "approver": scene.holds("approver"),
    }


def trodden(scene: Scene) -> dict[str, str]:
    """The lamp of the ways to people: red when one has not proven itself, and which."""
    found, now = ways.proofs(), ways.wall()
    bad = [scene.w.get(f"way_{one.path}", one.path) for one in found if one.standing(now) != "proven"]
    if not found:
        return {"lamp": "late", "says": scene.w["ctl_ways_unknown"]}
    if bad:
        return {"lamp": "lost", "says": scene.w["ctl_ways_late"].format(names=", ".join(bad))}
    return {"lamp": "good", "says": scene.w["ctl_ways_proven"]}


def etag(scene: Scene) -> str:
    """Differs with every entry and every second, and between officers and languages."""
    seen = f"{scene.state.seq} {int(scene.now.timestamp())} {scene.actor.id} {scene.language} {scene.actor.grants}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def document(request: HttpRequest, scene: Scene) -> dict[str, Any]:
    """What the page's script asks for: the parts as HTML, the states for the map, and news to be said aloud."""
    shown = context(scene)
    return {
        "seq": shown["seq"],
        "public_seq": shown["public_seq"],
        "at": shown["at"],
        "parts": {name: render_to_string(f"tocsin/control/parts/{name}.html", shown, request) for name in PARTS},
        "areas": shown["states"],
        "news": news(shown, scene),
    }


def news(shown: dict[str, Any], scene: Scene) -> dict[str, str]:
    """Key → sentence for everything that is worth hearing once; the script says those whose key is new."""
    w = scene.w
    said = {
        f"draft-{d['id']}-{d['step']}": w["ctl_news_draft"].format(title=d["title"], areas=d["areas"], age=d["age"])
        if d["step"]
        else w["ctl_news_new"].format(title=d["title"], areas=d["areas"])
        for d in shown["drafts"]
    }
    said |= {f"live-{t['id']}": w["ctl_news_live"].format(title=t["title"], areas=t["areas"]) for t in shown["live"]}
    said |= {
        f"end-{t['id']}": w["ctl_news_end"].format(title=t["title"], areas=t["areas"], end=t["end"])
        for t in shown["ended"]
    }
    silent = sorted(r["name"] for r in shown["sirens"]["rows"] if r["silent"])
    said |= {f"silent-{name}": w["ctl_news_silent"].format(name=name) for name in silent}
    said |= {f"glass-{g['who']}": w["ctl_news_glass"].format(who=g["who"]) for g in shown["glass"] if not g["mine"]}
    return said
