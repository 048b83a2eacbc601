"""Claims: the body as the API reads it, numbers in words of every language, files of them, and the desk."""

from __future__ import annotations

from itertools import count

import msgspec

from fuzz.place import django

django()

from pydantic import ValidationError  # after Django is configured

from report.rig import Reports
from tocsin.core.errors import TocsinError
from tocsin.report import commands as cmd
from tocsin.report.claims_csv import read_claims
from tocsin.report.events import Claim
from tocsin.report.phrases import languages, parse_all
from tocsin.web.api.report_shapes import ClaimIn
from warn.rig import START

SEEDS = [
    b'{"client_id":"2d8f","incident":"strike","source":"mayor","wording":"at least 130 windows","language":"en"}',
    '{"source":"police","wording":"от 20 до 25 раненых, двое погибших","language":"ru","op":"range","n":20,"n2":25}'.encode(),
    '{"source":"mayor","wording":"понад сто двадцять вікон","language":"uk","subject":"windows","op":"gt","n":120}'.encode(),
    b'{"source":"mayor","wording":"etwa tausendzweihundert Fenster","language":"de","happened_from":"2024-01-05T01:40:00Z"}',
    b'client_id,source,wording,language,op,n,n2\n1,mayor,more than 20 windows,en,,,\n2,police,"x, y",ru,range,1,2\n',
    "не менее ста сорока двух окон".encode(),
]
WORDS = [
    b"1e999",
    b"999999999999",
    b"-1",
    b"\xc2\xa0",
    b"\xe2\x80\xaf",
    "сто тысяч миллионов".encode(),
    b"dozens of",
    b"no fewer than",
]
WORDS += [
    "тысяча ".encode(),
    b"hundred ",
    b"zwei",
    b"und",
    "½".encode(),
    "٣".encode(),
    b"\n",
    b'"',
    b",,,,",
    b"supersedes",
    b"1.000",
    b"1,5",
]
LANGUAGES = sorted(languages())
_USED = count()
_CITY: list[Reports] = []


def city() -> Reports:
    """A desk that is made anew after some hundred claims."""
    if not _CITY or next(_USED) % 100 == 0:
        _CITY[:] = [Reports()]
    return _CITY[0]


def take(data: bytes) -> None:
    """As words, as a file, as a body."""
    text = data[:4000].decode("utf-8", "replace")
    for number in parse_all(text, LANGUAGES[len(data) % len(LANGUAGES)]):
        assert number.quote in text
    try:
        read_claims(data, now=START, new_id=lambda: "01TEST")
        body = msgspec.json.decode(data)
        if isinstance(body, dict):
            _claim(ClaimIn.model_validate(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValidationError):
        return
    except TocsinError as refusal:
        assert refusal.remedy


def _claim(given: ClaimIn) -> None:
    desk = city()
    fields = {
        name: value for name, value in given.dict().items() if value is not None and name in Claim.__struct_fields__
    }
    fields |= {"id": f"c{next(_USED)}", "learned_at": START, "evidence": tuple(fields.get("evidence", ()))}
    fields |= {name: START for name in ("happened_from", "happened_to", "said_at") if name in fields}
    fields.setdefault("op", "said")
    fields.setdefault("subject", "statement")
    fields.setdefault("grade", 4)
    desk.do(cmd.MakeClaim(claim=Claim(**fields)))
