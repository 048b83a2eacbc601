"""The officer's own account: who they are, what they may do, how they sign in, and where they are signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tocsin.core.text import pick
from tocsin.core.time import zone
from tocsin.store import accounts
from tocsin.web import second_factor
from tocsin.web.accounts import said
from tocsin.web.desk import desk
from tocsin.web.words import current

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@require_safe
@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """The page ``/accounts/``."""
    actor = accounts.actor_for_user(request.user)
    factors = list(Authenticator.objects.filter(user_id=request.user.pk).order_by("pk"))
    return render(
        request,
        "account/account.html",
        {
            "you": said("acc_you").format(login=request.user.get_username()),
            "roles": roles(request.user),
            "trains": actor is not None and any(grant.role == "duty" for grant in actor.grants),
            "has_factor": second_factor.has_one(request.user),
            "needs_factor": second_factor.missing(request.user, actor),
            "passkeys": [_passkey(one) for one in factors if one.type == Authenticator.Type.WEBAUTHN],
            "app": any(one.type == Authenticator.Type.TOTP for one in factors),
            "codes": next((_codes(one) for one in factors if one.type == Authenticator.Type.RECOVERY_CODES), None),
            "sessions": [_session(one) for one in UserSession.objects.purge_and_list(request.user)],
        },
    )


def roles(user: Any) -> list[dict[str, str]]:
    """The roles of an officer in words, each with the areas that it reaches, in the order in which they were given."""
    actor = accounts.actor_for_user(user)
    tree, language = desk().state().areas, current()
    held: dict[str, list[str]] = {}
    for grant in actor.grants if actor else ():
        known = grant.area in tree
        place = pick(tree[grant.area].names, language) if known else grant.area
        held.setdefault(grant.role, []).append(said("acc_everywhere") if grant.area == "*" else place)
    return [
        {
            "name": said(f"acc_role_{role}"),
            "does": said(f"acc_role_{role}_does"),
            "where": said("acc_where").format(areas=", ".join(places)),
        }
        for role, places in held.items()
    ]


def _local(at: datetime, pattern: str = "%Y-%m-%d") -> str:
    return at.astimezone(zone(desk().sender.zone)).strftime(pattern)


def _passkey(one: Authenticator) -> dict[str, Any]:
    used = said("acc_used").format(date=_local(one.last_used_at)) if one.last_used_at else said("acc_unused")
    added = said("acc_added").format(date=_local(one.created_at))
    return {"pk": one.pk, "name": one.wrap().name, "says": f"{added}, {used}"}


def _codes(one: Authenticator) -> str:
    kept = one.wrap()
    return said("acc_codes_left").format(left=len(kept.get_unused_codes()), all=len(kept.generate_codes()))


def _session(one: UserSession) -> dict[str, Any]:
    return {
        "program": program(one.user_agent),
        "here": one.is_current(),
        "since": said("acc_session_since").format(time=_local(one.created_at, "%Y-%m-%d %H:%M")),
        "address": said("acc_session_from").format(address=one.ip),
    }


def program(agent: str) -> str:
    """The browser and system behind a ``User-Agent``, as far as a person can tell them apart."""
    named = [next((name for mark, name in row if mark in agent), "") for row in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in named if name) or said("acc_session_other")


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End every session of the officer but this one."""
    end_other_sessions(request, request.user)
    messages.success(request, said("acc_sessions_ended"))
    return HttpResponseRedirect(reverse("account"))


@require_safe
@login_required
@never_cache
def set_up(request: HttpRequest) -> HttpResponse:
    """Where an officer without a second factor is sent, and how to get one."""
    if second_factor.has_one(request.user):
        return HttpResponseRedirect(after(request, reverse("account")))
    return render(request, "account/second_factor.html", {"required": second_factor.required()})


def after(request: HttpRequest, otherwise: str) -> str:
    """The page of this site that ``next`` names, or ``otherwise``."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else otherwise
