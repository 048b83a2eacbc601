"""Where the bus may be, and which parts follow from it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tocsin.bus.listener import SocketSubscription
from tocsin.bus.nats import NatsSubscription
from tocsin.cli.city import bundled
from tocsin.core.errors import Invalid, Refused
from tocsin.wiring import Parts, Settings, load
from tocsin.wiring.parts import CITY_FILE, refuse_outside

LOCAL = "nats://127.0.0.1:4222"


def test_servers_are_named_with_commas_between_them() -> None:
    assert load({"TOCSIN_NATS_URL": f"{LOCAL}, tls://user:word@nats-2:4222"}).nats_servers == (
        LOCAL,
        "tls://user:word@nats-2:4222",
    )


@pytest.mark.parametrize("address", ["mqtt://host:1883", "nats://:4222", "nats-1:4222", f"{LOCAL},http://host"])
def test_what_is_no_address_of_nats_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(Invalid) as fault:
        load({"TOCSIN_NATS_URL": address})
    assert fault.value.field == "TOCSIN_NATS_URL"
    assert address not in str(fault.value), "it may hold a password"


def test_a_demonstration_reaches_no_bus_elsewhere() -> None:
    city = bundled("belgorod-demo")[0]
    for own in (LOCAL, "nats://localhost:4222", "nats://nats-1.localhost:4222"):
        refuse_outside(Settings(nats_url=own), city)
    for other in ("nats://nats.example.org:4222", "nats://localhost.example.org:4222", "nats://notlocalhost:4222"):
        with pytest.raises(Refused) as fault:
            refuse_outside(Settings(nats_url=f"{LOCAL},{other}"), city)
        assert fault.value.field == "TOCSIN_NATS_URL"


def test_the_bus_is_this_machines_own_unless_servers_are_named() -> None:
    home = Path("nowhere")
    assert isinstance(Parts(Settings(home=home)).subscription("edge-1"), SocketSubscription)
    assert isinstance(Parts(Settings(home=home, nats_url=LOCAL)).subscription("edge-1"), NatsSubscription)


def test_a_demonstration_on_a_citys_servers_has_subjects_and_streams_of_its_own(tmp_path: Path) -> None:
    city = bundled("belgorod-demo")[0]
    homes = {"demo": city, "real": msgspec.structs.replace(city, demo=False, sender="duty@city.example")}
    found = {}
    for name, each in homes.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / CITY_FILE).write_bytes(msgspec.json.encode(each))
        found[name] = Parts(Settings(home=tmp_path / name, nats_url=LOCAL)).nats
    demo, real = found["demo"], found["real"]
    assert demo is not None
    assert real is not None
    assert (real.frames("live.update"), real.stream("updates")) == ("tocsin.bus.live.update", "TOCSIN_UPDATES")
    assert (demo.frames("live.update"), demo.stream("updates")) == (
        "tocsin-demo.bus.live.update",
        "TOCSIN-DEMO_UPDATES",
    )


def test_only_on_postgresql_may_several_workers_run() -> None:
    assert Parts(Settings(home=Path("nowhere"))).seat is None
    assert Parts(Settings(home=Path("nowhere"), database_url="postgresql://u@h/d")).seat is not None
