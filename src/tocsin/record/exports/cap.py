"""Every CAP message that went out, byte for byte as it was signed and sent."""

from __future__ import annotations

from tocsin.core.names import printable
from tocsin.record.bundle import Bundle, zipped

NAME = "cap"
MIME = "application/zip"
ENDING = "cap.zip"


def write(bundle: Bundle) -> bytes:
    """A zip of XML files, named by their identifiers."""
    return zipped((f"{_name(identifier)}.xml", xml.encode()) for identifier, xml in bundle.messages)


def _name(identifier: str) -> str:
    """The identifier as a file name that leads nowhere else."""
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in identifier) if printable(identifier) else "message"
