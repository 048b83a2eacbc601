"""The API put together: routers, error answers, the OpenAPI document."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny

from tocsin import __version__
from tocsin.core.errors import Invalid, TocsinError
from tocsin.web.api import (
    cap,
    claims,
    crews,
    detections,
    drills,
    evidence,
    incidents,
    ledger,
    lists,
    needs,
    odk,
    record,
    reports,
    shelters,
    subscriptions,
    warnings,
    weather,
)
from tocsin.web.api.schemas import HEADERS, error_words
from tocsin.web.errors import Fault, NotJson, WrongType, answer, no_key, no_such

log = logging.getLogger("tocsin.web")

_LOCATIONS = {"body", "query", "path", "header", "cookie", "form", "file"}


class Json(BaseRenderer):
    """Answers, written by msgspec."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:  # noqa: ARG002
        """The bytes of an answer."""
        return msgspec.json.encode(data)


class StrictJson(Parser):
    """Bodies: strict JSON of the right type, nothing else."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """The body as a mapping. What is wrong with it is raised, and found again in :func:`_http_error`."""
        if request.content_type != "application/json":
            raise WrongType(
                "TOC-6003",
                f"The body is {request.content_type or 'of no type'}, not JSON.",
                field="Content-Type",
                remedy="Send Content-Type: application/json.",
            )
        try:
            found = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            raise NotJson(
                "TOC-6003", f"The body is not JSON: {fault}.", field="body", remedy="Send one JSON object, in UTF-8."
            ) from fault
        if not isinstance(found, dict):
            raise NotJson(
                "TOC-6003", "The body is JSON, but not an object.", field="body", remedy="Send one JSON object."
            )
        return {name: whole(value) for name, value in found.items()}


def whole(value: Any) -> Any:
    """5.0 as 5: to JSON Schema and to canonical JSON they are one number, to pydantic's strict mode they are not."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    return [whole(inner) for inner in value] if isinstance(value, list) else value


def field_path(location: tuple[Any, ...]) -> str:
    """``("body", "body", "areas", 0)`` → ``areas[0]``: the path as the caller wrote it."""
    parts = list(location)
    if parts and parts[0] in _LOCATIONS:
        # A body is bound to a parameter of ours, whose name is none of the caller's business.
        parts = parts[2:] if parts[0] == "body" else parts[1:]
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path.removesuffix(".[key]") or "body"


_REMEDIES = {
    "missing": ("The field is missing.", "Add it; /api/v1/openapi.json says what belongs there."),
    "extra_forbidden": (
        "There is no such field here.",
        "Leave it out or correct its name; /api/v1/openapi.json names every field.",
    ),
}


def invalid(error: dict[str, Any]) -> Invalid:
    """One of pydantic's findings as an error of ours. What was sent is not repeated: it may be private."""
    said = str(error.get("msg", "The value is not acceptable")).rstrip(".") + "."
    message, remedy = _REMEDIES.get(
        str(error.get("type")), (said, "Correct it; /api/v1/openapi.json says what belongs there.")
    )
    return Invalid("TOC-6003", message, field=field_path(tuple(error.get("loc", ()))), remedy=remedy)


def _refused(request: HttpRequest, exc: Any) -> HttpResponse:
    return answer(exc, request)


def _validation(request: HttpRequest, exc: Any) -> HttpResponse:
    return answer(invalid(exc.errors[0]), request)


def _http_error(request: HttpRequest, exc: Any) -> HttpResponse:
    if isinstance(exc.__cause__, TocsinError):
        return answer(exc.__cause__, request)
    wrong = NotJson("TOC-6003", f"{exc.message}.", field="body", remedy="See /api/v1/openapi.json.")
    return answer(wrong, request)


def _fault(request: HttpRequest, exc: Any) -> HttpResponse:
    # The trace names files and types; values that a caller sent stay out of the log as far as we can help it.
    log.error("fault at %s %s", request.method, request.path, exc_info=exc)
    return answer(
        Fault("TOC-6007", "Something broke inside.", remedy="Try again; if it stays, tell whoever runs this site."),
        request,
    )


