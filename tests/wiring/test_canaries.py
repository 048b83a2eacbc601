"""The file of the city's own addresses at which channels prove themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.core.errors import TocsinError
from tocsin.wiring.canaries import canaries
from tocsin.wiring.settings import Settings


def read(folder: Path, text: str) -> Settings:
    file = folder / "canaries.json"
    file.write_text(text)
    return Settings(home=folder, canary_file=str(file))


def test_without_a_file_none_is_proven(tmp_path: Path) -> None:
    assert canaries(Settings(home=tmp_path)) == ()


def test_each_channel_has_an_address_and_its_own_round(tmp_path: Path) -> None:
    text = '{"email": {"address": "canary@city.example"}, "sms": {"address": "+38160123456", "every_s": 3600}}'
    found = {one.channel: one.every_s for one in canaries(read(tmp_path, text))}
    assert found == {"email": 60.0, "sms": 3600.0}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"email": {}}',
        '{"email": {"address": "secret@city.example", "every_s": 1}}',
        '{"email": {"address": "secret@city.example", "often": 1}}',
        '{"email": {"address": "no address"}}',
        '{"pigeon": {"address": "canary@city.example"}}',
    ],
)
def test_what_cannot_be_used_is_refused_and_no_address_is_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(TocsinError) as refusal:
        canaries(read(tmp_path, text))
    assert "secret@" not in str(refusal.value)
