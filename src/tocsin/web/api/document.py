"""Writes the OpenAPI document to a file: ``python -m tocsin.web.api.document docs/reference/openapi.json``."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path


def text() -> str:
    """The document as it is kept in the repository. Django must be ready."""
    from tocsin.web.api.build import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the document to the one file that is named. Exit code: 0, or 2 for a wrong call."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tocsin.web.api.document FILE\n")
        return 2
    from tocsin.web.options import WebOptions
    from tocsin.web.wsgi import configure

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        configure(WebOptions(home=home, key_file=home / "web.key"))
        Path(arguments[0]).write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
