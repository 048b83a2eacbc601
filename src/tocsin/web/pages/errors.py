"""The error reference, and what is shown when a page cannot be."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tocsin.core.errors import CATALOGUE, Invalid
from tocsin.web.errors import Fault, answer, no_key, no_such

ROOMS = {
    "1": "Detections, drafts, warnings",
    "2": "Areas",
    "3": "CAP",
    "4": "Sirens",
    "5": "Live",
    "6": "Doors",
    "7": "Ledger",
    "8": "Set-up",
    "9": "Shelters",
    "10": "Report",
    "11": "Repair",
    "12": "Record",
    "13": "Channels",
}

REMEDIES: dict[str, str] = {
    "TOC-1001": "Give the detection an id, a source, a known threat and areas.",
    "TOC-1002": "Set the source's clock and send what was seen at once.",
    "TOC-1003": "Name areas that exist and have an outline; GET /api/v1/areas lists them.",
    "TOC-1004": "Write the text in every language of the city, without markup, or leave it out for the agreed words.",
    "TOC-1005": "Look at the warning as it is now; a new danger needs a new warning.",
    "TOC-1006": "Ask another officer to approve; under incoming fire, open break-glass.",
    "TOC-1007": "Read the draft as it is now and decide again.",
    "TOC-1008": "Send the end with the time at which the danger was known to be over.",
    "TOC-1009": "Type the name of one of the areas of the warning.",
    "TOC-1010": "Open break-glass with a reason, or ask another officer to approve.",
    "TOC-1011": "Use the drill commands for exercises and nothing else.",
    "TOC-1012": "Use one of the threats that the message names.",
    "TOC-2001": "Give a GeoJSON FeatureCollection.",
    "TOC-2002": "Give the area a closed Polygon or MultiPolygon in WGS 84.",
    "TOC-2003": "Leave pseudo-areas out or flag them; they are never drawn.",
    "TOC-2004": "Give every area a parent that exists, without loops.",
    "TOC-2005": "Use ids of a-z, 0-9 and hyphens, and at least one name.",
    "TOC-2006": "Correct the number, date or zone that the field names.",
    "TOC-3001": "Send well-formed XML without a DTD, within the size limit.",
    "TOC-3002": "Send CAP 1.2; earlier versions are not read as 1.2.",
    "TOC-3003": "Correct the element that the field names.",
    "TOC-3004": "Sign the message again and send it unchanged, or pin the sender's new certificate.",
    "TOC-3005": "Ask the control room to pin the sender's certificate.",
    "TOC-4001": "Send the command with every field of the reference.",
    "TOC-4002": "Give the siren the city's command key.",
    "TOC-4003": "Nothing: the command came too late. Check both clocks.",
    "TOC-4004": "Correct the siren's entry and import it again.",
    "TOC-5001": "Send 1 to 64 H3 cells of resolution 7 in hex, separated by commas.",
    "TOC-5002": "Correct the parameter that the field names.",
    "TOC-6001": "Send `Authorization: Bearer <key>`, or sign in.",
    "TOC-6002": "Ask an administrator for the role, or an officer who holds it to act.",
    "TOC-6003": "Correct the field; /api/v1/openapi.json names every field and its bounds.",
    "TOC-6004": "Check the address or the id.",
    "TOC-6005": "Wait as long as Retry-After says; listen to the live edge instead of asking.",
    "TOC-6006": "Use a method that the Allow header names.",
    "TOC-6007": "Try again; if it stays, tell whoever runs the site.",
    "TOC-6008": "Show again that it is you, then send.",
    "TOC-7001": "Run `tocsin ledger verify`; restore the ledger from a backup if it reports damage.",
    "TOC-7002": "Run `tocsin ledger verify`; restore the ledger from a backup.",
    "TOC-7003": "Entries are gone: restore the ledger from a backup that reaches the checkpoint.",
    "TOC-7004": "Check which key signed the checkpoint; do not trust the ledger until that is known.",
    "TOC-7005": "Check the disk and the database; nothing was written, so try again.",
    "TOC-7006": "Export the ledger again.",
    "TOC-8001": "Correct the setting that the field names.",
    "TOC-8002": "Start the part that is named; `tocsin doctor` says which parts answer.",
    "TOC-8003": "Use invented data only, or leave the demonstration.",
    "TOC-8004": "Correct the line that the field names.",
    "TOC-8005": "Take another backup, or name an empty place.",
    "TOC-9001": "Export the file in UTF-8 with WGS 84 coordinates and the columns of the reference.",
    "TOC-9002": "Correct the value that the finding names; leave out what nobody knows.",
    "TOC-9003": "Correct the point, longitude first, or the area; import the areas first.",
    "TOC-9004": "Keep one entry, or give each room its own id.",
    "TOC-9005": "Send open, closed or unknown with the time at which somebody looked.",
    "TOC-9006": "Give the group, its number, its seconds, the season and the day.",
    "TOC-10001": "Correct the field that is named; keep the wording exactly as it was said.",
    "TOC-10002": "Name the source or open the incident first.",
    "TOC-10003": "Act on the claim that stands.",
    "TOC-10004": "Read what the other person wrote, then save yours on top of it.",
    "TOC-10005": "Hand in a photo, a video or a PDF within the limits on the page.",
    "TOC-10006": "Restore the file from a backup.",
    "TOC-10007": "Ask a records officer to release it.",
    "TOC-10008": "Correct the field that is named and send it again.",
    "TOC-10009": "Compare the file's first line with the documented columns.",
    "TOC-11001": "Correct the field that is named; leave out what nobody knows.",
    "TOC-11002": "Read the need again; reopen it when it is not closed after all.",
    "TOC-11003": "Define the crew with its skills, its stock and its shift.",
    "TOC-11004": "Give a value in range, its source and its time.",
    "TOC-11005": "Look at the new plan and act on it.",
    "TOC-12001": "Name the form of the file, or write it as the documented generic CSV.",
    "TOC-12002": "Read the page again and act on its newest revision.",
    "TOC-12003": "Name one of the documented forms.",
    "TOC-12004": "Write dates like 2024-01-05, the earlier one first.",
}
"""What to do in general. The error itself carries the remedy of its own case."""

GENERAL = "Do as the error's own remedy says."


def catalogue(request: HttpRequest) -> HttpResponse:
    """Every code with its meaning and remedy; what ``docs`` in an error links to."""
    rooms = [
        (
            title,
            [
                (code, meaning, REMEDIES.get(code, GENERAL))
                for code, meaning in CATALOGUE.items()
                if code[4:-3] == number
            ],
        )
        for number, title in ROOMS.items()
    ]
    return render(request, "tocsin/errors.html", {"rooms": rooms})


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def page(request: HttpRequest, status: int, word: str) -> HttpResponse:
    """A short page that says why there is no other."""
    return render(request, "tocsin/error.html", {"word": word, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """400: a host name that is not ours, or a body that Django refused."""
    wrong = Invalid(
        "TOC-6003", "The request is malformed.", field="Host", remedy="Use the address that the site is known by."
    )
    response = answer(wrong, request)
    response.status_code = 400
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403: a form without its token."""
    return page(request, 403, "error_403")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403."""
    return answer(no_key(), request) if _is_api(request) else page(request, 403, "error_403")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404."""
    if _is_api(request):
        return answer(no_such(f"There is nothing at {request.path}."), request)
    return page(request, 404, "error_404")


def closed(request: HttpRequest) -> HttpResponse:
    """404 for a page that a library brings and this site does not offer."""
    return page(request, 404, "error_404")


def too_many(request: HttpRequest) -> HttpResponse:
    """429: too many tries to sign in."""
    response = render(request, "account/too_many.html", status=429)
    response["Retry-After"] = "60"
    return response


def fault(request: HttpRequest) -> HttpResponse:
    """500. It leans on nothing that may be what broke."""
    error = Fault("TOC-6007", "Something broke inside.", remedy="Try again; if it stays, tell whoever runs this site.")
    if _is_api(request):
        return answer(error, request)
    return HttpResponse("Something broke inside. (TOC-6007)\n", status=500, content_type="text/plain; charset=utf-8")
