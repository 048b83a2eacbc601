"""Evidence on its way in and out: hashed while it comes, hashed again before anybody sees it."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from tocsin.core.errors import Broken, Invalid, Unknown
from tocsin.core.ports import Files
from tocsin.report.events import Evidence, EvidenceKind
from tocsin.report.looks import HEAD, Look, look
from tocsin.store import pictures

_CHUNK = 1024 * 1024
_IN_MEMORY = 8 * 1024 * 1024
_VIDEO_S = 120
"""Seconds after which the making of a video's public copy is given up."""


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What a file turned out to be. ``private`` is for the vault alone: its name, where and when it was taken."""

    sha256: str
    size: int
    kind: EvidenceKind
    mime: str
    phash: str = ""
    derivative: str = ""
    derivative_mime: str = ""
    captured_at: datetime | None = None
    private: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at and is not kept yet, with the bytes of its public copy, if there is one."""

    handed: Handed
    whole: BinaryIO
    copy: bytes

    def close(self) -> None:
        """Let the bytes go."""
        self.whole.close()


def _with_copy(handed: Handed, whole: BinaryIO, copy: bytes, mime: str) -> Looked:
    if copy:
        digest = hashlib.sha256(copy).hexdigest()
        handed = msgspec.structs.replace(handed, derivative=digest, derivative_mime=mime)
    return Looked(handed, whole, copy)


