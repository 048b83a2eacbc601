"""One suite for every place where evidence lies: a folder, and a Django storage (the shape in which S3 comes)."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from tocsin.core.errors import Invalid, Unavailable
from tocsin.core.ports import Files
from tocsin.store.files import FolderFiles, StoredFiles, files_of, s3_options

BODY = b"evidence" * 1000
NAME = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(params=["folder", "storage"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        return FolderFiles(tmp_path / "evidence")
    from django.core.files.storage import InMemoryStorage

    return StoredFiles(InMemoryStorage(), "city/")


def read(files: Files, name: str = NAME) -> bytes | None:
    source = files.open(name)
    if source is None:
        return None
    with source:
        return source.read()


def test_a_file_comes_back_as_it_was_put(files: Files) -> None:
    source = io.BytesIO(BODY)
    source.seek(100)  # whoever hashed it has read it to some place
    files.put(NAME, source)
    assert read(files) == BODY


def test_a_file_that_is_not_there_is_none(files: Files) -> None:
    assert files.open(NAME) is None


def test_the_first_bytes_under_a_hash_stay(files: Files) -> None:
    files.put(NAME, io.BytesIO(BODY))
    files.put(NAME, io.BytesIO(b"other"))
    assert read(files) == BODY


def test_what_is_erased_is_gone_and_may_come_again(files: Files) -> None:
    files.put(NAME, io.BytesIO(BODY))
    files.erase(NAME)
    files.erase(NAME)
    assert files.open(NAME) is None
    files.put(NAME, io.BytesIO(BODY))
    assert read(files) == BODY


@pytest.mark.parametrize("name", ["", "../../etc/passwd", NAME.upper(), NAME[:-1], NAME + "0"])
def test_nothing_but_a_hash_is_a_name(files: Files, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        files.put(name, io.BytesIO(BODY))
    with pytest.raises(ValueError, match="SHA-256"):
        files.open(name)


def test_only_the_owner_reads_the_folder(tmp_path: Path) -> None:
    FolderFiles(tmp_path / "evidence").put(NAME, io.BytesIO(BODY))
    kept = tmp_path / "evidence" / NAME[:2] / NAME
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "evidence").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [NAME[:2]]


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_bytes(b"")  # a file where the folder should be
    with pytest.raises(Unavailable) as refusal:
        FolderFiles(tmp_path / "evidence").put(NAME, io.BytesIO(BODY))
    assert refusal.value.code == "TOC-8002"


def test_an_s3_address_is_read_and_holds_no_secret() -> None:
    options, prefix = s3_options("s3://bucket/city/night?endpoint=https://s3.example.org&region=eu-1")
    assert prefix == "city/night/"
    assert options["bucket_name"] == "bucket"
    assert (options["endpoint_url"], options["region_name"]) == ("https://s3.example.org", "eu-1")
    assert options["default_acl"] == "private"
    assert options["file_overwrite"] is False
    assert not any("secret" in key or "access" in key for key in options)
    assert s3_options("s3://bucket")[1] == ""


@pytest.mark.parametrize(
    "url", ["http://x", "s3://", "s3://key:secret@bucket", "s3://bucket?endpoint=ftp://x", "s3://bucket?what=1"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        s3_options(url)
    assert refusal.value.field == "TOCSIN_EVIDENCE_URL"
    assert "secret@" not in str(refusal.value)


def test_without_an_address_it_is_the_home_folder(tmp_path: Path) -> None:
    files_of("", home=tmp_path).put(NAME, io.BytesIO(BODY))
    assert (tmp_path / "evidence").is_dir()


def test_an_s3_storage_is_made_of_the_address(tmp_path: Path) -> None:
    try:
        import storages.backends.s3  # noqa: F401
    except ImportError:
        with pytest.raises(Invalid, match="not installed"):
            files_of("s3://bucket/city", home=tmp_path)
        return
    made = files_of("s3://bucket/city?endpoint=https://s3.example.org&region=eu-1", home=tmp_path)
    assert isinstance(made, StoredFiles)
    storage = made._storage
    assert (storage.bucket_name, storage.endpoint_url) == ("bucket", "https://s3.example.org")  # type: ignore[attr-defined]
