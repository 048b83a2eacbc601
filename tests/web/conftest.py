"""A web door with a desk over a ledger in memory, and callers who hold keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from doors import Api, Officer, SetClock, a_desk
from tocsin.app.actor import Grant
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def desk(db: str, clock: SetClock) -> Iterator[Desk]:
    """The desk of the running web door."""
    from django.core.cache import cache

    from tocsin.web.api import auth
    from tocsin.web.desk import set_desk
    from tocsin.web.pages import frozen

    made = a_desk(clock)
    set_desk(made, vault=MemoryVault())
    frozen.forget()
    cache.clear()  # what earlier tests tried at the sign-in holds nobody up
    auth.key_limits.cache_clear()
    auth.address_limits.cache_clear()
    yield made
    set_desk(None)


@pytest.fixture
def officer(desk: Desk) -> Callable[..., Officer]:
    """Make an officer with roles, and a key that acts as that officer."""

    from tocsin.store import accounts

    def make(login: str, *roles: str, area: str = "*") -> Officer:
        grants = [Grant(role=role, area=area) for role in roles]  # type: ignore[arg-type]
        actor = accounts.create_officer(login, password="correct horse battery", grants=grants)
        return Officer(actor, Api(accounts.new_api_key(f"{login}'s key", "officer", officer=actor).secret))

    return make


@pytest.fixture
def duty(officer: Callable[..., Officer]) -> Api:
    return officer("duty", "duty").api


@pytest.fixture
def approver(officer: Callable[..., Officer]) -> Api:
    return officer("approver", "approver").api


@pytest.fixture
def sensor(desk: Desk) -> Callable[..., Api]:
    """Make a sensor's key; its label is the source that it speaks for."""

    from tocsin.store import accounts

    def make(label: str, *roles: str, area: str = "*") -> Api:
        grants = [Grant(role=role, area=area) for role in roles or ("sensor",)]  # type: ignore[arg-type]
        return Api(accounts.new_api_key(label, "sensor", grants).secret)

    return make


@pytest.fixture
def anybody(desk: Desk) -> Api:
    return Api()
