"""Evidence: files handed in, sealed until somebody releases their public copies."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from tocsin.app.publication import may_release
from tocsin.report import commands as cmd
from tocsin.report.state import KnownEvidence
from tocsin.web import custody, documents
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC, SIGNED, caller
from tocsin.web.api.report_shapes import DidOut, EvidenceForm, EvidencesOut, ReleaseIn, TakenOut, WithdrawIn
from tocsin.web.api.reporting import did, plain
from tocsin.web.api.schemas import ACT, READ, example, responses
from tocsin.web.desk import publication, reports
from tocsin.web.published import published

router = Router(tags=["report"], auth=SIGNED)

_BINARY = {"responses": {200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}}


@router.get("", auth=PUBLIC, response=responses({200: EvidencesOut}, READ), summary="List evidence")
def list_evidence(request: HttpRequest) -> dict[str, Any]:
    """Public: released public copies alone. Officers see everything but the originals, with the custody of each."""
    state = reports().state()
    if documents.insider(caller(request).actor):
        found = [inside_document(one) for _, one in sorted(state.evidence.items())]
    else:
        found = [plain(one) for _, one in sorted(published().evidence.items())]
    return {**act.stamp(), "seq": state.seq, "evidence": found}


def inside_document(known: KnownEvidence) -> dict[str, Any]:
    """A file as officers see it."""
    one = known.evidence
    return {
        "id": one.id,
        "kind": one.kind,
        "mime": one.derivative_mime,
        "sha256": one.derivative,
        "alt": known.alt,
        "incident": known.incident,
        "licence": one.licence,
        "sensitive": one.sensitive,
        "entry": known.entry,
        "inside": {
            "sha256": one.sha256,
            "size": one.size,
            "original_mime": one.mime,
            "released": known.released,
            "withdrawn": known.withdrawn,
            "publishable": bool(one.derivative),
            "captured_at": plain(one.captured_at),
            "collected_at": plain(one.collected_at),
            "seen_before": list(one.seen_before),
            "c2pa": one.c2pa,
            "custody": plain(known.custody),
        },
    }


_FORM = {"requestBody": {"content": {"multipart/form-data": {"example": {"collector": "duty officer"}}}}}


@router.post("", response=responses({201: TakenOut}, ACT), openapi_extra=_FORM, summary="Hand in a file")
def take(
    request: HttpRequest,
    file: File[UploadedFile],
    fields: Form[EvidenceForm],
) -> Status[dict[str, Any]]:
    """Take a photo, video or PDF as ``multipart/form-data``. It is hashed as it comes, and sealed."""
    handed = custody.hand(file)
    name, outcome = custody.record(
        handed,
        caller(request).actor,
        id_=fields.id,
        collector=fields.collector,
        licence=fields.licence,
        sensitive=fields.sensitive,
    )
    taken = outcome.state.evidence[name].evidence
    body = {
        **act.stamp(),
        "id": name,
        "entries": [entry.seq for entry in outcome.entries],
        "sha256": taken.sha256,
        "size": taken.size,
        "kind": taken.kind,
        "publishable": bool(taken.derivative),
        "seen_before": list(taken.seen_before),
    }
    return Status(201, body)


@router.get(
    "/{evidence_id}/original", response=responses({200: None}, READ), openapi_extra=_BINARY, summary="Read an original"
)
def original(request: HttpRequest, evidence_id: str) -> FileResponse:
    """The file as it came, hashed again first; who looked is noted in its custody."""
    return custody.original(caller(request).actor, evidence_id)


@router.get(
    "/{evidence_id}/public",
    auth=PUBLIC,
    response=responses({200: None}, READ),
    openapi_extra=_BINARY,
    summary="Read a public copy",
)
def public(request: HttpRequest, evidence_id: str) -> FileResponse:  # noqa: ARG001 - ninja's signature
    """The released copy, drawn anew from the pixels. What is sealed cannot be told from what does not exist."""
    return custody.public_copy(evidence_id)


@router.post(
    "/{evidence_id}/release",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"incident": "debris-1", "alt": {"en": "Cars with broken windows"}}),
    summary="Release a public copy",
)
def release(request: HttpRequest, evidence_id: str, body: ReleaseIn) -> Status[dict[str, Any]]:
    """Let it be shown, in words for those who do not see it."""
    may_release(caller(request).actor, publication())
    command = cmd.ReleaseEvidence(evidence_id=evidence_id, incident=body.incident, alt=body.alt, reason=body.reason)
    return did(request, command, evidence_id)


@router.post(
    "/{evidence_id}/withdraw",
    response=responses({201: DidOut}, ACT),
    openapi_extra=example({"reason": "a face can be seen"}),
    summary="Withdraw a public copy",
)
def withdraw(request: HttpRequest, evidence_id: str, body: WithdrawIn) -> Status[dict[str, Any]]:
    """Show it no longer. The original stays in custody."""
    return did(request, cmd.WithdrawEvidence(evidence_id=evidence_id, reason=body.reason), evidence_id)
