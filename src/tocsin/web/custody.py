"""Evidence at the web door: taken in from an upload, given out with every look at an original noted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest

from tocsin.app.actor import Actor
from tocsin.core.errors import Broken, Denied, TocsinError, Unknown
from tocsin.report import commands as cmd
from tocsin.report.events import Evidence
from tocsin.report.state import KnownEvidence
from tocsin.web.api.reporting import carry_out, new_id, sealing
from tocsin.web.desk import desk, evidence, reports
from tocsin.web.published import published

if TYPE_CHECKING:
    from tocsin.app.report import Outcome
    from tocsin.store.evidence import Handed

READERS = ("records", "duty", "dispatcher")
"""Roles that see originals. Each look is noted."""


def hand(upload: UploadedFile[Any]) -> Handed:
    """Keep the uploaded bytes; nothing is recorded by this.

    Raises:
        Invalid: it cannot be taken (TOC-10005).
    """
    return evidence().take(upload.chunks(), name=upload.name or "")


def hand_all(files: Sequence[UploadedFile[Any]]) -> list[Handed]:
    """Keep all of them, or none when one cannot be taken: each is looked at before the first is kept.

    Raises:
        Invalid: one cannot be taken (TOC-10005).
    """
    with ExitStack() as open_files:
        room = evidence()
        looked = []
        for file in files:
            looked.append(room.examine(file.chunks(), name=file.name or ""))
            open_files.callback(looked[-1].close)
        return [room.keep(one) for one in looked]


def record(
    handed: Handed, actor: Actor, *, id_: str = "", private: dict[str, Any] | None = None, **more: Any
) -> tuple[str, Outcome]:
    """Record a file that was kept, what is personal about it sealed; its id and what was recorded."""
    name = id_ or new_id()

    def do(reference: str) -> Outcome:
        one = Evidence(
            id=name,
            kind=handed.kind,
            mime=handed.mime,
            sha256=handed.sha256,
            size=handed.size,
            phash=handed.phash,
            captured_at=handed.captured_at,
            collected_at=desk().clock.now(),
            derivative=handed.derivative,
            derivative_mime=handed.derivative_mime,
            sealed=reference,
            **more,
        )
        return carry_out(actor, cmd.TakeEvidence(evidence=one))

    return name, sealing("evidence", {**handed.private, **(private or {})}, do)


def find(evidence_id: str) -> KnownEvidence:
    """The evidence.

    Raises:
        Unknown: there is none (TOC-10002).
    """
    known = reports().state().evidence.get(evidence_id)
    if known is None:
        raise Unknown("TOC-10002", "There is no such evidence.", field="evidence", remedy="Name one that was taken.")
    return known


def original(actor: Actor, evidence_id: str) -> FileResponse:
    """The file as it came, for those who may see it; the look is noted before the first byte goes out.

    Raises:
        Denied: the role does not reach so far (TOC-6002).
        Broken: the file is not what was handed in; that is noted, too (TOC-10006).
    """
    if not any(grant.role in READERS for grant in actor.grants):
        raise Denied(
            "TOC-6002",
            f"Originals are seen by {', '.join(READERS)}.",
            field="actor",
            remedy="Ask an administrator for the role.",
        )
    known = find(evidence_id)
    try:
        source = evidence().original(known.evidence)
    except Broken as fault:
        carry_out(actor, cmd.NoteCustody(evidence_id=evidence_id, action="mismatch", note="not given out"))
        raise fault
    try:
        carry_out(actor, cmd.NoteCustody(evidence_id=evidence_id, action="viewed"))
    except TocsinError:
        source.close()
        raise
    return _file(source, known.evidence.mime, f"evidence-{evidence_id}", "private, no-store")


def public_copy(evidence_id: str) -> FileResponse:
    """The public copy, if the publication policy shows it now.

    Raises:
        Unknown: there is none, or it is sealed; the two are not told apart (TOC-10007).
    """
    shown = published().evidence.get(evidence_id)
    if shown is None:
        raise Unknown(
            "TOC-10007", "There is nothing to be shown here.", field="evidence", remedy="It may be released later."
        )
    source = evidence().public_copy(find(evidence_id).evidence)
    # It may be withdrawn at any time, and then nobody may show it from a cache.
    return _file(source, shown.mime, f"tocsin-{evidence_id}", "no-cache")


def _file(source: BinaryIO, mime: str, name: str, cache: str) -> FileResponse:
    response = FileResponse(source, content_type=mime, filename=name)
    response["Cache-Control"] = cache
    # A photo that calls itself something else is never run, whatever a browser thinks of it.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def uploads(request: HttpRequest, name: str) -> list[UploadedFile[Any]]:
    """The files of a form's field; an empty field is none."""
    return [one for one in request.FILES.getlist(name) if one.size]
