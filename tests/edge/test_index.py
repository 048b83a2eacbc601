"""The index finds exactly the clients that a look at every client would find."""

import random

import h3
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.edge.index import Index
from tocsin.warn.target import contains

PLACE = h3.latlng_to_cell(50.6, 36.6, 4)
CELLS = sorted(h3.cell_to_children(PLACE, 7))
LEVELS = [sorted(h3.cell_to_children(PLACE, level)) for level in (4, 5, 6, 7)]


class Client:
    def __init__(self, key):
        self.key = key


own_cells = st.lists(st.sampled_from(CELLS), min_size=1, max_size=5, unique=True)
message = st.lists(st.one_of([st.sampled_from(level) for level in LEVELS]), max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.lists(own_cells, max_size=12), st.lists(message, min_size=1, max_size=4), st.randoms())
def test_matches_are_those_of_a_full_scan_while_clients_come_and_go(clients, messages, rng):
    index, here, made = Index(), {}, [Client(number) for number in range(len(clients))]
    for number, cells in enumerate(clients):
        index.add(made[number], cells)
        here[number] = cells
        if here and rng.random() < 0.4:
            gone = rng.choice(sorted(here))
            index.remove(made[gone], here.pop(gone))
        for cells_of_message in messages:
            wanted = {n for n, own in here.items() if any(contains(set(cells_of_message), one) for one in own)}
            assert index.match(cells_of_message) == {number: made[number] for number in wanted}
    for number, cells in here.items():
        index.remove(made[number], cells)
    assert len(index) == 0
    assert not index._below, "what nobody uses is forgotten"


def test_removing_a_stranger_is_harmless():
    index = Index()
    index.add(own := Client(1), CELLS[:2])
    index.remove(Client(2), CELLS[:3])
    assert index.match(CELLS[:1]) == {1: own}


def test_a_message_of_a_whole_oblast_in_small_cells():
    rng = random.Random(1)
    index = Index()
    for number in range(500):
        index.add(Client(number), [rng.choice(CELLS)])
    assert index.match(CELLS).keys() == set(range(500)) == index.match([PLACE]).keys()
