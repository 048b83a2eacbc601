"""``/control/repair``: the queue, the crews, and everything that a dispatcher does to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tocsin.core.errors import TocsinError
from tocsin.core.points import reach
from tocsin.repair import commands as cmd
from tocsin.repair.state import WAITING
from tocsin.store import accounts
from tocsin.web import documents, once
from tocsin.web.control.doors import officers, trouble
from tocsin.web.control.repair import acts
from tocsin.web.control.repair.scene import context, place
from tocsin.web.control.scene import Scene, scene
from tocsin.web.desk import repairs
from tocsin.web.pages.mapdata import map_data
from tocsin.web.repairs import homes

PARTS = ("strip", "queue", "crews")
"""Templates ``tocsin/repair/parts/NAME.html``, each with one element whose id is ``part-NAME``."""

_SCRIPT_WORDS = ("rpr_lost", "ctl_signed_out")


@require_safe
@officers
def screen(request: HttpRequest, seen: Scene) -> HttpResponse:
    """The page. Without script it shows, and every act is a form."""
    return _page(request, seen, status=200)


def _page(request: HttpRequest, seen: Scene, *, status: int, error: Any = None) -> HttpResponse:
    shown = context(seen)
    data = {
        "language": seen.language,
        "map": map_data(seen.language),
        "needs": reverse("control-repair-map"),
        "words": {key: seen.w[key] for key in _SCRIPT_WORDS},
    }
    more = {"data": data, "error": error, "once": once.number()}
    return render(request, "tocsin/repair/screen.html", {**shown, **more}, status=status)


@require_safe
def refresh(request: HttpRequest) -> HttpResponse:
    """The parts of the screen as JSON; 304 while neither the ledger nor the minute has moved on."""
    actor = accounts.actor_for_user(request.user)
    if actor is None or not documents.insider(actor):
        return JsonResponse({"signed_in": False}, status=401)
    try:
        seen = scene(request)
        tag = _etag(seen)
        if request.headers.get("If-None-Match") == tag:
            response = HttpResponse(status=304)
        else:
            shown = {**context(seen), "once": once.number()}
            parts = {name: render_to_string(f"tocsin/repair/parts/{name}.html", shown, request) for name in PARTS}
            response = JsonResponse({"seq": shown["seq"], "local": shown["local"], "parts": parts})
    except TocsinError as error:
        return JsonResponse({"error": error.code}, status=503)
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache, private"
    return response


def _etag(seen: Scene) -> str:
    """Differs with every entry and every ten seconds, and between officers and languages."""
    beat = int(seen.now.timestamp()) // 10
    said = f"repair {seen.state.seq} {beat} {seen.actor.id} {seen.language} {seen.actor.grants}"
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


@require_safe
@officers
def needs_map(request: HttpRequest, seen: Scene) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """GeoJSON of open needs with their exact places, for dispatchers of their areas; nobody else gets any."""
    features = []
    for row in repairs().queue(seen.now):
        one = row.need
        home = homes.for_dispatcher(seen.actor, one) or {}
        lon, lat = home.get("lon"), home.get("lat")
        if isinstance(lon, int | float) and isinstance(lat, int | float):
            said = {"id": one.id, "band": row.urgency.band, "place": place(seen, one)}
            where = {"type": "Point", "coordinates": [lon, lat]}
            features.append({"type": "Feature", "geometry": where, "properties": said})
    response = JsonResponse({"type": "FeatureCollection", "features": features}, content_type="application/geo+json")
    response["Cache-Control"] = "no-store"
    return response


def _acted(read: Callable[[HttpRequest, str], cmd.Command]) -> Callable[..., HttpResponse]:
    """A view that carries out what ``read`` makes of a form, and comes back to the screen."""

    @require_POST
    @officers
    def view(request: HttpRequest, seen: Scene, name: str = "") -> HttpResponse:
        try:
            once.do(request, lambda: _carry_out(read(request, name), seen))
        except TocsinError as error:
            return _page(request, seen, status=error.http, error=trouble(error, seen.w))
        anchor = f"#need-{name}" if name in repairs().state().needs else ""
        return HttpResponseRedirect(f"{reverse('control-repair')}{anchor}")

    return view


def _carry_out(command: cmd.Command, seen: Scene) -> str:
    own = repairs()
    reach("web.before_append")
    if isinstance(command, cmd.MoveNeed) and command.state in ("temporarily_closed", "glazed"):
        known = own.state().needs.get(command.need_id)
        if known is not None and known.state in WAITING:  # somebody went there, or it would not be closed
            own.do(cmd.MoveNeed(need_id=known.id, state="on_the_way", crew=known.crew), seen.actor)
    own.do(command, seen.actor)
    reach("web.before_answer")
    return "done"


pin = _acted(acts.pin)
close = _acted(acts.close)
reopen = _acted(acts.reopen)
stop = _acted(acts.stop)
resume = _acted(acts.resume)
weather = _acted(acts.weather)


@require_POST
@officers
def replan(request: HttpRequest, seen: Scene) -> HttpResponse:
    """Plan every route again, now."""
    try:
        repairs().replan("by_hand", seen.actor)
    except TocsinError as error:
        return _page(request, seen, status=error.http, error=trouble(error, seen.w))
    return HttpResponseRedirect(reverse("control-repair"))
