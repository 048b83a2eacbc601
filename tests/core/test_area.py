"""The laws of the area tree: who is below whom, what a name finds, what a change leaves alone."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.area import Area, AreaTree
from tocsin.core.text import fold, pick

IDS = tuple("abcdefgh")
PARENTS = st.dictionaries(st.sampled_from(IDS), st.none() | st.sampled_from(IDS), max_size=len(IDS))


def tree_of(parents: dict[str, str | None]) -> AreaTree:
    tree = AreaTree()
    for area_id, parent in parents.items():
        tree = tree.with_area(Area(id=area_id, parent=parent, names={"en": area_id.upper()}))
    return tree


def way_up(parents: dict[str, str | None], area_id: str) -> list[str]:
    """The ancestors by the plainest means, for comparison."""
    out: list[str] = []
    here = parents.get(area_id)
    while here is not None and here in parents and here not in out and here != area_id:
        out.append(here)
        here = parents[here]
    return out


@given(PARENTS)
def test_ancestors_and_descendants_are_two_views_of_one_relation_also_in_loops(parents):
    tree = tree_of(parents)
    for area_id in parents:
        assert list(tree.ancestors(area_id)) == way_up(parents, area_id)
        below = list(tree.descendants(area_id))
        assert below[0] == area_id
        assert len(below) == len(set(below))
        assert set(below) == {area_id} | {other for other in parents if area_id in way_up(parents, other)}


@given(PARENTS, st.sets(st.sampled_from(IDS)), st.sets(st.sampled_from(IDS)))
def test_the_closure_contains_grows_and_closes(parents, some, others):
    tree = tree_of(parents)
    closure = tree.closure(some)
    assert closure >= some & set(parents)
    assert closure <= set(parents)
    assert tree.closure(closure) == closure
    assert tree.closure(some | others) == closure | tree.closure(others)
    for area_id in closure:
        assert set(tree.children(area_id)) <= closure


@given(PARENTS, st.permutations(IDS))
def test_the_order_of_building_does_not_matter(parents, order):
    shuffled = {area_id: parents[area_id] for area_id in order if area_id in parents}
    one, other = tree_of(parents), tree_of(shuffled)
    assert one == other
    for area_id in parents:
        assert one.children(area_id) == other.children(area_id)
        assert list(one.descendants(area_id)) == list(other.descendants(area_id))


@given(PARENTS, st.sampled_from(IDS), st.none() | st.sampled_from(IDS))
def test_moving_an_area_equals_having_built_it_there_and_leaves_the_old_tree_alone(parents, moved, parent):
    before = tree_of(parents)
    old_children = {area_id: before.children(area_id) for area_id in IDS}
    after = before.with_area(Area(id=moved, parent=parent, names={"en": moved.upper()}))
    fresh = tree_of({**parents, moved: parent})
    assert after == fresh
    assert all(after.children(area_id) == fresh.children(area_id) for area_id in IDS)
    assert all(before.children(area_id) == old_children[area_id] for area_id in IDS)
    assert len(before) == len(parents)


@given(PARENTS, st.sampled_from(IDS))
def test_a_rename_keeps_the_id_the_place_in_the_tree_and_the_old_name_as_an_alias(parents, renamed):
    tree = tree_of({**parents, renamed: parents.get(renamed)})
    area = tree[renamed]
    new = msgspec.structs.replace(area, names={"en": "Newtown"}, aliases=(*area.aliases, area.names["en"]))
    after = tree.with_area(new)
    assert {a.id for a in after} == {a.id for a in tree}
    assert list(after.descendants(renamed)) == list(tree.descendants(renamed))
    assert [a.id for a in after.find("newtown")] == [renamed]
    assert renamed in {a.id for a in after.find(renamed.upper())}


def test_a_child_may_come_before_its_parent():
    tree = tree_of({"b": "a"})
    assert list(tree.ancestors("b")) == []
    assert list(tree.descendants("a")) == []
    tree = tree.with_area(Area(id="a", names={"en": "A"}))
    assert list(tree.ancestors("b")) == ["a"]
    assert list(tree.descendants("a")) == ["a", "b"]


def test_an_area_that_is_its_own_parent_ends_every_walk():
    tree = tree_of({"a": "a"})
    assert list(tree.ancestors("a")) == []
    assert list(tree.descendants("a")) == ["a"]


def test_what_is_not_there_is_said_plainly():
    tree = tree_of({"a": None})
    assert tree.get("z") is None
    assert "z" not in tree
    assert tree.closure(["z"]) == frozenset()
    assert tree.find("z") == []
    with pytest.raises(KeyError):
        tree["z"]


NAMES = [
    ("Слов’янськ", "слов'янськ"),
    ("Кам`янське", "КАМʼЯНСЬКЕ"),
    ("Об´єднання", "об'єднання"),
    ("Івано–Франківськ", "івано-франківськ"),
    ("Івано‑Франківськ", "ІВАНО ФРАНКІВСЬК"),
    ("Королёв", "Королев"),
    ("ЁЛКИНО", "елкино"),
    ("Орёл", "ОРЁЛ"),
    ("  Stary   Gorod ", "stary gorod"),
    ("Straße", "STRASSE"),
    ("Zürich", "Zu\u0308rich"),
    ("Північний", "Північнии\u0306"),
    ("צ׳ק", "צ'ק"),
    ("Ｐｏｒｔ", "port"),
    ("Odell\u00a0Bay", "odell bay"),
]


@pytest.mark.parametrize(("one", "other"), NAMES)
def test_spellings_of_one_name_find_one_area(one, other):
    assert fold(one) == fold(other)
    tree = AreaTree().with_area(Area(id="x", names={"en": "X"}, aliases=(one,)))
    assert [a.id for a in tree.find(other)] == ["x"]


@pytest.mark.parametrize(("one", "other"), [("Belgorod", "Belograd"), ("Іванів", "Іванов"), ("й", "и"), ("Ö", "O")])
def test_names_that_differ_stay_apart(one, other):
    assert fold(one) != fold(other)


@given(st.text(alphabet="aAéÉёЁйЙ'’ʼ´`-‑– ßıİΣς\u0301\u0308 ｆ", max_size=12))
def test_folding_twice_is_folding_once(name):
    assert fold(fold(name)) == fold(name)


def test_an_ambiguous_name_gives_every_area_that_bears_it_on_that_day():
    old = Area(id="raion-1", names={"en": "Krasny"}, valid_to=date(2020, 7, 18))
    new = Area(id="raion-2", names={"en": "Krasny"}, valid_from=date(2020, 7, 18))
    tree = AreaTree().with_area(old).with_area(new)
    assert {a.id for a in tree.find("krasny")} == {"raion-1", "raion-2"}
    assert [a.id for a in tree.find("krasny", on=date(2020, 7, 17))] == ["raion-1"]
    assert [a.id for a in tree.find("krasny", on=date(2020, 7, 18))] == ["raion-2"]


@given(st.none() | st.dates(), st.none() | st.dates(), st.dates())
def test_an_area_is_valid_from_its_first_day_until_before_its_last(start, end, day):
    area = Area(id="a", names={"en": "A"}, valid_from=start, valid_to=end)
    assert area.valid_on(day) == ((start is None or day >= start) and (end is None or day < end))


def test_a_tree_is_compared_by_value_and_is_no_key():
    assert tree_of({"a": None}) == tree_of({"a": None})
    assert tree_of({"a": None}) != tree_of({"a": "b"})
    assert tree_of({}) != {}
    with pytest.raises(TypeError):
        hash(tree_of({}))


def test_a_text_is_picked_by_language_then_base_then_fallback_then_any():
    assert pick({"pt-br": "a", "pt": "b", "en": "c"}, "pt-br") == "a"
    assert pick({"pt": "b", "en": "c"}, "pt-br") == "b"
    assert pick({"en": "c", "ru": "d"}, "de") == "c"
    assert pick({"ru": "d"}, "de") == "d"
    assert pick({}, "de") == ""


def test_what_lies_below_is_asked_again_of_a_tree_that_has_grown() -> None:
    tree = AreaTree().with_area(Area(id="city", names={"en": "City"}))
    assert tree.closure(["city"]) == {"city"}
    assert tree.descendants("north") == ()
    grown = tree.with_area(Area(id="north", parent="city", names={"en": "North"}))
    assert grown.closure(["city"]) == {"city", "north"}
    assert grown.closure(["north", "north", "nowhere"]) == {"north"}
    assert grown.closure([]) == frozenset()
    assert tree.closure(["city"]) == {"city"}
    assert grown.with_area(Area(id="north", names={"en": "North"})).closure(["city"]) == {"city"}
