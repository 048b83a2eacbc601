"""What makes the page an app that opens without a network: its manifest and its service worker."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from tocsin.web import assets
from tocsin.web.words import current, languages, words

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("maskable-512.png", "512x512", "maskable"),
)
_PAGE = "src/public/main.ts"
_FORM = "src/report/main.ts"
_WORKER = "src/worker/main.ts"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``GET /manifest.webmanifest``, in the reader's language (W3C Web Application Manifest)."""
    text, language = words(current()), current()
    said = {
        "id": "/",
        "name": text["pub_app_name"],
        "short_name": "Tocsin",
        "description": text["pub_app_about"],
        "lang": language,
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#14202b",
        "theme_color": "#14202b",
        "icons": [
            {"src": static(f"tocsin/icons/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")


@require_safe
@gzip_page
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``GET /sw.js``: the built worker, told which files to keep. Other files make another worker."""
    chunks = assets.manifest()
    source = (assets.BUILT / chunks[_WORKER].file).read_text("utf-8")
    files = shell()
    version = hashlib.sha256("\n".join((source, *files)).encode()).hexdigest()[:16]
    told = json.dumps({"version": version, "files": files, "unread": unread()})
    response = HttpResponse(f"self.TOCSIN={told};\n{source}", content_type="text/javascript; charset=utf-8")
    # A browser asks for the worker anew by itself; a copy in between would only hold an update back.
    response["Cache-Control"] = "no-cache"
    return response


def unread() -> dict[str, list[str]]:
    """Language → what a push message that cannot be read is shown as: a browser wants to see one for each."""
    return {tag: [text["pub_push_unread"], text["pub_push_unread_more"]] for tag, text in languages().items()}


def shell() -> list[str]:
    """What the page and the form of a report need to open with no network: the page, scripts, styles, the icon."""
    chunks = assets.manifest()
    own = dict.fromkeys([*scripts(chunks, _PAGE), *scripts(chunks, _FORM), *assets.styles("plain")])
    return [reverse("home"), static("tocsin/icon.svg"), *own]


def scripts(chunks: dict[str, assets.Chunk], entry: str) -> list[str]:
    """Every script that an entry loads at once, itself first."""
    found: dict[str, None] = {}
    todo = [entry]
    while todo:
        name = todo.pop()
        if assets.URL + chunks[name].file not in found:
            found[assets.URL + chunks[name].file] = None
            todo.extend(chunks[name].imports)
    return list(found)
