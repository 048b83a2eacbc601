"""Officers, roles and keys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tocsin.app.actor import Grant
from tocsin.core.errors import Invalid, Refused, Unknown
from tocsin.store import accounts


def test_an_officer_is_known_by_a_reference_that_says_nothing(db: str) -> None:
    actor = accounts.create_officer("olga", name="Olga Example", grants=[Grant(role="duty", area="north")])
    assert actor.startswith("officer:")
    assert "olga" not in actor.lower()
    (row,) = accounts.officers()
    assert (row.actor, row.login, row.grants) == (actor, "olga", (Grant(role="duty", area="north"),))


def test_roles_come_and_go(db: str) -> None:
    actor = accounts.create_officer("olga")
    accounts.grant(actor, "duty", "north")
    accounts.grant(actor, "duty", "north")
    assert accounts.officers()[0].grants == (Grant(role="duty", area="north"),)
    accounts.ungrant(actor, "duty", "north")
    assert accounts.officers()[0].grants == ()


def test_a_login_is_taken_once_letter_case_aside(db: str) -> None:
    accounts.create_officer("olga")
    with pytest.raises(Refused, match="taken"):
        accounts.create_officer("Olga")
    with pytest.raises(Invalid):
        accounts.create_officer("  ")


def test_unknown_roles_and_officers_are_refused(db: str) -> None:
    with pytest.raises(Invalid, match="not a role"):
        accounts.create_officer("olga", grants=[Grant(role="king")])  # type: ignore[arg-type]
    assert accounts.officers() == []
    with pytest.raises(Unknown):
        accounts.grant("officer:nobody", "duty")
    with pytest.raises(Unknown):
        accounts.set_password("nobody", "a long enough password")


def test_a_key_is_shown_once_and_found_again(db: str) -> None:
    made = accounts.new_api_key("radar-a", "sensor", [Grant(role="sensor", area="north")])
    holder = accounts.holder_of_key(made.secret)
    assert holder is not None
    assert (holder.kind, holder.label) == ("sensor", "radar-a")
    assert holder.actor.id == made.actor
    assert holder.actor.id.startswith("key:")
    assert accounts.actor_for_key(made.secret) == holder.actor
    (row,) = accounts.keys()
    assert made.secret.split("_", 2)[2] not in repr(row)


def test_every_wrong_secret_is_nobody(db: str) -> None:
    secret = accounts.new_api_key("radar-a", "sensor").secret
    mark, prefix, proof = secret.split("_", 2)
    for wrong in (
        f"{mark}_{prefix}_{proof[:-1]}",
        f"{mark}_{prefix}_",
        f"other_{prefix}_{proof}",
        proof,
        "",
        "é",
        "_" * 9,
    ):
        assert accounts.holder_of_key(wrong) is None


def test_secrets_have_256_random_bits(db: str) -> None:
    import base64

    secret = accounts.new_api_key("radar-a", "sensor").secret.split("_", 2)[2]
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32


def test_an_officers_key_acts_as_the_officer_and_never_reaches_further(db: str) -> None:
    actor = accounts.create_officer("olga", grants=[Grant(role="duty", area="north"), Grant(role="approver")])
    whole = accounts.actor_for_key(accounts.new_api_key("all", "officer", officer=actor).secret)
    assert whole is not None
    assert whole.id == actor
    assert set(whole.grants) == {Grant(role="duty", area="north"), Grant(role="approver")}
    narrow = accounts.new_api_key("some", "officer", [Grant(role="duty"), Grant(role="admin")], officer=actor).secret
    held = accounts.actor_for_key(narrow)
    assert held is not None
    assert held.grants == (Grant(role="duty", area="north"),)
    accounts.ungrant(actor, "duty", "north")
    held = accounts.actor_for_key(narrow)
    assert held is not None
    assert held.grants == ()


def test_a_key_belongs_to_the_right_kind_of_owner(db: str) -> None:
    actor = accounts.create_officer("olga")
    with pytest.raises(Invalid):
        accounts.new_api_key("x", "officer")
    with pytest.raises(Invalid):
        accounts.new_api_key("x", "sensor", officer=actor)
    with pytest.raises(Invalid):
        accounts.new_api_key(" ", "sensor")
    for role in ("duty", "approver", "admin"):
        with pytest.raises(Invalid, match="machine"):
            accounts.new_api_key("x", "sensor", [Grant(role=role)])  # type: ignore[arg-type]


def test_revoking_keeps_the_first_time(db: str) -> None:
    made = accounts.new_api_key("radar-a", "sensor")
    accounts.revoke(made.prefix)
    first = accounts.keys()[0].revoked
    accounts.revoke(made.prefix)
    assert accounts.keys()[0].revoked == first
    assert accounts.holder_of_key(made.secret) is None
    with pytest.raises(Unknown):
        accounts.revoke("none")


@pytest.mark.parametrize("password", ["a", "elevenchars"])
def test_a_weak_password_opens_no_control_room(db: str, password: str) -> None:
    with pytest.raises(Invalid) as fault:
        accounts.create_officer("weak", password=password)
    assert (fault.value.code, fault.value.field) == ("TOC-6003", "password")
    assert password not in fault.value.message.split()
    assert all(row.login != "weak" for row in accounts.officers())


def test_a_rotated_key_overlaps_and_then_ends(db: str) -> None:
    old = accounts.new_api_key("radar-a", "sensor", [Grant(role="sensor", area="north")])
    new = accounts.rotate(old.prefix, timedelta(hours=1))
    before, after = accounts.holder_of_key(old.secret), accounts.holder_of_key(new.secret)
    assert before is not None
    assert after is not None
    assert (after.kind, after.label, after.actor.grants) == (before.kind, before.label, before.actor.grants)
    with pytest.raises(Refused, match="is ending"):
        accounts.rotate(old.prefix, timedelta(hours=1))
    accounts.revoke(old.prefix)
    assert accounts.holder_of_key(old.secret) is None
    accounts.rotate(new.prefix, timedelta(0))
    assert accounts.holder_of_key(new.secret) is None
    with pytest.raises(Unknown):
        accounts.rotate("none", timedelta(0))
