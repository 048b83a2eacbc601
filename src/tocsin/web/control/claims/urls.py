"""Every address of the claim desk."""

from __future__ import annotations

from django.urls import URLPattern, path

from tocsin.web.control.claims import views

urlpatterns: list[URLPattern] = [
    path("control/claims", views.desk_page, name="claims"),
    path("control/claims/read", views.read, name="claims-read"),
    path("control/claims/incident", views.new_incident, name="claims-incident-new"),
    path("control/claims/source", views.new_source, name="claims-source-new"),
    path("control/claims/evidence", views.take, name="claims-evidence"),
    path("control/claims/evidence/release", views.release, name="claims-release"),
    path("control/claims/evidence/withdraw", views.withdraw, name="claims-withdraw"),
    path("control/claims/evidence/<str:evidence_id>", views.original, name="claims-original"),
    path("control/claims/reports", views.handle, name="claims-handle"),
    path("control/claims/<str:incident_id>", views.incident_page, name="claims-incident"),
    path("control/claims/<str:incident_id>/enter", views.enter, name="claims-enter"),
    path("control/claims/<str:incident_id>/claims/<str:claim_id>", views.on_claim, name="claims-act"),
    path("control/claims/<str:incident_id>/<str:act>", views.on_incident, name="claims-incident-act"),
]
