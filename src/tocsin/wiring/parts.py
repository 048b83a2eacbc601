"""The parts of one process, each made when first asked for."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tocsin.app.desk import Desk
from tocsin.app.letters import Letters
from tocsin.app.paths import Proofs
from tocsin.app.publication import Publication
from tocsin.app.record import RecordDesk
from tocsin.app.repair import RepairDesk
from tocsin.app.report import ReportDesk
from tocsin.app.shelters import ShelterDesk
from tocsin.channels._port import Push
from tocsin.core import points
from tocsin.core.delivery import Deliveries
from tocsin.core.errors import Invalid, Refused, Unavailable
from tocsin.core.ports import AddressBook, Clock, ContextPool, Ledger, Vault
from tocsin.warn.city import City, read_city
from tocsin.warn.context import Sender
from tocsin.wiring import keys
from tocsin.wiring.border import BORDER_FILE, BorderFile
from tocsin.wiring.clock import FreshIds, ReplayClock, SystemClock
from tocsin.wiring.places import PLACES_FILE, PlacesFile
from tocsin.wiring.settings import Settings, policy, publication, repair

if TYPE_CHECKING:
    from tocsin.bus.nats import Address
    from tocsin.bus.subjects import Subscription
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.reach import Reach
    from tocsin.store.seat import Seat
    from tocsin.store.tail import Tail
    from tocsin.warn.vapid import Vapid

CITY_FILE = "city.json"
PUSH_POOL = "push-pool.sqlite3"


def city_of(home: Path) -> City:
    """The city of a home folder.

    Raises:
        Unavailable: the home folder is not set up (TOC-8002).
        Invalid: its file is damaged (TOC-8001).
    """
    try:
        data = (home / CITY_FILE).read_bytes()
    except OSError as fault:
        raise Unavailable(
            "TOC-8002",
            f"{home} is not set up.",
            field="TOCSIN_HOME",
            remedy="Run `tocsin init` to set up a city, or `tocsin up --demo` to see a demonstration.",
        ) from fault
    return read_city(data)


class Parts:
    """Concrete ports for the settings of one process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        if settings.crash_at:
            arm(settings)

    @cached_property
    def city(self) -> City:
        """Who this installation speaks for; a demonstration is held inside this machine."""
        city = city_of(self.settings.home)
        if city.demo:
            refuse_outside(self.settings, city)
        return city

    @cached_property
    def sender(self) -> Sender:
        """The city as the author of messages."""
        city = self.city
        return Sender(id=city.sender, names=city.sender_name, languages=city.languages, zone=city.zone, demo=city.demo)

    @cached_property
    def clock(self) -> Clock:
        """The machine's clock; only a demonstration may follow a replay's."""
        return ReplayClock(self.settings.run / "clock.json") if self.city.demo else SystemClock()

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger in the configured database."""
        from tocsin.store.django import configure
        from tocsin.store.ledger import DjangoLedger

        configure(self.settings.database_url, home=self.settings.home)
        return DjangoLedger()

    @cached_property
    def tail(self) -> Tail | None:
        """The end of the ledger, where it is a file of this machine."""
        from tocsin.store.django import database
        from tocsin.store.tail import Tail

        own = self.settings
        return None if self.postgresql else Tail(Path(database(own.database_url, home=own.home)["NAME"]))

    @cached_property
    def vault(self) -> Vault:
        """What is kept beside the ledger and may be erased, in the same database."""
        from tocsin.store.django import configure
        from tocsin.store.vault import DjangoVault

        configure(self.settings.database_url, home=self.settings.home)
        return DjangoVault()

    @cached_property
    def addresses(self) -> AddressBook:
        """Who is to be warned by which channel, in the same database."""
        from tocsin.store.django import configure

        configure(self.settings.database_url, home=self.settings.home)
        from tocsin.store.addresses import DjangoAddressBook  # its tables need Django to be ready

        return DjangoAddressBook()

    @cached_property
    def reach(self) -> Reach:
        """How many subscriptions a warning would concern."""
        from tocsin.store.reach import Reach

        self.settings.run.mkdir(parents=True, exist_ok=True)
        return Reach(self.addresses, self.settings.run / "reach.index")

    @cached_property
    def vapid(self) -> Vapid | None:
        """Who signs for the city at push services; None where there is no key for it.

        Raises:
            Invalid: ``TOCSIN_PUSH_CONTACT`` is no address of that kind (TOC-8001).
        """
        contact = self.settings.push_contact or self.settings.site_url
        if self.settings.push_contact and not contact.startswith(("https://", "mailto:")):
            raise Invalid(
                "TOC-8001",
                "A push service is told an https: or mailto: address.",
                field="TOCSIN_PUSH_CONTACT",
                remedy="Write mailto:duty@city.example.",
            )
        return keys.vapid(self.settings.keys, contact)

    def open_push_pool(self) -> ContextPool:
        """What is prepared ahead for Web Push: of this machine alone, in no backup. For the thread that opens it."""
        from tocsin.store.push_pool import PushPool

        self.settings.run.mkdir(parents=True, exist_ok=True)
        return PushPool(self.settings.run / PUSH_POOL)

    @cached_property
    def push(self) -> Push | None:
        """What Web Push needs beside the settings; None where the city has no key for it."""
        return None if self.vapid is None else Push(vapid=self.vapid, contexts=self.open_push_pool())

    @cached_property
    def proofs(self) -> Proofs:
        """The last word on each way to people, in the same database."""
        from tocsin.store.django import configure
        from tocsin.store.proofs import DjangoProofs

        configure(self.settings.database_url, home=self.settings.home)
        return DjangoProofs()

    @cached_property
    def letters(self) -> Letters:
        """What no worker could take, in the same database."""
        from tocsin.store.django import configure
        from tocsin.store.letters import DjangoLetters

        configure(self.settings.database_url, home=self.settings.home)
        return DjangoLetters()

    @cached_property
    def deliveries(self) -> Deliveries:
        """How far notices came by each channel, in the same database."""
        from tocsin.store.django import configure

        configure(self.settings.database_url, home=self.settings.home)
        from tocsin.store.deliveries import DjangoDeliveries  # its tables need Django to be ready

        return DjangoDeliveries()

    @cached_property
    def evidence(self) -> EvidenceRoom:
        """Where files of evidence are taken in and given out."""
        from tocsin.store.evidence import EvidenceRoom
        from tocsin.store.files import files_of

        files = files_of(self.settings.evidence_url, home=self.settings.home)
        return EvidenceRoom(files, most_bytes=self.settings.evidence_mb * 1024**2)

    @cached_property
    def publication(self) -> Publication:
        """What becomes public when, and how coarse."""
        return publication(self.settings)

    @cached_property
    def desk(self) -> Desk:
        """The desk of the warn room."""
        return Desk(
            ledger=self.ledger,
            clock=self.clock,
            ids=FreshIds(),
            signer=keys.LiveCap(self.settings.keys),
            sender=self.sender,
            policy=policy(self.settings),
            wake=_nobody if self.postgresql else Wake(self.settings.run / "wake.sock"),
        )

    @property
    def postgresql(self) -> bool:
        """Whether the ledger is one of many machines. Then its commits wake the relay, wherever it runs."""
        return urlsplit(self.settings.database_url).scheme in {"postgresql", "postgres"}

    @cached_property
    def nats(self) -> Address | None:
        """Where the bus is, when it is not this machine's own."""
        from tocsin.bus.nats import Address

        own = self.settings
        if not own.nats_servers:
            return None
        # A demonstration on the servers of a real city is heard by its own edges alone, and stores nothing of hers.
        space = "tocsin-demo" if (own.home / CITY_FILE).exists() and self.city.demo else "tocsin"
        return Address(servers=own.nats_servers, credentials=own.nats_credentials, space=space)

    @cached_property
    def seat(self) -> Seat | None:
        """The seat of the leading worker, where there may be several."""
        from tocsin.store.seat import Seat

        return Seat(self.settings.database_url) if self.postgresql else None

    def subscription(self, name: str) -> Subscription:
        """The bus, for an edge of that name."""
        from tocsin.bus.listener import subscribe
        from tocsin.bus.nats import NatsSubscription

        if self.nats is not None:
            return NatsSubscription(self.nats, name)
        return subscribe(self.settings.run / "bus.sock", name)

    @cached_property
    def places(self) -> PlacesFile:
        """Where shelters stand, beside the ledger."""
        return PlacesFile(self.settings.home / PLACES_FILE)

    @cached_property
    def shelters(self) -> ShelterDesk:
        """The desk of the shelter room, over the same ledger."""
        return ShelterDesk(self.desk, self.places, door_s=self.settings.shelter_door_s)

    @cached_property
    def reports(self) -> ReportDesk:
        """The desk of the report room, over the same ledger."""
        return ReportDesk(self.desk, self.vault)

    @cached_property
    def repairs(self) -> RepairDesk:
        """The desk of the repair room, over the same ledger."""
        return RepairDesk(self.desk, self.vault, repair(self.settings))

    @cached_property
    def record(self) -> RecordDesk:
        """The desk of the record room, over the same ledger."""
        ledger = self.ledger  # makes Django ready, before the store's tables are met
        from tocsin.store.history import DjangoHistory

        del ledger
        border = BorderFile(self.settings.home / BORDER_FILE)
        return RecordDesk(
            self.desk, self.reports, self.repairs, history=DjangoHistory(), border=border, publication=self.publication
        )


