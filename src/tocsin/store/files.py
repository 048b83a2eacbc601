"""Where files of evidence lie: a folder of this machine, or any storage that Django knows, such as S3."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import parse_qsl, urlsplit

from tocsin.core.errors import Invalid, Unavailable
from tocsin.core.ports import Files
from tocsin.store.durable import sync

if TYPE_CHECKING:
    from django.core.files.storage import Storage

_CHUNK = 1024 * 1024


def _checked(sha256: str) -> str:
    """The name, if it is a hash: nothing else may ever become part of a path."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in hex")
    return sha256


def _trouble(what: str, fault: Exception) -> Unavailable:
    return Unavailable(
        "TOC-8002",
        f"Evidence cannot be {what}: {type(fault).__name__}.",
        field="TOCSIN_EVIDENCE_URL",
        remedy="Look at the disk or the storage that holds it; nothing was recorded.",
    )


class FolderFiles:
    """A :class:`tocsin.core.ports.Files` in a folder that only its owner reads.

    Args:
        folder: made when the first file comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, sha256: str) -> Path:
        return self._folder / _checked(sha256)[:2] / sha256

    def put(self, sha256: str, source: BinaryIO) -> None:
        """Keep the bytes durably.

        Raises:
            Unavailable: the disk does not take them (TOC-8002).
        """
        path = self._path(sha256)
        if path.exists():
            return
        fresh = self._folder / f"incoming-{secrets.token_hex(8)}"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            source.seek(0)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                shutil.copyfileobj(source, out, _CHUNK)
                out.flush()
                os.fsync(handle)
            fresh.replace(path)
            sync(path.parent)
        except OSError as fault:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise _trouble("kept", fault) from fault

    def open(self, sha256: str) -> BinaryIO | None:
        """The bytes as they are now, or None.

        Raises:
            Unavailable: the disk does not give them (TOC-8002).
        """
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise _trouble("read", fault) from fault

    def erase(self, sha256: str) -> None:
        """Forget the bytes, overwritten first; what a disk keeps of its own copies is beyond us.

        Raises:
            Unavailable: the disk does not let them go (TOC-8002).
        """
        path = self._path(sha256)
        try:
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            sync(path.parent)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise _trouble("erased", fault) from fault


class StoredFiles:
    """A :class:`tocsin.core.ports.Files` in a Django storage.

    Args:
        storage: e.g. ``storages.backends.s3.S3Storage``; it must not give files names of its own.
        prefix: what stands before every name.
    """

    def __init__(self, storage: Storage, prefix: str = "") -> None:
        self._storage = storage
        self._prefix = prefix

    def _name(self, sha256: str) -> str:
        return f"{self._prefix}{_checked(sha256)[:2]}/{sha256}"

    def put(self, sha256: str, source: BinaryIO) -> None:
        """Keep the bytes durably.

        Raises:
            Unavailable: the storage does not take them (TOC-8002).
        """
        from django.core.files import File

        name = self._name(sha256)
        try:
            if self._storage.exists(name):
                return
            source.seek(0)
            self._storage.save(name, File(source, name=sha256))
        except Exception as fault:  # every storage has errors of its own
            raise _trouble("kept", fault) from fault

    def open(self, sha256: str) -> BinaryIO | None:
        """The bytes as they are now, or None.

        Raises:
            Unavailable: the storage does not give them (TOC-8002).
        """
        name = self._name(sha256)
        try:
            return cast("BinaryIO", self._storage.open(name, "rb")) if self._storage.exists(name) else None
        except Exception as fault:
            raise _trouble("read", fault) from fault

    def erase(self, sha256: str) -> None:
        """Forget the bytes. Versions that the storage keeps are its keeper's business.

        Raises:
            Unavailable: the storage does not let them go (TOC-8002).
        """
        try:
            self._storage.delete(self._name(sha256))
        except Exception as fault:
            raise _trouble("erased", fault) from fault


def s3_options(url: str) -> tuple[dict[str, Any], str]:
    """Options for ``S3Storage`` and the prefix, of ``s3://BUCKET/PREFIX?endpoint=https://…&region=…``.

    Who may enter is never in the address: boto3 reads ``AWS_ACCESS_KEY_ID`` and its like from the environment.

    Raises:
        Invalid: the address is not of that form (TOC-8001).
    """
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = set(asked) - {"endpoint", "region"}
    endpoint = asked.get("endpoint", "")
    if (
        parts.scheme != "s3"
        or not parts.hostname
        or "@" in parts.netloc
        or unknown
        or (endpoint and urlsplit(endpoint).scheme not in {"http", "https"})
    ):
        raise Invalid(
            "TOC-8001",
            "The address of the evidence's storage is malformed.",
            field="TOCSIN_EVIDENCE_URL",
            remedy="Write s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-1, or leave it empty.",
        )
    options: dict[str, Any] = {
        "bucket_name": parts.netloc,
        "default_acl": "private",
        "querystring_auth": True,
        "file_overwrite": False,
        "object_parameters": {"CacheControl": "no-store"},
    }
    options |= {"endpoint_url": endpoint} if endpoint else {}
    options |= {"region_name": asked["region"]} if asked.get("region") else {}
    prefix = parts.path.strip("/")
    return options, f"{prefix}/" if prefix else ""


def files_of(url: str, *, home: Path) -> Files:
    """The storage that a setting names: "" is the folder ``evidence`` of the home folder.

    Raises:
        Invalid: the address is malformed, or what speaks S3 is not installed (TOC-8001).
    """
    if not url:
        return FolderFiles(home / "evidence")
    options, prefix = s3_options(url)
    try:
        from storages.backends.s3 import S3Storage
    except ImportError as fault:
        raise Invalid(
            "TOC-8001",
            "What speaks S3 is not installed.",
            field="TOCSIN_EVIDENCE_URL",
            remedy="Install it with `pip install tocsin[s3]`, or leave the setting empty.",
        ) from fault
    return StoredFiles(S3Storage(**options), prefix)
