"""The pages of the claim desk. All of them work without script, and a form acts once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tocsin.core.errors import TocsinError
from tocsin.core.event import Entry
from tocsin.core.text import pick
from tocsin.report.phrases import languages, say
from tocsin.report.quantity import Quantity
from tocsin.report.state import ReportState
from tocsin.web import custody, entering, once
from tocsin.web.api.reporting import carry_out
from tocsin.web.control import doors
from tocsin.web.control.claims import acts, rows
from tocsin.web.control.claims import incidents as changing
from tocsin.web.control.claims.presence import presence
from tocsin.web.control.doors import officers
from tocsin.web.control.scene import Scene, called
from tocsin.web.desk import desk, reports
from tocsin.web.pages.errors import page


@require_safe
@officers
def desk_page(request: HttpRequest, seen: Scene) -> HttpResponse:
    """``GET /control/claims``: incidents with their tallies, what residents report, evidence."""
    return render(request, "tocsin/control/claims/desk.html", _desk(seen))


def _desk(seen: Scene, error: doors.Trouble | None = None) -> dict[str, Any]:
    state = reports().state()
    return {
        "incidents": rows.incidents(seen, state),
        "reports": rows.reports(seen, state),
        "evidence": rows.evidence(seen, state),
        "kinds": kinds(seen),
        "source_kinds": [{"id": kind, "name": seen.w[f"clm_source_{kind}"]} for kind in acts.SOURCE_KINDS],
        "areas": areas(seen),
        "may_write": seen.holds("records") or seen.holds("duty"),
        "may_judge": seen.holds("records"),
        "once": once.number(),
        "error": error,
    }


def kinds(seen: Scene) -> list[dict[str, str]]:
    """Kinds of incidents to choose from."""
    return [{"id": kind, "name": seen.w[f"clm_kind_{kind}"]} for kind in acts.KINDS]


def areas(seen: Scene) -> list[dict[str, str]]:
    """Areas to choose from."""
    return [{"id": area.id, "name": pick(area.names, seen.language)} for area in seen.state.areas]


@require_safe
@officers
def incident_page(request: HttpRequest, seen: Scene, incident_id: str) -> HttpResponse:
    """``GET /control/claims/ID``: every claim of one incident, and the forms that enter another and change it.

    With ``?revise=`` the form holds that claim, to be entered anew in its place.
    """
    before = reports().state().claims.get(request.GET.get("revise", ""))
    given = QueryDict(mutable=True)
    if before is not None and before.live and before.claim.incident == incident_id:
        given.update(acts.again(seen, before))
    found = _incident(seen, incident_id, given, None)
    if found is None:
        return page(request, 404, "clm_none")
    return render(request, "tocsin/control/claims/incident.html", found)


def _incident(
    seen: Scene,
    incident_id: str,
    given: QueryDict,
    error: doors.Trouble | None,
    read: str = "",
    *,
    act: str = "",
    typed: QueryDict | None = None,
) -> dict[str, Any] | None:
    """``given``: what the form of a claim holds; ``typed``: what was sent to ``act`` of the incident and refused."""
    state = reports().state()
    known = state.incidents.get(incident_id)
    if known is None or not rows.concerns(seen, known):
        return None
    claims = [rows.claim(seen, state, one) for one in reversed(state.claims_of(incident_id))]
    chosen = given.get("language") or rows.language_of(seen)
    return {
        "incident": rows.incident(seen, state, known),
        "claims": claims,
        "described": changing.described(seen, known, typed if act == "revise" else None),
        "related": changing.related(seen, state, known),
        "beside": changing.others(seen, state, known),
        "relations": [{"id": one, "name": seen.w[f"clm_rel_{one}"]} for one in changing.RELATIONS],
        "kinds": kinds(seen),
        "areas": areas(seen),
        "grades": acts.GRADES,
        "said_hint": seen.w["clm_said_at_hint"].format(zone=seen.sender.zone),
        "clocks_hint": seen.w["clm_clocks"].format(zone=seen.sender.zone),
        "typed": typed,
        "act": act,
        "others": [seen.who(one) for one in presence.look(incident_id, seen.actor.id)],
        "sources": [
            {"id": one.id, "name": pick(one.names, seen.language), "chosen": one.id == given.get("source")}
            for one in sorted(state.sources.values(), key=lambda one: one.id)
        ],
        "spoken": [{"id": code, "name": called(code), "chosen": code == chosen} for code in sorted(languages())],
        "given": given,
        "read": read,
        "may_write": seen.holds("records") or seen.holds("duty"),
        "may_judge": seen.holds("records"),
        "once": once.number(),
        "error": error,
    }


def _in_words(seen: Scene, text: str, language: str) -> str:
    """What the words would be taken for, as the officer reads it."""
    found = entering.found(text, language)
    if found is None or found.n is None:
        return seen.w["clm_read_none"]
    bound = say(Quantity(op=found.op, n=found.n, n2=found.n2, quote=text), rows.language_of(seen))
    what = rows.subject(seen, found.subject) if found.subject else seen.w["clm_read_what"]
    return seen.w["clm_read"].format(number=bound, what=what)


@require_POST
@officers
def read(request: HttpRequest, seen: Scene) -> HttpResponse:
    """``POST /control/claims/read``: the live preview of the script."""
    text, language = request.POST.get("wording", "")[:4000], request.POST.get("language", "en")
    return JsonResponse({"says": _in_words(seen, text, language) if text.strip() else ""})


@require_POST
@officers
def enter(request: HttpRequest, seen: Scene, incident_id: str) -> HttpResponse:
    """Check what the words say, or enter them as a claim."""
    given = request.POST
    trouble, said = None, ""
    if "check" in given:
        said = _in_words(seen, given.get("wording", ""), given.get("language", "en"))
    else:
        try:
            once.do(request, lambda: acts.enter(seen, incident_id, given))
            return HttpResponseRedirect(f"/control/claims/{incident_id}#claims")
        except TocsinError as refused:
            trouble = doors.trouble(refused, seen.w)
    found = _incident(seen, incident_id, given, trouble, said)
    if found is None:
        return page(request, 404, "clm_none")
    status = trouble.status if trouble is not None else 200
    return render(request, "tocsin/control/claims/incident.html", found, status=status)


@require_POST
@officers
def on_claim(request: HttpRequest, seen: Scene, incident_id: str, claim_id: str) -> HttpResponse:
    """Retract, grade, verify, or say that nobody can tell; over the revision that was seen."""
    state = reports().state()
    try:
        carry_out(seen.actor, acts.on_claim(claim_id, request.POST))
    except TocsinError as refused:
        found = _incident(seen, incident_id, QueryDict(), _trouble(seen, state, refused, f"claim/{claim_id}"))
        if found is None:
            return page(request, 404, "clm_none")
        return render(request, "tocsin/control/claims/incident.html", found, status=refused.http)
    return HttpResponseRedirect(f"/control/claims/{incident_id}#claim-{claim_id}")


@require_POST
@officers
def on_incident(request: HttpRequest, seen: Scene, incident_id: str, act: str) -> HttpResponse:
    """Describe an incident anew, set it beside another one, withdraw it; a refusal keeps what was typed."""
    state = reports().state()
    known = state.incidents.get(incident_id)
    if known is None or act not in changing.ACTS or not rows.concerns(seen, known):
        return page(request, 404, "clm_none")
    try:
        changing.ACTS[act](seen, known, request.POST)
    except TocsinError as refused:
        trouble = _trouble(seen, state, refused, f"incident/{incident_id}")
        found = _incident(seen, incident_id, QueryDict(), trouble, act=act, typed=request.POST)
        return render(request, "tocsin/control/claims/incident.html", found, status=refused.http)
    return HttpResponseRedirect(f"/control/claims/{incident_id}")


def _trouble(seen: Scene, state: ReportState, refused: TocsinError, subject: str) -> doors.Trouble:
    """The refusal in words, with who saved meanwhile."""
    trouble = doors.trouble(refused, seen.w)
    return acts.told_by(trouble, _last(seen, state, subject)) if refused.code == "TOC-10004" else trouble


def _last(seen: Scene, state: ReportState, subject: str) -> str:
    """Who saved last, and when: ``Officer 3f2a91bc, 23:58:04``."""
    last: Entry | None = None
    for entry in desk().ledger.read():
        if entry.event.subject == subject and entry.seq <= state.seq:
            last = entry
    return "" if last is None else f"{seen.who(last.event.actor)}, {seen.clock(last.event.at)}"


Act = Callable[[Scene, HttpRequest], str]


def _acting(act: Act) -> Callable[..., HttpResponse]:
    """A form of the desk page: carried out once, then the page again; refused, the page with the reason."""

    @require_POST
    @officers
    def view(request: HttpRequest, seen: Scene) -> HttpResponse:
        try:
            once.do(request, lambda: act(seen, request))
        except TocsinError as refused:
            shown = _desk(seen, doors.trouble(refused, seen.w))
            return render(request, "tocsin/control/claims/desk.html", shown, status=refused.http)
        return HttpResponseRedirect("/control/claims")

    return view


new_incident = _acting(acts.new_incident)
new_source = _acting(acts.new_source)
take = _acting(acts.take)
release = _acting(acts.release)
withdraw = _acting(acts.withdraw)
handle = _acting(acts.handle)


@require_http_methods(["GET"])
@officers
def original(request: HttpRequest, seen: Scene, evidence_id: str) -> HttpResponse:
    """The original, for those who may see it; the look is noted."""
    try:
        return cast(HttpResponse, custody.original(seen.actor, evidence_id))  # a file is a response as well
    except TocsinError as refused:
        shown = _desk(seen, doors.trouble(refused, seen.w))
        return render(request, "tocsin/control/claims/desk.html", shown, status=refused.http)
