"""One input at a door, what it costs, and inputs made of others: the same ones for the same seed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

MS_PER_KB = 50.0
"""No input may cost more processor time than this for each kilobyte of it that is begun."""

Door = Callable[[bytes], None]
Clock = Callable[[], float]


def allowed_ms(data: bytes) -> float:
    """What an input may cost, in milliseconds."""
    return MS_PER_KB * max(1.0, len(data) / 1024)


def cost_ms(door: Door, data: bytes, *, clock: Clock = time.process_time) -> float:
    """What it costs now, in milliseconds of this process alone."""
    begun = clock()
    door(data)
    return (clock() - begun) * 1000


def too_slow(door: Door, data: bytes, *, tries: int = 5, clock: Clock = time.process_time) -> float | None:
    """The least cost of several tries when even that is too much, so that a busy machine accuses nobody; else None."""
    least = float("inf")
    for _ in range(tries):
        least = min(least, cost_ms(door, data, clock=clock))
        if least <= allowed_ms(data):
            return None
    return least


def mutated(seeds: Sequence[bytes], words: Sequence[bytes], *, seed: int, longest: int = 65_536) -> Iterator[bytes]:
    """Inputs without end: one to six changes to one of the seeds each."""
    dice = random.Random(seed)  # noqa: S311  # the same every time is what is wanted
    while True:
        made = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 6)):
            dice.choice(_CHANGES)(made, dice, seeds, words)
        yield bytes(made[:longest])


def _flip(made: bytearray, dice: random.Random, *_: object) -> None:
    if made:
        made[dice.randrange(len(made))] = dice.randrange(256)


def _insert(made: bytearray, dice: random.Random, _seeds: Sequence[bytes], words: Sequence[bytes]) -> None:
    at = dice.randrange(len(made) + 1)
    made[at:at] = dice.choice(words)


def _cut(made: bytearray, dice: random.Random, *_: object) -> None:
    at = dice.randrange(len(made) + 1)
    del made[at : at + dice.randint(1, 40)]


def _repeat(made: bytearray, dice: random.Random, *_: object) -> None:
    at = dice.randrange(len(made) + 1)
    part = made[at : at + dice.randint(1, 60)]
    made[at:at] = part * dice.choice((1, 2, 50))


def _splice(made: bytearray, dice: random.Random, seeds: Sequence[bytes], _words: Sequence[bytes]) -> None:
    other = dice.choice(seeds)
    made[dice.randrange(len(made) + 1) :] = other[dice.randrange(len(other) + 1) :]


def _end(made: bytearray, dice: random.Random, *_: object) -> None:
    del made[dice.randrange(len(made) + 1) :]


_CHANGES = (_flip, _flip, _insert, _insert, _cut, _repeat, _splice, _end)
