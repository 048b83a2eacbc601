"""Forms filled in on phones in the field: OpenRosa submissions (ODK Collect, KoboCollect) and their JSON exports.

The form is in ``docs/how-to/odk.md``. ``instanceID`` is the client id, so that a phone may send again and again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from tocsin.core.errors import Denied, Invalid, TocsinError
from tocsin.warn.cap_xml import children, load, local, text_of
from tocsin.web import intake
from tocsin.web.api import act, auth
from tocsin.web.api.auth import SIGNED, Caller, caller
from tocsin.web.api.schemas import ACT, Reply, example, responses
from tocsin.web.config import REPORT_BODY

router = Router(tags=["report"])

FILE = "xml_submission_file"
_ROSA = {"X-OpenRosa-Version": "1.0", "X-OpenRosa-Accept-Content-Length": str(REPORT_BODY)}
_ANSWER = '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>{}</message></OpenRosaResponse>'
_NUMBERS = ("windows", "flats", *intake.PEOPLE)
_TEXTS = ("area", "address", "flat", "name", "contact", "note")


class Key(auth.Key):
    """As everywhere; phones send the key as the password of HTTP Basic, with any name."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        """The caller behind the header, None without one."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return super().__call__(request)
        try:
            secret = base64.b64decode(token, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            secret = ""
        return self.authenticate(request, secret)


class ExportIn(Schema):
    """What KoboToolbox or ODK Central export: ``results``, or one submission by itself. Other fields are let pass."""

    model_config = ConfigDict(extra="allow")

    results: list[dict[str, Any]] | None = Field(None, max_length=1000)


class RowOut(Schema):
    """What became of one submission."""

    client_id: str
    id: str
    new: bool
    error: str


class ExportOut(Reply):
    """One row a submission, in their order."""

    results: list[RowOut]


def resident(fields: Mapping[str, Any]) -> intake.Resident:
    """A report of a submission's fields; names of groups (``home/address``) do not matter.

    Raises:
        Invalid: a field is missing or no number (TOC-10008).
    """
    flat = {str(key).rpartition("/")[2]: value for key, value in fields.items()}
    client_id = str(flat.get("instanceID") or flat.get("_uuid") or "").strip()
    if not client_id:
        raise _unusable("The submission has no instanceID.", "instanceID", "Send it as the form made it.")
    numbers = {name: _number(flat.get(name), name) for name in _NUMBERS}
    texts = {name: str(flat.get(name) or "").strip() for name in _TEXTS}
    return intake.Resident(
        **texts,
        client_id=client_id,
        windows=numbers["windows"],
        flats=numbers["flats"] or 1,
        heating={"yes": True, "no": False}.get(str(flat.get("heating", ""))),
        people={name: n for name in intake.PEOPLE if (n := numbers[name])},
        exact=_point(flat.get("location")),
        channel="odk",
    )


def _number(value: Any, field: str) -> int | None:
    if value in (None, ""):
        return None
    try:
        return int(str(value))
    except ValueError as fault:
        raise _unusable(f"{field} is no whole number.", field, "Correct it on the form.") from fault


def _point(value: Any) -> tuple[float, float] | None:
    """A geopoint, ``lat lon altitude accuracy``, as ``(lon, lat)``; one that cannot be read is none."""
    try:
        lat, lon = (float(part) for part in str(value).split()[:2])
    except ValueError:
        return None
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _unusable(message: str, field: str, remedy: str) -> Invalid:
    return Invalid("TOC-10008", message, field=field, remedy=remedy)


def leaves(data: bytes) -> dict[str, str]:
    """The fields of a submission by their own names; of two of one name the first.

    Raises:
        Invalid: it is no XML that may be read (TOC-3001).
    """
    found: dict[str, str] = {}
    todo = [load(data)]
    while todo:
        here = todo.pop()
        below = list(children(here))
        if not below:
            found.setdefault(local(here), text_of(here).strip())
        todo.extend(reversed(below))
    return found


@router.api_operation(["HEAD"], "/submission", auth=[Key()], include_in_schema=False)
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - ninja's signature
    """Say how large a submission may be, as phones ask before they send one."""
    return HttpResponse(status=204, headers=_ROSA)


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FILE],
                    "properties": {FILE: {"type": "string", "format": "binary"}},
                    "additionalProperties": {"type": "string", "format": "binary"},
                },
                "example": {FILE: "<data>…</data>", "photo_1": "(a file)"},
            }
        },
    },
    "responses": {201: {"content": {"text/xml": {"schema": {"type": "string"}}}}},
}


@router.post(
    "/submission",
    auth=[Key()],
    response=responses({201: None}, ACT),
    openapi_extra=_BODY,
    summary="Send a filled-in form (OpenRosa)",
)
def submission(request: HttpRequest) -> HttpResponse:
    """Take one XForm instance and its photos as ODK Collect and KoboCollect send them; the key is the password."""
    form = request.FILES.get(FILE)
    if not isinstance(form, UploadedFile) or form.size is None or form.size > 1_000_000:
        raise _unusable(f"The part {FILE} is missing or too large.", FILE, "Send the form as OpenRosa says.")
    photos = [one for name in request.FILES if name != FILE for one in request.FILES.getlist(name) if one.size]
    intake.hand_in(resident(leaves(form.read())), photos, caller(request).actor)
    # Also for one that was sent before: the phone then knows that it need not send it again.
    return HttpResponse(_ANSWER.format("Taken."), status=201, content_type="text/xml; charset=utf-8", headers=_ROSA)


_EXPORT = {"results": [{"_uuid": "5f0c", "home/area": "north", "home/address": "Example Street 1", "windows": "3"}]}


@router.post(
    "/json",
    auth=SIGNED,
    response=responses({201: ExportOut}, ACT),
    openapi_extra=example(_EXPORT),
    summary="Bring an export of forms",
)
def export(request: HttpRequest, body: ExportIn) -> Status[dict[str, Any]]:
    """Take the JSON export of KoboToolbox or ODK Central, or what their webhooks send. Each row stands by itself."""
    # One submission by itself has fields of its own names, which no schema knows.
    given = body.results if body.results is not None else [msgspec.json.decode(request.body, type=dict[str, Any])]
    actor = caller(request).actor
    return Status(201, {**act.stamp(), "results": [_row(fields, actor) for fields in given]})


def _row(fields: Mapping[str, Any], actor: Any) -> dict[str, Any]:
    client_id = str(fields.get("meta/instanceID") or fields.get("_uuid") or "")[:128]
    try:
        received = intake.hand_in(resident(fields), (), actor)
    except Denied:
        raise
    except TocsinError as fault:
        return {"client_id": client_id, "id": "", "new": False, "error": str(fault)}
    return {"client_id": client_id, "id": received.id, "new": received.new, "error": ""}