_LINKS = {"/warnings": ("warning_id", "/warning"), "/needs": ("need_id", "/need/id")}
"""What a POST makes and a GET then reads: the parameter of the latter, and where the answer to the former says it."""


def _close(node: Any) -> None:
    """Say that a mapping whose keys have a form takes no other keys: pydantic refuses them and leaves it unsaid."""
    if isinstance(node, list):
        for one in node:
            _close(one)
    elif isinstance(node, dict):
        if "patternProperties" in node:
            node.setdefault("additionalProperties", False)
        for one in node.values():
            _close(one)


class Api(NinjaAPI):
    """Ninja's API with the error answers described."""

    _described: dict[str, Any] | None = None

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The OpenAPI document, with a word on what each error status means.

        It takes a second to make and everybody may ask for it: a running door makes it once.
        """
        if kwargs.get("path_prefix"):
            return self._describe(**kwargs)
        if self._described is None:
            self._described = self._describe(**kwargs)
        return self._described

    def _describe(self, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(**kwargs)
        words = error_words()
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["security"] = [
                    {} if "Anybody" in needed else needed for needed in operation.get("security", [])
                ]
                for status, response in operation.get("responses", {}).items():
                    response["description"] = words.get(int(status), "Done.")
                    if int(status) in HEADERS:
                        name = HEADERS[int(status)][0]
                        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"}}
        schema["components"].get("securitySchemes", {}).pop("Anybody", None)
        schema["components"]["headers"] = {
            name: {"required": True, "description": meaning, "schema": {"type": "string", "pattern": form}}
            for name, form, meaning in HEADERS.values()
        }
        _close(schema)
        for path, (parameter, pointer) in _LINKS.items():
            made = schema["paths"][f"/api/v1{path}"]["post"]["responses"][201]
            found = schema["paths"][f"/api/v1{path}/{{{parameter}}}"]["get"]["operationId"]
            made["links"] = {"made": {"operationId": found, "parameters": {parameter: f"$response.body#{pointer}"}}}
        return schema


ROUTERS = (
    ("/detections", detections.router),
    ("/warnings", warnings.router),
    ("/areas", lists.areas),
    ("/phases", lists.phase_router),
    ("/sirens", lists.sirens),
    ("/shelters", shelters.router),
    ("/sources", incidents.sources),
    ("/incidents", incidents.incidents),
    ("/claims", claims.claims),
    ("/tallies", claims.tallies),
    ("/evidence", evidence.router),
    ("/reports", reports.router),
    ("/odk", odk.router),
    ("/needs", needs.router),
    ("/crews", crews.crews),
    ("/plan", crews.plan_router),
    ("/weather", weather.weather_router),
    ("/thermometers", weather.thermometers),
    ("/record", record.router),
    ("/subscriptions", subscriptions.router),
    ("/drills", drills.router),
    ("/cap", cap.router),
    ("", ledger.router),
)
"""Every part of the API, by where it stands."""


def build() -> NinjaAPI:
    """The API under ``/api/v1/``."""
    api = Api(
        title="Tocsin",
        version=__version__,
        description=(
            'Detections in, warnings out. Every error has the form `{"error": …}` with a code, the field at fault, '
            "the remedy and a link. Times are RFC 3339 in UTC."
        ),
        docs_url=None,
        openapi_url="/openapi.json",
        parser=StrictJson(),
        renderer=Json(),
        urls_namespace="api",
        servers=[{"url": "/"}],
    )
    for where, router in ROUTERS:
        api.add_router(where, router)
    api.add_exception_handler(TocsinError, _refused)
    api.add_exception_handler(ValidationError, _validation)
    api.add_exception_handler(AuthenticationError, lambda request, _exc: answer(no_key(), request))
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, lambda request, _exc: answer(no_such("There is no such thing."), request))
    api.add_exception_handler(Exception, _fault)
    return api


api = build()
