"""Claims for humanitarian tools: CSV with a row of HXL hashtags below the header."""

from __future__ import annotations

from tocsin.record.bundle import Bundle
from tocsin.record.exports.csv import sheet

NAME = "hxl"
MIME = "text/csv; charset=utf-8"
ENDING = "hxl.csv"

TAGS = {
    "id": "#meta+claim+id",
    "incident": "#event+id",
    "subject": "#indicator+code",
    "category": "#group",
    "scope": "#meta+scope",
    "op": "#meta+bound",
    "n": "#indicator+value+num",
    "n2": "#indicator+value+max+num",
    "unit": "#meta+unit",
    "wording": "#description+quote",
    "language": "#meta+lang",
    "source": "#meta+source+id",
    "source_kind": "#meta+source+type",
    "attribution": "#meta+attribution",
    "grade": "#meta+reliability",
    "mark": "#status+verification",
    "said_at": "#date+reported",
    "learned_at": "#date+recorded",
    "happened_from": "#date+start",
    "happened_to": "#date+end",
    "area": "#adm+code",
    "superseded_by": "#meta+superseded",
    "retracted": "#meta+retracted",
    "entry": "#meta+entry",
}
"""Column of the claims → HXL 1.1 hashtag with attributes."""


def write(bundle: Bundle) -> bytes:
    """The file."""
    return sheet("claims", bundle.tables["claims"], TAGS)
