"""Evidence in and out: hashed, looked at by content, copied without notes, refused when it changed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from pictures_kit import SECRETS, bomb, picture, video
from tocsin.core.errors import Broken, Invalid, Unknown
from tocsin.report.events import Evidence
from tocsin.report.rules.evidence import ALIKE_BITS
from tocsin.store.evidence import EvidenceRoom, Handed
from tocsin.store.files import FolderFiles

AT = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def room(folder: Path) -> EvidenceRoom:
    return EvidenceRoom(FolderFiles(folder), most_bytes=2 * 1024**2, ffmpeg="")


def evidence(handed: Handed) -> Evidence:
    return Evidence(
        id="e1",
        kind=handed.kind,
        mime=handed.mime,
        sha256=handed.sha256,
        size=handed.size,
        derivative=handed.derivative,
        collected_at=AT,
    )


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[n : n + size] for n in range(0, len(data), size))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_hashed_and_its_copy_has_none_of_its_notes(room: EvidenceRoom, form: str) -> None:
    data = picture(form=form, notes=True, size=(2400, 1800))
    assert any(secret in data for secret in SECRETS)
    handed = room.take(pieces(data), name="IMG Lantern Street 48.jpg")
    assert (handed.sha256, handed.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (handed.kind, handed.mime) == ("photo", f"image/{form.lower()}")
    with room.original(evidence(handed)) as source:
        assert source.read() == data
    with room.public_copy(evidence(handed)) as source:
        copy = source.read()
    assert not any(secret in copy for secret in (*SECRETS, b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE"))
    shown = Image.open(io.BytesIO(copy))
    assert shown.size == (1600, 1200)
    assert not dict(shown.getexif())
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_where_and_when_a_photo_was_taken_is_for_the_vault(room: EvidenceRoom) -> None:
    handed = room.take([picture(notes=True)], name="a.jpg")
    assert handed.private == {"name": "a.jpg", "gps": [36.598700, 50.612300], "taken": "2024:01:05 00:31:07 +03:00"}
    assert handed.captured_at == datetime(2024, 1, 4, 21, 31, 7, tzinfo=UTC)


def test_a_photo_that_lies_on_its_side_is_shown_upright(room: EvidenceRoom) -> None:
    exif = Image.Exif()
    exif[274] = 6
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, "JPEG", exif=exif.tobytes())
    with room.public_copy(evidence(room.take([out.getvalue()]))) as source:
        assert Image.open(source).size == (200, 300)


def test_the_same_picture_smaller_and_squeezed_looks_alike_and_another_does_not(room: EvidenceRoom) -> None:
    first = room.take([picture(3, size=(1200, 900))])
    small = io.BytesIO()
    Image.open(io.BytesIO(picture(3, size=(1200, 900)))).resize((400, 300)).save(small, "JPEG", quality=40)
    again, other = room.take([small.getvalue()]), room.take([picture(8, size=(1200, 900))])
    assert distance(first.phash, again.phash) <= ALIKE_BITS
    assert distance(first.phash, other.phash) > ALIKE_BITS
    assert first.sha256 != again.sha256


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script></html>", "neither"),
        (b"GIF89a" + bytes(100), "neither"),
        (b"MZ" + bytes(100), "neither"),
        (picture()[:-400], "cannot be read"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "cannot be read"),
        (bomb(), "pixels|cannot be read"),
        (bomb(9000), "too many pixels"),
        (b"%PDF-" + bytes(2 * 1024**2), "larger than 2 MiB"),
    ],
    ids=["empty", "html", "gif", "program", "cut", "noise", "bomb", "wall", "large"],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_kept(
    room: EvidenceRoom, folder: Path, data: bytes, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as refusal:
        room.take(pieces(data) if data else [])
    assert refusal.value.code == "TOC-10005"
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_that_was_changed_is_not_given_out(room: EvidenceRoom, folder: Path) -> None:
    handed = room.take([picture()])
    path = folder / handed.sha256[:2] / handed.sha256
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Broken) as refusal:
        room.original(evidence(handed))
    assert refusal.value.code == "TOC-10006"
    copy = folder / handed.derivative[:2] / handed.derivative
    copy.write_bytes(b"other")
    with pytest.raises(Broken):
        room.public_copy(evidence(handed))
    path.unlink()
    with pytest.raises(Unknown) as lost:
        room.original(evidence(handed))
    assert lost.value.code == "TOC-10006"


@pytest.mark.parametrize(
    ("head", "kind", "mime"),
    [
        (b"\x00\x00\x00\x18ftypmp42", "video", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video", "video/quicktime"),
        (b"\x1aE\xdf\xa3", "video", "video/webm"),
        (b"\x00\x00\x00\x18ftypheic", "photo", "image/heic"),
        (b"%PDF-1.7", "document", "application/pdf"),
    ],
)
def test_what_has_no_public_copy_is_kept_and_stays_sealed(
    room: EvidenceRoom, head: bytes, kind: str, mime: str
) -> None:
    handed = room.take([head + bytes(200)])
    assert (handed.kind, handed.mime, handed.derivative) == (kind, mime, "")
    with pytest.raises(Unknown) as refusal:
        room.public_copy(evidence(handed))
    assert refusal.value.code == "TOC-10007"


def test_a_video_is_drawn_anew_without_its_notes(folder: Path) -> None:
    given = video(notes=True)
    room = EvidenceRoom(FolderFiles(folder))
    assert b"Lantern Street 48" in given
    handed = room.take([given])
    assert handed.derivative_mime == "video/mp4"
    with room.public_copy(evidence(handed)) as source:
        copy = source.read()
    assert b"ftyp" in copy[:16]
    assert b"Lantern" not in copy
    assert b"50.6123" not in copy
