"""What becomes public, when, and how coarse."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import immutables
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from docs.kit import ROOT, table
from report.rig import at, claim, evidence, incident, source
from tocsin.app.actor import Actor, Grant
from tocsin.app.public_report import PublicReport
from tocsin.app.publication import Publication, coarse, may_release, public_view, read_publication
from tocsin.core.area import Area, AreaTree
from tocsin.core.errors import Denied, Invalid
from tocsin.report import events as ev
from tocsin.report import state as st
from tocsin.report.state import ReportState, known

HALF = timedelta(minutes=30)


def tree() -> AreaTree:
    made = AreaTree()
    for area_id, parent, kind in (
        ("land", None, "oblast"),
        ("city", "land", "city"),
        ("north", "city", "district"),
        ("north-1", "north", "zone"),
        ("other", "land", "city"),
    ):
        made = made.with_area(Area(id=area_id, parent=parent, kind=kind, names={"en": area_id}))
    return made


def a_state(*claims: ev.Claim, incidents: tuple[ev.Incident, ...] = (), **more: Any) -> ReportState:
    """The state after these were entered, each when it was learned."""
    state = ReportState()
    kept: dict[str, st.KnownClaim] = {}
    of: dict[str, Any] = {}
    for entry, one in enumerate(claims, 10):
        kept[one.id] = msgspec.structs.replace(known(one, entry), entered_at=one.learned_at)
        of[one.incident] = of.get(one.incident, immutables.Map()).set(one.id, None)
        if one.supersedes:
            kept[one.supersedes] = msgspec.structs.replace(
                kept[one.supersedes], superseded_by=one.id, superseded_at=one.learned_at
            )
    told = incidents or (incident(),)
    return msgspec.structs.replace(
        state,
        sources=immutables.Map({"mayor": source(), "neighbour": source("neighbour", kind="resident")}),
        incidents=immutables.Map({i.id: st.KnownIncident(incident=i, entry=1, opened=1) for i in told}),
        claims=immutables.Map(kept),
        of_incident=immutables.Map(of),
        **more,
    )


def view(state: ReportState, hours: float = 2, live: dict[str, datetime] | None = None, **policy: Any) -> PublicReport:
    return public_view(state, tree(), at(hours), Publication(**policy), live_areas=live or {})


def test_nothing_is_public_before_the_delay_is_over() -> None:
    state = a_state(claim())
    assert view(state, 0.49).claims == {}
    assert view(state, 0.49).tallies == ()
    assert view(state, 0.5).claims.keys() == {"c1"}
    assert view(state, 0.1, delay_s=0).claims.keys() == {"c1"}


def test_what_was_entered_late_waits_from_then() -> None:
    state = a_state(claim())
    late = msgspec.structs.replace(state.claims["c1"], entered_at=at(5))
    state = msgspec.structs.replace(state, claims=state.claims.set("c1", late))
    assert view(state, 5.2).claims == {}
    assert view(state, 5.6).claims.keys() == {"c1"}


def test_a_place_is_the_area_above_it_of_the_agreed_kind() -> None:
    areas = tree()
    assert [coarse("north-1", areas, kind) for kind in ("zone", "district", "city", "oblast", "country")] == [
        "north-1",
        "north",
        "city",
        "land",
        "land",
    ]
    assert coarse("nowhere", areas, "city") == ""
    shown = view(a_state(claim(area="north-1")))
    assert shown.incidents["strike"].area == shown.claims["c1"].area == "city"


def test_times_of_what_happened_are_rounded_outwards() -> None:
    began, ended = at(0.13), at(1.02)
    shown = view(a_state(claim(happened_from=began), incidents=(incident(happened_from=began, happened_to=ended),)))
    assert (shown.incidents["strike"].happened_from, shown.incidents["strike"].happened_to) == (at(0), at(2))
    assert shown.claims["c1"].happened_from == at(0)


def test_nothing_new_of_an_area_becomes_public_while_it_is_under_alert() -> None:
    state = a_state(claim(), claim("c2", n=150, hours=3, source="police"))
    alert = {"north-1": at(1), "north": at(1), "city": at(1)}
    assert view(state, 9, alert).claims.keys() == {"c1"}
    assert view(state, 9, {"other": at(1)}).claims.keys() == {"c1", "c2"}
    assert view(state, 9, alert, hold_during_alert=False).claims.keys() == {"c1", "c2"}
    assert view(state, 9).claims.keys() == {"c1", "c2"}


def test_a_claim_whose_successor_is_held_back_still_stands() -> None:
    state = a_state(claim(), claim("c2", n=168, hours=2, supersedes="c1", reason="counted again"))
    before = view(state, 2.2)
    assert before.claims.keys() == {"c1"}
    assert before.claims["c1"].superseded_by == ""
    assert [one.tally.best for one in before.tallies] == [142]
    after = view(state, 2.6)
    assert after.claims["c1"].superseded_by == "c2"
    assert [one.tally.best for one in after.tallies] == [168]


def test_numbers_of_a_building_or_a_flat_are_never_public_nor_in_a_tally() -> None:
    shown = view(a_state(claim(scope="building"), claim("c2", scope="flat"), claim("c3", n=7, hours=0.2)))
    assert shown.claims.keys() == {"c3"}
    assert [(one.tally.best, one.tally.claim_ids) for one in shown.tallies] == [(7, ("c3",))]


def test_a_resident_is_neither_named_nor_quoted() -> None:
    shown = view(a_state(claim(source="neighbour", wording="my flat, Lantern Street 48", attribution="Anna")))
    one = shown.claims["c1"]
    assert (one.wording, one.attribution, one.source.id, one.source.names) == ("", "", "", {})
    assert one.source.kind == "resident"
    assert "Lantern" not in msgspec.json.encode(shown).decode()


def test_a_withdrawn_incident_stays_with_its_reason_and_counts_nothing() -> None:
    state = a_state(claim())
    gone = msgspec.structs.replace(state.incidents["strike"], withdrawn="entered twice", withdrawn_at=at(1))
    shown = view(msgspec.structs.replace(state, incidents=state.incidents.set("strike", gone)))
    assert shown.incidents["strike"].withdrawn == "entered twice"
    assert shown.tallies == ()


def kept(**more: Any) -> st.KnownEvidence:
    given = {"released": True, "incident": "strike", "alt": {"en": "Cars"}, "entry": 5} | more
    return st.KnownEvidence(evidence=given.pop("evidence", a_photo()), **given)


def a_photo(**more: Any) -> ev.Evidence:
    return evidence(**({"derivative": "d" * 64, "derivative_mime": "image/jpeg", "collected_at": at(0)} | more))


@pytest.mark.parametrize(
    ("one", "policy", "shown"),
    [
        (kept(), {}, True),
        (kept(released=False), {}, False),
        (kept(withdrawn="wrong"), {}, False),
        (kept(evidence=a_photo(derivative="")), {}, False),
        (kept(evidence=a_photo(sensitive=True)), {}, False),
        (kept(evidence=a_photo(sensitive=True)), {"sensitive": True}, True),
        (kept(incident="elsewhere"), {}, False),
        (kept(evidence=a_photo(collected_at=at(1.9))), {}, False),
    ],
)
def test_only_released_public_copies_are_shown(one: st.KnownEvidence, policy: dict[str, Any], shown: bool) -> None:
    state = a_state(claim(evidence=("e1",)), evidence=immutables.Map({"e1": one}))
    found = view(state, **policy)
    assert (found.evidence.keys() == {"e1"}) is shown
    assert (found.claims["c1"].evidence == ("e1",)) is shown
    assert one.evidence.sha256 not in msgspec.json.encode(found).decode()


@given(
    hours=some.lists(some.floats(0, 24), min_size=1, max_size=6),
    now=some.floats(0, 48),
    since=some.none() | some.floats(0, 48),
    area=some.sampled_from(["", "north-1", "north", "city", "other"]),
)
def test_what_is_public_is_due_and_never_finer_than_agreed(
    hours: list[float], now: float, since: float | None, area: str
) -> None:
    told = [claim(f"c{n}", n=n, hours=h, source="mayor", area=area) for n, h in enumerate(hours)]
    live = {} if since is None else {"north-1": at(since), "north": at(since), "city": at(since)}
    shown = view(a_state(*told), now, live)
    for key, one in shown.claims.items():
        assert at(hours[int(key[1:])]) + HALF <= at(now)
        assert one.area in ("", "city", "other", "land")
    assert {claim_id for one in shown.tallies for claim_id in one.tally.claim_ids} <= shown.claims.keys()


def test_a_later_moment_takes_nothing_back_without_a_reason() -> None:
    state = a_state(claim(), claim("c2", n=150, hours=3, source="police"))
    alert = {"city": at(3.2), "north": at(3.2), "north-1": at(3.2)}
    assert view(state, 3.1).claims.keys() <= view(state, 3.4, alert).claims.keys()


def test_who_releases_is_agreed() -> None:
    may_release(Actor(id="officer:r", grants=(Grant(role="records"),)), Publication())
    with pytest.raises(Denied):
        may_release(Actor(id="officer:d", grants=(Grant(role="duty"),)), Publication())


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b'{"delay": 3}',
        b'{"area_kind": "street"}',
        b'{"delay_s": -1}',
        b'{"round_s": 7}',
        b'{"scopes": ["flat", "house"]}',
    ],
)
def test_a_policy_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_publication(text)
    assert refusal.value.field == "TOCSIN_PUBLICATION_FILE"


def test_a_policy_is_read_from_the_file_that_is_set(tmp_path: Path) -> None:
    from tocsin.wiring.settings import Settings, publication

    assert publication(Settings()) == Publication()
    file = tmp_path / "publication.json"
    file.write_text('{"delay_s": 0, "area_kind": "district"}')
    assert publication(Settings(publication_file=str(file))) == Publication(delay_s=0, area_kind="district")
    with pytest.raises(Invalid):
        publication(Settings(publication_file=str(tmp_path / "none")))


def test_the_table_of_the_policy_equals_the_policy() -> None:
    import json

    rows = table(ROOT / "docs" / "reference" / "publication.md", "| field | default | meaning |")
    shown = {row[0]: json.loads(row[1]) for row in rows}
    assert shown == json.loads(msgspec.json.encode(Publication()))
    assert list(shown) == [field.name for field in msgspec.structs.fields(Publication)]
