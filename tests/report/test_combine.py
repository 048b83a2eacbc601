"""Each step of rule version 1 by itself, and the laws that it keeps for any claims."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.rig import at, claim, said
from tocsin.core.errors import Invalid
from tocsin.report import events as ev
from tocsin.report.quantity import MOST, WORDS, checked, interval, reading
from tocsin.report.state import KnownClaim, known
from tocsin.report.tally import GROWS, RULE, Tally, combine, cumulative, grouped, status_words, wording

LATE = at(1000)


def total(*claims: ev.Claim, grows: bool = True, as_of: Any = LATE) -> Tally:
    return combine(said(*claims), as_of, cumulative=grows)


def numbers(tally: Tally) -> tuple[Any, ...]:
    return tally.low, tally.best, tally.high, tally.reported_max


@pytest.mark.parametrize(
    ("op", "n", "n2", "reach", "named"),
    [
        ("eq", 5, None, (5, 5), (5, 5)),
        ("ge", 5, None, (5, None), (5, 5)),
        ("gt", 30, None, (31, None), (31, 31)),
        ("le", 5, None, (0, 5), (5, 5)),
        ("lt", 5, None, (0, 4), (4, 4)),
        ("approx", 40, None, (36, 44), (40, 40)),
        ("approx", 9, None, (9, 9), (9, 9)),
        ("range", 20, 25, (20, 25), (20, 25)),
    ],
)
def test_a_bound_is_an_interval_and_a_figure(op: Any, n: int, n2: int | None, reach: Any, named: Any) -> None:
    assert interval(op, n, n2) == reach
    assert reading(op, n, n2) == (*reach, *named)
    checked(op, n, n2)


def test_a_statement_has_no_interval_and_words_have_their_least() -> None:
    assert interval("said", None) is None
    assert reading("said", None) is None
    assert {word: WORDS[word] for word in ("several", "tens", "dozens", "hundreds")} == {
        "several": 2,
        "tens": 10,
        "dozens": 12,
        "hundreds": 100,
    }


@pytest.mark.parametrize(
    ("op", "n", "n2", "field"),
    [
        ("eq", None, None, "n"),
        ("eq", -1, None, "n"),
        ("eq", MOST + 1, None, "n"),
        ("lt", 0, None, "n"),
        ("said", 1, None, "n"),
        ("range", 5, None, "n2"),
        ("range", 5, 5, "n2"),
        ("eq", 5, 6, "n2"),
        ("eq", True, None, "n"),
    ],
)
def test_a_bound_that_bounds_nothing_is_refused(op: Any, n: Any, n2: Any, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked(op, n, n2)
    assert (caught.value.code, caught.value.field) == ("TOC-10001", field)


def test_six_hours_to_the_second_are_not_yet_long_ago() -> None:
    early, late = claim("a", "eq", 10), claim("b", "eq", 12, source="police", hours=6)
    assert total(early, late).status == "contested"
    later = msgspec.structs.replace(late, said_at=at(6) + timedelta(seconds=1))
    assert numbers(total(early, later)) == (12, 12, 12, 12)
    assert total(early, later, grows=False).status == "contested"


def test_an_old_ceiling_of_a_toll_no_longer_holds() -> None:
    assert numbers(total(claim("a", "le", 10), claim("b", "ge", 12, source="police", hours=7))) == (12, 12, None, 12)


def test_a_claim_of_unknown_time_counts_from_when_it_was_learned() -> None:
    tally = total(claim("a", "eq", 10, said_at=None), claim("b", "eq", 12, source="police", hours=7))
    assert tally.status == "corroborated"


def test_the_newest_word_of_an_origin_counts_even_when_it_is_vaguer() -> None:
    assert numbers(total(claim("a", "eq", 142), claim("b", "ge", 10, hours=1))) == (10, 10, None, 10)


def test_a_discredited_newest_claim_leaves_its_origin_without_a_voice() -> None:
    tally = total(claim("a", "eq", 142), claim("b", "eq", 900, hours=1, grade=5), claim("c", "eq", 7, source="police"))
    assert (numbers(tally), tally.claim_ids) == ((7, 7, 7, 7), ("c",))


def test_unverified_alone_is_used_and_said_to_be_so() -> None:
    tally = total(claim("a", "eq", 50, grade=4), claim("b", "ge", 40, source="post", grade=4))
    assert (numbers(tally), tally.status) == ((50, 50, 50, 50), "unverified")
    assert wording(tally, "en") == "50 (unverified)"
    apart = total(claim("a", "eq", 50, grade=4), claim("b", "ge", 60, source="post", grade=4))
    assert apart.status == "contested"
    assert wording(apart, "en") == "50 (sources differ: 50 to 60) (unverified)"


def test_unverified_beside_credible_raises_a_finite_top_and_nothing_else() -> None:
    tally = total(claim("a", "eq", 142), claim("b", "ge", 168, source="post", grade=4))
    assert (numbers(tally), tally.status) == ((142, 142, 168, 168), "single-source")
    assert wording(tally, "en") == "142 (unverified: up to 168)"
    assert wording(tally, "uk") == "142 (за непідтвердженими даними, до 168)"


def test_best_is_the_newest_of_the_best_grade_held_inside_the_range() -> None:
    tally = total(
        claim("a", "approx", 40, grade=1),
        claim("b", "ge", 42, source="police", hours=1),
        claim("c", "le", 43, source="wire", grade=3, hours=2),
    )
    assert numbers(tally) == (42, 42, 43, 43)


def test_contested_takes_the_lowest_figure_of_the_best_grade() -> None:
    tally = total(
        claim("a", "eq", 9, source="one", grade=3),
        claim("b", "eq", 30, source="two"),
        claim("c", "eq", 20, source="three"),
    )
    assert (numbers(tally), tally.status) == ((9, 20, 30, 30), "contested")


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ([claim("a", "ge", 130)], ("at least 130", "не менее 130", "щонайменше 130", "mindestens 130")),
        ([claim("a", "gt", 30)], ("more than 30", "более 30", "понад 30", "mehr als 30")),
        (
            [claim("a", "gt", 30), claim("b", "ge", 31, source="b")],
            ("at least 31", "не менее 31", "щонайменше 31", "mindestens 31"),
        ),
        ([claim("a", "le", 5)], ("at most 5", "не более 5", "щонайбільше 5", "höchstens 5")),
        ([claim("a", "lt", 5)], ("fewer than 5", "менее 5", "менш ніж 5", "weniger als 5")),
        ([claim("a", "approx", 40)], ("about 40", "около 40", "близько 40", "etwa 40")),
        ([claim("a", "range", 20, n2=25)], ("20 to 25", "от 20 до 25", "20–25", "20 bis 25")),
        ([], ("number unknown", "число неизвестно", "кількість невідома", "Zahl unbekannt")),
    ],
)
def test_wording_in_four_languages(claims: list[ev.Claim], words: tuple[str, ...]) -> None:
    tally = total(*claims)
    assert tuple(wording(tally, tag) for tag in ("en", "ru", "uk", "de")) == words
    assert wording(tally, "uk-UA") == wording(tally, "uk")
    assert wording(tally, "fr") == wording(tally, "en")
    assert status_words(tally, "en") == ("nothing known", "one source", "several sources agree")[len(claims)]


def test_what_shrinks_and_what_only_grows() -> None:
    assert cumulative("killed")
    assert cumulative("windows")
    assert not cumulative("missing")
    assert not cumulative("flats_without_heat")


SOURCES = ("mayor", "police", "hospital", "wire", "post")


@st.composite
def claims_of_one_subject(draw: st.DrawFn) -> list[KnownClaim]:
    made: list[ev.Claim] = []
    for number in range(draw(st.integers(0, 12))):
        source = draw(st.sampled_from(SOURCES))
        op = draw(st.sampled_from(["eq", "ge", "gt", "le", "lt", "approx", "range", "said"]))
        n = None if op == "said" else draw(st.integers(1, 60))
        hours = draw(st.sampled_from([0, 0.5, 1, 3, 5, 7, 9, 13]))
        mine = [one.id for one in made if one.source == source]
        others = [one.id for one in made if one.source != source]
        link = draw(st.sampled_from(["", "", "", "supersedes", "echo_of"]))
        known_ids = mine if link == "supersedes" else others
        more: dict[str, Any] = {link: draw(st.sampled_from(known_ids))} if link and known_ids else {}
        if op == "range":
            more["n2"] = (n or 0) + draw(st.integers(1, 20))
        grade = draw(st.sampled_from([1, 2, 2, 3, 4, 4, 5]))
        out = draw(st.sampled_from([False, False, False, True]))
        made.append(claim(f"c{number}", op, n, source=source, hours=hours, grade=grade, out_of_area=out, **more))
    retracted = draw(st.sets(st.sampled_from([one.id for one in made]), max_size=2)) if made else set()
    return [
        msgspec.structs.replace(one, retracted="wrong", retracted_at=at(8)) if one.claim.id in retracted else one
        for one in said(*made)
    ]


moments = st.sampled_from([at(hours) for hours in (-1, 0, 2, 6, 8, 10, 20)])


@given(claims_of_one_subject(), moments, st.booleans(), st.randoms())
def test_the_order_of_claims_makes_no_difference(claims: Any, as_of: Any, grows: bool, chance: Any) -> None:
    before = combine(claims, as_of, cumulative=grows)
    shuffled = list(claims)
    chance.shuffle(shuffled)
    assert combine(shuffled, as_of, cumulative=grows, subject=before.subject) == before


@given(claims_of_one_subject(), moments, st.booleans())
def test_the_numbers_stand_in_order_and_say_why(claims: Any, as_of: Any, grows: bool) -> None:
    tally = combine(claims, as_of, cumulative=grows)
    assert tally.rule == RULE
    by_id = {one.claim.id: one for one in claims}
    assert all(by_id[claim_id].claim.learned_at <= as_of for claim_id in tally.claim_ids)
    if tally.status in ("unknown", "discounted"):
        assert numbers(tally) == (None, None, None, None)
        assert bool(tally.claim_ids) == (tally.status == "discounted")
        return
    assert tally.low is not None
    assert tally.best is not None
    assert tally.reported_max is not None
    assert tally.low <= tally.best
    assert tally.firm_high is None or tally.best <= tally.firm_high
    assert (tally.high is None) == (tally.firm_high is None)
    assert tally.high is None or (tally.firm_high or 0) <= tally.high
    assert len({by_id[claim_id].claim.source for claim_id in tally.claim_ids}) == len(tally.claim_ids)
    assert tally.credible == any(by_id[claim_id].grade <= 3 for claim_id in tally.claim_ids)


@given(claims_of_one_subject(), moments, st.booleans())
def test_echoes_statements_and_claims_of_elsewhere_change_nothing(claims: Any, as_of: Any, grows: bool) -> None:
    before = combine(claims, as_of, cumulative=grows, subject="windows")
    more = said(
        claim("x1", "eq", 999, source="new-1", grade=1, out_of_area=True),
        claim("x2", "said", None, source="new-2", grade=1),
        claim("x3", "eq", 999, source="new-3", grade=1, hours=2000),
        *([claim("x4", "eq", 999, source="new-4", grade=1, echo_of=claims[0].claim.id)] if claims else []),
    )
    assert combine([*claims, *more], as_of, cumulative=grows, subject="windows") == before


@given(claims_of_one_subject(), st.integers(1, 90), st.sampled_from(["eq", "ge", "le", "gt"]), st.booleans())
def test_an_unverified_word_beside_a_credible_one_moves_neither_low_nor_best(
    claims: Any, n: int, op: Any, grows: bool
) -> None:
    before = combine(claims, LATE, cumulative=grows)
    if not before.credible:
        return
    rumour = claim("x", op, n, source="rumour", grade=4, hours=50)
    after = combine([*claims, known(rumour)], LATE, cumulative=grows)
    assert (after.low, after.best, after.status) == (before.low, before.best, before.status)
    assert (after.high is None) == (before.high is None)
    assert (after.high or 0) >= (before.high or 0)
    assert (after.reported_max or 0) >= (before.reported_max or 0)


@given(claims_of_one_subject(), st.integers(0, 90))
def test_another_credible_floor_that_agrees_never_lowers_low(claims: Any, n: int) -> None:
    """In a total that does not only grow, so that no earlier claim turns into a floor by it."""
    before = combine(claims, LATE, cumulative=False)
    after = combine([*claims, known(claim("x", "ge", n, source="new"))], LATE, cumulative=False)
    if not before.credible:
        return
    assert (after.reported_max or 0) >= (before.reported_max or 0)
    if "contested" not in (before.status, after.status):
        assert (after.low or 0) >= (before.low or 0)
        assert (after.low or 0) >= n
        assert after.high == before.high


@given(st.lists(st.integers(0, 500), min_size=1, max_size=6))
def test_floors_alone_agree_and_the_greatest_holds(floors: list[int]) -> None:
    tally = total(*(claim(f"c{i}", "ge", n, source=f"s{i}") for i, n in enumerate(floors)))
    assert (tally.low, tally.high) == (max(floors), None)


@given(claims_of_one_subject(), moments)
def test_what_is_learned_later_does_not_change_what_was_known(claims: Any, as_of: Any) -> None:
    then = [one for one in claims if one.claim.learned_at <= as_of]
    now = combine(claims, as_of, cumulative=True, subject="windows")
    assert combine(then, as_of, cumulative=True, subject="windows") == now


def test_more_than_six_hours_is_the_agreed_span() -> None:
    assert timedelta(hours=6) == GROWS


def test_many_claims_fall_into_their_groups() -> None:
    claims = said(
        claim("a", "eq", 1),
        claim("b", "eq", 2, subject="cars"),
        claim("c", "eq", 3, incident="other"),
        claim("d", "eq", 4, category="child", subject="killed"),
        claim("e", "said", None, subject="statement"),
    )
    found = grouped(claims, LATE)
    assert {key: tally.best for key, tally in found.items()} == {
        ("strike", "windows", ""): 1,
        ("strike", "cars", ""): 2,
        ("other", "windows", ""): 3,
        ("strike", "killed", "child"): 4,
    }