class EvidenceRoom:
    """Takes files in and gives them out.

    Args:
        files: where they lie.
        most_bytes: a larger file is refused.
        ffmpeg: the program that makes public copies of videos; "" when there is none, and then they have none.
    """

    def __init__(self, files: Files, *, most_bytes: int = 64 * 1024 * 1024, ffmpeg: str | None = None) -> None:
        self._files = files
        self.most_bytes = most_bytes
        self._ffmpeg = found_ffmpeg() if ffmpeg is None else ffmpeg

    def take(self, chunks: Iterable[bytes], *, name: str = "") -> Handed:
        """Keep a file as it came, hashed while it streams, and make its public copy.

        Raises:
            Invalid: it is empty, too large, damaged, or of a kind that is not taken (TOC-10005).
            Unavailable: the storage does not take it (TOC-8002).
        """
        with closing(self.examine(chunks, name=name)) as looked:
            return self.keep(looked)

    def examine(self, chunks: Iterable[bytes], *, name: str = "") -> Looked:
        """Hash a file, look at it and make its public copy; nothing is kept before :meth:`keep`. Close what it gives.

        Raises:
            Invalid: as :meth:`take`.
        """
        whole = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed with what is given
        try:
            sha256, size = self._stream(chunks, whole)
            whole.seek(0)
            found = look(whole.read(HEAD))
            if found is None:
                raise _refused("is neither a photo, a video nor a PDF", "Send JPEG, PNG, WebP, MP4, MOV, WebM or PDF.")
            private: dict[str, Any] = {"name": name[:200]} if name else {}
            handed = Handed(sha256=sha256, size=size, kind=found.kind, mime=found.mime, private=private)
            return self._copied(handed, found, whole)
        except BaseException:
            whole.close()
            raise

    def keep(self, looked: Looked) -> Handed:
        """Keep a file that was looked at, and its public copy.

        Raises:
            Unavailable: the storage does not take it (TOC-8002).
        """
        if looked.copy:
            self._files.put(looked.handed.derivative, io.BytesIO(looked.copy))
        self._files.put(looked.handed.sha256, looked.whole)
        return looked.handed

    def _stream(self, chunks: Iterable[bytes], whole: BinaryIO) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            size += len(chunk)
            if size > self.most_bytes:
                raise _refused(
                    f"is larger than {self.most_bytes // 1024**2} MiB", "Send a shorter video or a smaller photo."
                )
            digest.update(chunk)
            whole.write(chunk)
        if not size:
            raise _refused("is empty", "Choose the file again.")
        return digest.hexdigest(), size

    def _copied(self, handed: Handed, found: Look, whole: BinaryIO) -> Looked:
        """With the public copy, when one can be made."""
        if found.pixels:
            whole.seek(0)
            seen = pictures.see(whole)
            handed = msgspec.structs.replace(
                handed, phash=seen.phash, captured_at=seen.captured_at, private=handed.private | seen.private
            )
            return _with_copy(handed, whole, seen.public, "image/jpeg")
        made = self._video(whole) if found.kind == "video" and self._ffmpeg else b""
        return _with_copy(handed, whole, made, "video/mp4")

    def _video(self, whole: BinaryIO) -> bytes:
        """The same pictures and sound drawn anew, without title, place, device or time; b"" when that fails."""
        with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
            given, made = Path(folder) / "in", Path(folder) / "out.mp4"
            whole.seek(0)
            with given.open("wb") as out:
                shutil.copyfileobj(whole, out, _CHUNK)
            command = [self._ffmpeg, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i", str(given)]
            command += ["-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"]
            command += ["-vf", "scale='min(1280,iw)':-2", "-c:v", "libx264", "-preset", "veryfast", "-crf", "26"]
            command += ["-pix_fmt", "yuv420p", "-c:a", "aac", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
            command += ["-flags:a", "+bitexact", "-movflags", "+faststart", str(made)]
            try:
                subprocess.run(command, check=True, timeout=_VIDEO_S, capture_output=True)  # noqa: S603 - no shell; our own words
                return made.read_bytes()
            except (OSError, subprocess.SubprocessError):
                return b""

    def original(self, evidence: Evidence) -> BinaryIO:
        """The file as it came, hashed again on the way; whoever reads it closes it.

        Raises:
            Broken: it is not what was handed in, and is not given out (TOC-10006).
            Unknown: it is not there (TOC-10006).
        """
        return self._whole(evidence.sha256, evidence.id)

    def public_copy(self, evidence: Evidence) -> BinaryIO:
        """The copy for everybody. Whether it may be shown is for the publication policy to say.

        Raises:
            Unknown: there is none (TOC-10007).
            Broken: it is not what was made (TOC-10006).
        """
        if not evidence.derivative:
            raise Unknown("TOC-10007", "There is no public copy of this.", field="evidence", remedy="It stays sealed.")
        return self._whole(evidence.derivative, evidence.id)

    def erase(self, sha256: str) -> None:
        """Forget a file; see :meth:`tocsin.core.ports.Files.erase`."""
        self._files.erase(sha256)

    def _whole(self, sha256: str, evidence_id: str) -> BinaryIO:
        source = self._files.open(sha256)
        if source is None:
            raise Unknown(
                "TOC-10006",
                f"The file of evidence {evidence_id} is not where it was put.",
                field="evidence",
                remedy="Restore it from a backup; its hash is in the ledger.",
            )
        # What was hashed is what is given out: a copy, so that nobody changes it between the two.
        spool = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - the caller closes it
        digest = hashlib.sha256()
        with source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                spool.write(chunk)
        if digest.hexdigest() != sha256:
            spool.close()
            raise Broken(
                "TOC-10006",
                f"The file of evidence {evidence_id} is not what was handed in. It is not given out.",
                field="evidence",
                remedy="Restore it from a backup; its hash is in the ledger.",
            )
        spool.seek(0)
        return spool


def found_ffmpeg() -> str:
    """The path of ``ffmpeg``: the system's own, else the one that ``tocsin[video]`` brings, else ""."""
    if own := shutil.which("ffmpeg"):
        return own
    try:
        return str(import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except (ImportError, RuntimeError):  # not installed, or none for this machine
        return ""


def _refused(why: str, remedy: str) -> Invalid:
    return Invalid("TOC-10005", f"The file {why}.", field="file", remedy=remedy)