def _nobody(_seq: int) -> None:
    """Nobody on this machine needs to be woken."""


class Wake:
    """Tells the relay of a new entry by a datagram. Best effort: the relay also looks by itself."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def __call__(self, seq: int) -> None:
        """Say that entry ``seq`` exists."""
        try:
            self._socket.sendto(str(seq).encode(), self._path)
        except OSError:
            return  # nobody listens, or its queue is full: it will look by itself within 50 ms

    def close(self) -> None:
        """Say nothing more."""
        self._socket.close()


def refuse_outside(settings: Settings, city: City) -> None:
    """A demonstration speaks under ``.invalid`` and to this machine only.

    Raises:
        Refused: it would reach further (TOC-8003).
    """
    if not city.sender.endswith(".invalid"):
        raise Refused(
            "TOC-8003",
            "A demonstration's sender must end in .invalid.",
            field="sender",
            remedy="Set up a real city with `tocsin init` instead.",
        )
    if settings.evidence_url:
        raise Refused(
            "TOC-8003",
            "A demonstration keeps its evidence in its own folder.",
            field="TOCSIN_EVIDENCE_URL",
            remedy="Leave it empty, so that nothing of it can be taken for evidence.",
        )
    for name, address in (
        ("TOCSIN_MQTT_URL", urlsplit(settings.broker).hostname),
        ("TOCSIN_SITE_URL", urlsplit(settings.site_url).hostname),
        ("TOCSIN_EDGE_URL", urlsplit(settings.edge_url).hostname),
        *(("TOCSIN_NATS_URL", urlsplit(one).hostname) for one in settings.nats_servers),
    ):
        if not is_loopback(address or ""):
            raise Refused(
                "TOC-8003",
                f"A demonstration may not reach {address!r}.",
                field=name,
                remedy="Leave it on this machine, so that nothing of it can be taken for a warning.",
            )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine; every name under ``localhost`` is (RFC 6761, 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def arm(settings: Settings) -> None:
    """Let this process, and what it forks, end by SIGKILL at the point ``settings.crash_at``; for tests of recovery.

    It happens once in a home folder: ``run/crashed-POINT`` then holds the process id. So a process that its parent
    starts again with the same environment, as gunicorn does with its workers, goes on.

    Raises:
        Invalid: there is no such point (TOC-8001).
    """
    name = settings.crash_at
    if name not in points.POINTS:
        raise Invalid(
            "TOC-8001",
            f"There is no point {name!r}.",
            field="TOCSIN_CRASH_AT",
            remedy=f"Use one of {', '.join(points.POINTS)}.",
        )
    mark = settings.run / f"crashed-{name}"

    def end(reached: str) -> None:
        if reached == name and _first(mark):
            os.kill(os.getpid(), signal.SIGKILL)

    points.on_reach = end


def _first(mark: Path) -> bool:
    """Whether this call made the file."""
    try:
        with mark.open("x") as out:
            out.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True
