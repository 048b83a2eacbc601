"""Structure by schema: our own ``cap12.xsd``, whose verdicts equal those of the standard's."""

from __future__ import annotations

import threading
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import NamedTuple

from lxml import etree

from tocsin.core.errors import Invalid
from tocsin.warn.cap_xml import MAX_BYTES, Element, load, path_of

_MAX_FAULTS = 100
_LOCK = threading.Lock()
"""libxml2 keeps the error list in the schema object, so two threads must not validate at once."""


class SchemaFault(NamedTuple):
    """What the schema says: where, what, and whether a value (rather than the structure) is wrong."""

    path: str
    message: str
    of_value: bool


@cache
def _schema() -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.XMLSchema(etree.fromstring(files("tocsin.warn").joinpath("cap12.xsd").read_bytes(), parser))


def schema_faults(root: Element) -> list[SchemaFault]:
    """What the schema finds in a parsed tree; empty when it is valid."""
    schema = _schema()
    with _LOCK:
        if schema.validate(root):
            return []
        log = list(islice(schema.error_log, _MAX_FAULTS))
    found = []
    for entry in log:
        value = entry.type_name.startswith("SCHEMAV_CVC_") and any(
            kind in entry.type_name for kind in ("DATATYPE", "ENUMERATION", "PATTERN", "FACET")
        )
        found.append(SchemaFault(_path(root, entry.path), _plain(entry.message), value))
    return found


def schema_valid(data: bytes, *, max_bytes: int = MAX_BYTES) -> bool:
    """Whether the bytes can be read and the schema finds nothing in them."""
    try:
        return not schema_faults(load(data, max_bytes=max_bytes))
    except Invalid:
        return False


def _path(root: Element, path: str | None) -> str:
    try:
        found = root.getroottree().xpath(path) if path else []
    except etree.XPathError:
        found = []
    return path_of(found[0]) if found else "/" + path_of(root).strip("/")


def _plain(message: str) -> str:
    """The message without namespaces, which say nothing to a reader."""
    for namespace in ("urn:oasis:names:tc:emergency:cap:1.2", "http://www.w3.org/2000/09/xmldsig#"):
        message = message.replace(f"{{{namespace}}}", "")
    return message
