"""Signed, expiring, once-only commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.errors import Invalid
from tocsin.warn.siren_command import Command, DrillCommand, Manual, read, read_drill, sign
from tocsin.wiring import keys

NOW = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
OLD, NEW = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))


def command(**changes) -> Command:
    fields = {
        "id": "e1.s1",
        "siren": "s1",
        "state": "ON",
        "issued": NOW,
        "expires": NOW + timedelta(minutes=5),
        "warning": "w1",
    }
    return Command(**(fields | changes))


def judge(payload: bytes, *, seen=(), now=NOW, keys=(NEW, OLD)):
    return read(payload, siren_id="s1", public_keys=[k.public_key() for k in keys], now=now, seen=seen)


def test_a_good_command_is_read_back_as_it_was():
    order = command(volume_level=0.5)
    assert judge(sign(order, NEW)).command == order


def test_either_key_is_good_while_keys_change_and_an_unknown_one_never():
    assert judge(sign(command(), OLD)).word == "accepted"
    assert judge(sign(command(), NEW)).word == "accepted"
    assert judge(sign(command(), NEW), keys=(OLD,)).word == "bad_signature"
    assert judge(sign(command(), NEW), keys=()).word == "bad_signature"


def test_keys_are_changed_without_a_silent_siren(tmp_path):
    """The rehearsal of SECURITY: both keys to every siren, then the city's, then the old one away."""
    now = NOW
    keys.make_keys(tmp_path, city="x", now=now)
    old = keys.signing_key(tmp_path, keys.COMMAND)
    (tmp_path / "command.ed25519").rename(tmp_path / "command.old")
    assert keys.make_keys(tmp_path, city="x", now=now) == ["command.ed25519"]
    new = keys.signing_key(tmp_path, keys.COMMAND)
    heard = {}
    for step, held, city in (
        ("before", (old,), old),
        ("both", (new, old), old),
        ("turn", (new, old), new),
        ("after", (new,), new),
    ):
        order = command(id=f"{step}.s1")
        assert judge(sign(order, city), keys=held).word == "accepted", step
        heard[step] = sign(order, city)
    # What was recorded under the old key sounds nothing any more, and what was heard counts once under either.
    assert judge(heard["both"], keys=(new,)).word == "bad_signature"
    assert judge(heard["turn"], keys=(new, old), seen={"turn.s1"}).word == "repeated"
    assert judge(sign(command(id="forged.s1"), old), keys=(new,)).word == "bad_signature"


@given(st.data())
def test_no_changed_member_passes(data):
    body = json.loads(sign(command(), NEW))
    name = data.draw(st.sampled_from(sorted(set(body) - {"sig", "id"})))
    body[name] = data.draw(
        st.one_of(st.integers(0, 99), st.text(max_size=5), st.none()).filter(lambda v: v != body[name])
    )
    assert judge(json.dumps(body).encode()).word == "bad_signature"


def test_members_that_are_added_or_dropped_do_not_pass():
    body = json.loads(sign(command(), NEW))
    assert judge(json.dumps(body | {"volume_level": 1}).encode()).word == "bad_signature"
    assert judge(json.dumps({k: v for k, v in body.items() if k != "tone"}).encode()).word == "bad_signature"


def test_order_and_spaces_do_not_matter_to_the_signature():
    body = json.loads(sign(command(), NEW))
    assert judge(json.dumps(dict(reversed(body.items())), indent=3).encode()).word == "accepted"


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (NOW + timedelta(minutes=5), "expired"),
        (NOW + timedelta(minutes=5, milliseconds=-1), "accepted"),
        (NOW - timedelta(seconds=30), "accepted"),
        (NOW - timedelta(seconds=31), "future"),
    ],
)
def test_a_command_has_its_time(now, word):
    assert judge(sign(command(), NEW), now=now).word == word


def test_an_id_counts_once():
    assert judge(sign(command(), NEW), seen={"e1.s1"}).word == "repeated"


def test_another_sirens_command_is_not_obeyed():
    assert judge(sign(command(siren="s2"), NEW)).word == "wrong_siren"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"on", b"1", b'{"state":"LOUD"}', b'{"state":"ON","volume_level":80}', b"[" * 3000]
)
def test_rubbish_is_malformed(raw):
    assert judge(raw).word == "malformed"


def test_too_long_is_not_even_read():
    assert judge(sign(command(), NEW) + b" " * 5000).word == "malformed"


def test_home_assistants_forms_are_manual():
    assert judge(b"ON").manual == Manual(state="ON")
    assert judge(b" OFF\n").manual == Manual(state="OFF")
    asked = judge(b'{"state":"ON","tone":"wail","duration":60,"volume_level":0.8}')
    assert asked.word == "manual"
    assert asked.manual == Manual(state="ON", tone="wail", duration=60, volume_level=0.8)


def test_a_command_without_its_id_is_not_a_manual_one():
    body = json.loads(sign(command(), NEW))
    del body["id"]
    assert judge(json.dumps(body).encode()).word == "malformed"


@pytest.mark.parametrize(
    "changes", [{"id": ""}, {"duration": 0}, {"duration": 4000}, {"volume_level": 80}, {"expires": NOW}]
)
def test_what_is_not_sane_is_not_signed(changes):
    with pytest.raises(Invalid):
        sign(command(**changes), NEW)


def test_a_drill_and_a_command_do_not_fit_each_others_doors():
    drill = DrillCommand(id="d1", siren="s1", drill="x", issued=NOW, expires=NOW + timedelta(minutes=5))
    keys = [NEW.public_key()]
    assert judge(sign(drill, NEW)).word == "malformed"
    assert read_drill(sign(command(), NEW), siren_id="s1", public_keys=keys, now=NOW, seen=()) == ("malformed", None)
    assert read_drill(sign(drill, NEW), siren_id="s1", public_keys=keys, now=NOW, seen=()) == ("accepted", drill)
    assert read_drill(sign(drill, NEW), siren_id="s1", public_keys=keys, now=NOW, seen={"d1"})[0] == "repeated"
    assert read_drill(sign(drill, OLD), siren_id="s1", public_keys=keys, now=NOW, seen=())[0] == "bad_signature"
