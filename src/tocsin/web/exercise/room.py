"""The exercise control room: other addresses, views, forms, words and looks than the live one, and no live state."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tocsin.app.actor import Actor
from tocsin.core.errors import TocsinError
from tocsin.core.time import rfc3339
from tocsin.store import accounts
from tocsin.warn import commands as cmd
from tocsin.warn.rules import common
from tocsin.web import once
from tocsin.web.desk import desk
from tocsin.web.exercise import scene
from tocsin.web.exercise.forms import ExerciseEndForm, ExerciseForm, ExerciseWordForm
from tocsin.web.words import counted, current, words


def trainer(request: HttpRequest) -> Actor:
    """The signed-in officer, who may start exercises somewhere.

    Raises:
        PermissionDenied: the officer has no such role.
    """
    actor = accounts.actor_for_user(request.user)
    if actor is None or not any(grant.role == "duty" for grant in actor.grants):
        raise PermissionDenied
    return actor


@require_safe
@login_required
@never_cache
def room(request: HttpRequest) -> HttpResponse:
    """Exercises that run, with the time left and their end; and those that are over."""
    trainer(request)
    here, language = desk(), current()
    state, now = here.state(), here.clock.now()
    text = words(language)
    return _page(
        request,
        "room",
        {
            "running": [
                scene.row(one, state, language) | {"end": ExerciseEndForm(language=language, prefix=one.id)}
                for one in scene.running(state, now)
            ],
            "over": [scene.row(one, state, language) for one in scene.over(state, now)],
            "data": {"now": rfc3339(now), "units": {unit: text[f"unit_{unit}"] for unit in ("s", "min", "h")}},
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Write an exercise; see what it will say and do; type the word; begin. Each step is one POST to this address."""
    actor = trainer(request)
    form = _form(request, actor)
    if request.method != "POST" or "change" in request.POST or not form.is_valid():
        return _page(request, "start", {"form": form})
    try:
        said = scene.preview(form.command(), actor)
    except TocsinError as fault:
        _blame(form, fault)
        return _page(request, "start", {"form": form})
    typed = ExerciseWordForm(request.POST if "typed" in request.POST else None, language=current())
    if typed.is_bound and typed.is_valid():
        return _begin(request, form.command(), actor)
    return _page(request, "confirm", _restated(form, said) | {"form": form, "typed": typed})


def _form(request: HttpRequest, actor: Actor) -> ExerciseForm:
    here, language = desk(), current()
    tree = here.state().areas
    mine = [one for one in scene.areas(tree, language) if actor.may("duty", [one["id"]], tree)]
    data = request.POST if request.method == "POST" else None
    return ExerciseForm(data, language=language, choices=mine, spoken=here.sender.languages)


def _blame(form: ExerciseForm, fault: TocsinError) -> None:
    """Say what the rules found wrong at the field that it is about."""
    field = (fault.field or "").replace(".", "_")
    form.add_error(field if field in form.fields else None, f"{fault.message} {fault.remedy}")


def _restated(form: ExerciseForm, said: Any) -> dict[str, Any]:
    here, language = desk(), current()
    state, command = here.state(), form.command()
    people, _, _ = common.reach(state, command.areas)
    text = words(language)
    return {
        "status": text[f"drl_status_{command.status.lower()}"],
        "exercise": command.exercise,
        "areas": scene.names(state.areas, command.areas, language),
        "people": text["drl_people_unknown"]
        if people is None
        else counted(language, "n_people", people, f"{people:,}".replace(",", "\u202f")),
        "sirens": text["drl_sirens"].format(n=scene.chiming(state, command.areas)),
        "until": scene.until(here.clock.now(), command.duration_s),
        "says": [
            {"language": tag, "headline": said.headline[tag], "instruction": said.instruction[tag]}
            for tag in here.sender.languages
        ],
    }


def _begin(request: HttpRequest, command: cmd.StartDrill, actor: Actor) -> HttpResponse:
    def begun() -> str:
        desk().do(command, actor)
        return command.exercise

    once.do(request, begun)
    messages.success(request, words(current())["drl_begun"].format(exercise=command.exercise))
    return HttpResponseRedirect(reverse("drill-control"))


@require_safe
@login_required
@never_cache
def pulse(request: HttpRequest) -> HttpResponse:
    """What the room's script asks every few seconds: which exercises run, and whether real work waits elsewhere."""
    trainer(request)
    here = desk()
    state, now = here.state(), here.clock.now()
    runs = sorted(one.id for one in scene.running(state, now))
    return JsonResponse({"now": rfc3339(now), "running": runs, "real": scene.real_work(state)})


@require_POST
@login_required
def end(request: HttpRequest, drill_id: str) -> HttpResponse:
    """End an exercise."""
    actor = trainer(request)
    form = ExerciseEndForm(request.POST, language=current(), prefix=drill_id)
    if not form.is_valid():
        messages.error(request, words(current())["drl_missing"])
        return HttpResponseRedirect(reverse("drill-control"))
    try:
        desk().do(cmd.EndDrill(drill_id=drill_id, reason=form.cleaned_data["reason"]), actor)
    except TocsinError as fault:
        messages.error(request, fault.message)
    else:
        messages.success(request, words(current())["drl_ended"])
    return HttpResponseRedirect(reverse("drill-control"))


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    shown = context | {
        "word": scene.word(current()),
        "room_word": words(current())["drl_room_word"],
        "real_work": scene.real_work(desk().state()),
    }
    return render(request, f"tocsin/exercise/{name}.html", shown)
