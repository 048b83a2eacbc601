"""The border line of an installation: a GeoJSON file of the home folder, read again when it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tocsin.core.errors import Invalid
from tocsin.record.distance import read_line

BORDER_FILE = "border.geojson"


class BorderFile:
    """Reads the line; None where the file does not exist.

    Args:
        path: the GeoJSON file, a line or a collection of lines.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._line: dict[str, Any] | None = None

    def __call__(self) -> dict[str, Any] | None:
        """The line as GeoJSON geometry.

        Raises:
            Invalid: the file holds no line (TOC-8001).
        """
        try:
            known = self._path.stat()
        except OSError:
            return None
        mark = (known.st_mtime_ns, known.st_size)
        if mark != self._seen:
            try:
                self._line = read_line(self._path.read_bytes())
            except Invalid as fault:
                raise Invalid("TOC-8001", fault.message, field=self._path.name, remedy=fault.remedy) from fault
            self._seen = mark
        return self._line
