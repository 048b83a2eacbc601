"""Every setting, read from the environment. ``docs/reference/settings.md`` holds the same table; a test compares."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tocsin.app.publication import Publication, read_publication
from tocsin.core.errors import Invalid
from tocsin.repair.policy import UrgencyPolicy
from tocsin.warn.policy import Policy

PREFIX = "TOCSIN_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process. Names in the environment: upper case, with ``TOCSIN_`` before them.

    Attributes:
        home: the folder that holds this machine's database, keys, sockets and siren states.
        database_url: ``sqlite:`` (a file in the home folder) or ``postgresql://…``.
        mqtt_url: the broker for sirens and sensors; empty starts the embedded one.
        nats_url: servers of the NATS cluster, separated by commas; empty keeps the bus on this machine.
        nats_credentials: a NATS credentials file; empty when the addresses hold user and password.
        nats_monitor: monitoring addresses of the NATS servers, ``http://host:8222``, for ``tocsin doctor``.
        mqtt_bind: where the embedded broker listens.
        web_bind: where the web process listens.
        edge_bind: where the live edge listens.
        site_url: the address at which people reach the web process; goes into feeds and links.
        edge_url: the address at which people reach the edge.
        basemap: a PMTiles file to draw below the areas; empty draws the areas alone.
        policy_file: JSON of the agreed rules; empty takes the defaults.
        second_factor: ``required`` of officers who may act, or ``offered``; empty requires it but in a demonstration.
        reauth_min: minutes after which an officer shows again who sits there before a warning goes out; 0 never asks.
        proxies: addresses of reverse proxies of ours, separated by commas.
        web_threads: threads of the web process.
        max_clients: live clients that one edge process holds.
        edge_name: name of this edge in receipts.
        edge_processes: edge processes that share the edge's port.
        edge_certificate: PEM file with the edge's certificate and those above it; empty leaves TLS to a proxy.
        edge_key: PEM file with the key of that certificate.
        shelter_door_s: seconds for which a report of a shelter's door is believed; after it the door is unknown.
        evidence_url: ``s3://bucket/prefix?endpoint=…`` for files of evidence; empty keeps them in the home folder.
        evidence_mb: MiB that one file of evidence may have.
        publication_file: JSON of what becomes public when; empty takes the defaults.
        repair_file: JSON of the repair policy: weights, bands, deadlines, planner; empty takes the defaults.
        smtp_url: ``smtp://user:password@host:587?from=warn@city.example``, the mail server; empty sends no e-mail.
        smpp_url: ``smpp://system:password@host:2775?from=SENDER``, the message centre; empty sends no SMS.
        apprise_file: names and Apprise addresses, ``name = URL`` a line; empty speaks to none.
        push_contact: ``https:`` or ``mailto:`` address at which a push service reaches the operator; empty: the site's.
        push_allow: hosts and networks of push services that may be private, by commas.
        push_connections: HTTP/2 connections that are opened to one push service at most.
        channel_rates: ``email=50,sms=30``, notices a second by channel; a channel that is not named keeps its own rate.
        webhook_allow: hosts and networks to which webhooks may go although they are private or without TLS, by commas.
        canary_file: JSON of the city's own addresses at which channels prove themselves; empty proves none.
        log_form: ``text`` for lines of key=value, ``json`` for one JSON object a line.
        crash_at: name of a point of the issue path at which to end the process; for tests of recovery only.
    """

    home: Path = Path(".tocsin")
    database_url: str = "sqlite:"
    mqtt_url: str = ""
    nats_url: str = ""
    nats_credentials: str = ""
    nats_monitor: str = ""
    mqtt_bind: str = "127.0.0.1:18830"
    web_bind: str = "127.0.0.1:8000"
    edge_bind: str = "127.0.0.1:8001"
    site_url: str = "http://localhost:8000"
    edge_url: str = "http://localhost:8001"
    basemap: str = ""
    policy_file: str = ""
    second_factor: str = ""
    reauth_min: int = 15
    proxies: str = ""
    web_threads: int = 16
    max_clients: int = 15_000
    edge_name: str = "edge-1"
    edge_processes: int = 1
    edge_certificate: str = ""
    edge_key: str = ""
    shelter_door_s: int = 7200
    evidence_url: str = ""
    evidence_mb: int = 64
    publication_file: str = ""
    repair_file: str = ""
    smtp_url: str = ""
    smpp_url: str = ""
    apprise_file: str = ""
    push_contact: str = ""
    push_allow: str = ""
    push_connections: int = 16
    channel_rates: str = ""
    webhook_allow: str = ""
    canary_file: str = ""
    log_form: str = "text"
    crash_at: str = ""

    @property
    def run(self) -> Path:
        """Unix sockets and the demonstration's clock."""
        return self.home / "run"

    @property
    def keys(self) -> Path:
        """Private keys, readable by the owner only."""
        return self.home / "keys"

    @property
    def own_proxies(self) -> tuple[str, ...]:
        """The addresses in ``proxies``."""
        return tuple(one.strip() for one in self.proxies.split(",") if one.strip())

    @property
    def nats_servers(self) -> tuple[str, ...]:
        """The addresses in ``nats_url``."""
        return tuple(one.strip() for one in self.nats_url.split(",") if one.strip())

    @property
    def broker(self) -> str:
        """The address of the broker in use."""
        return self.mqtt_url or f"mqtt://{self.mqtt_bind}"


def load(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment states.

    Raises:
        Invalid: a setting is unknown or unusable (TOC-8001).
    """
    known = {field.name: field for field in msgspec.structs.fields(Settings)}
    given: dict[str, object] = {}
    for key, text in environ.items():
        if not key.startswith(PREFIX) or key in ELSEWHERE:
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in known:
            raise Invalid(
                "TOC-8001",
                f"There is no setting {key}.",
                field=key,
                remedy="See docs/reference/settings.md for the settings; perhaps a letter is wrong.",
            )
        given[name] = _value(key, text, known[name].type)
    settings = Settings(**given)  # type: ignore[arg-type]  # types were made to fit one by one
    _check(settings)
    return settings


ELSEWHERE = frozenset(
    {
        "TOCSIN_API_URL",
        "TOCSIN_API_KEY",
        "TOCSIN_FIRST_PASSWORD",
        "TOCSIN_NEW_PASSWORD",
        "TOCSIN_BACKUP_PASSPHRASE",
    }
)
"""Read by the command line itself: to speak to a running Tocsin, to set one up and to back it up unattended."""


def _value(key: str, text: str, kind: object) -> object:
    if kind is Path:
        return Path(text).expanduser()
    if kind is int:
        try:
            return int(text)
        except ValueError as fault:
            raise Invalid("TOC-8001", f"{text!r} is no number.", field=key, remedy="Give a whole number.") from fault
    return text


def _check(settings: Settings) -> None:
    for name in ("mqtt_bind", "web_bind", "edge_bind"):
        split_bind(getattr(settings, name), PREFIX + name.upper())
    for name in ("site_url", "edge_url"):
        parts = urlsplit(getattr(settings, name))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Invalid(
                "TOC-8001",
                f"{getattr(settings, name)!r} is no web address.",
                field=PREFIX + name.upper(),
                remedy="Write it like https://warn.example.org.",
            )
    if settings.second_factor not in {"", "required", "offered"}:
        raise Invalid(
            "TOC-8001",
            f"A second factor cannot be {settings.second_factor!r}.",
            field="TOCSIN_SECOND_FACTOR",
            remedy="Write required or offered, or leave it out.",
        )
    if settings.log_form not in {"text", "json"}:
        raise Invalid(
            "TOC-8001",
            f"A log cannot be written as {settings.log_form!r}.",
            field="TOCSIN_LOG_FORM",
            remedy="Write text or json, or leave it out.",
        )
    for address in settings.own_proxies:
        _check_address(address)
    _check_ranges(settings)
    _check_many(settings)
    if settings.mqtt_url and urlsplit(settings.mqtt_url).scheme not in {"mqtt", "mqtts"}:
        raise Invalid(
            "TOC-8001",
            "The broker's address is neither mqtt: nor mqtts:.",
            field="TOCSIN_MQTT_URL",
            remedy="Write mqtt://host:1883 or mqtts://user:password@host:8883.",
        )


def check_processes(count: int) -> int:
    """A number of edge processes, if it is one.

    Raises:
        Invalid: it is not (TOC-8001).
    """
    if not 1 <= count <= 256:
        raise Invalid(
            "TOC-8001",
            f"{count} edge processes cannot share a port.",
            field="TOCSIN_EDGE_PROCESSES",
            remedy="Give 1 to 256; about as many as the machine has cores.",
        )
    return count


def _check_many(settings: Settings) -> None:
    for address in settings.nats_servers:
        where = urlsplit(address)
        if where.scheme not in {"nats", "tls"} or not where.hostname:
            raise Invalid(
                "TOC-8001",
                "An address of NATS is neither nats: nor tls:.",
                field="TOCSIN_NATS_URL",
                remedy="Write nats://host:4222 or tls://user:password@host:4222, with commas between servers.",
            )


def _check_ranges(settings: Settings) -> None:
    check_processes(settings.edge_processes)
    if bool(settings.edge_certificate) != bool(settings.edge_key):
        raise Invalid(
            "TOC-8001",
            "The edge has a certificate without a key, or a key without a certificate.",
            field="TOCSIN_EDGE_KEY" if settings.edge_certificate else "TOCSIN_EDGE_CERTIFICATE",
            remedy="Give both PEM files, or neither and let a proxy end TLS.",
        )
    if not 60 <= settings.shelter_door_s <= 86_400:
        raise Invalid(
            "TOC-8001",
            f"{settings.shelter_door_s} s is not a time for which a door is believed.",
            field="TOCSIN_SHELTER_DOOR_S",
            remedy="Give 60 to 86400 seconds.",
        )
    if not 0 <= settings.reauth_min <= 1440:
        raise Invalid(
            "TOC-8001",
            f"{settings.reauth_min} min is not an age for a sign-in.",
            field="TOCSIN_REAUTH_MIN",
            remedy="Give 1 to 1440 minutes, or 0 to never ask again.",
        )
    if not 1 <= settings.evidence_mb <= 4096:
        raise Invalid(
            "TOC-8001",
            f"{settings.evidence_mb} MiB is not a size for a file of evidence.",
            field="TOCSIN_EVIDENCE_MB",
            remedy="Give 1 to 4096 MiB.",
        )


def _check_address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as fault:
        raise Invalid(
            "TOC-8001",
            f"{text!r} is no IP address.",
            field="TOCSIN_PROXIES",
            remedy="Write the proxies' own addresses, like 10.0.0.5,10.0.0.6.",
        ) from fault


def split_bind(text: str, field: str) -> tuple[str, int]:
    """``host:port`` in two.

    Raises:
        Invalid: it is not of that form (TOC-8001).
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Invalid("TOC-8001", f"{text!r} is not host:port.", field=field, remedy="Write it like 127.0.0.1:8000.")
    return host, int(port)


def policy(settings: Settings) -> Policy:
    """The agreed rules.

    Raises:
        Invalid: the file cannot be read or says something that is no rule (TOC-8001).
    """
    if not settings.policy_file:
        return Policy()
    try:
        return msgspec.json.decode(Path(settings.policy_file).read_bytes(), type=Policy)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Invalid(
            "TOC-8001",
            f"The policy cannot be used: {fault}.",
            field="TOCSIN_POLICY_FILE",
            remedy="Compare it with docs/reference/policy.md.",
        ) from fault


def publication(settings: Settings) -> Publication:
    """What becomes public when.

    Raises:
        Invalid: the file cannot be read or says something that is no rule (TOC-8001).
    """
    if not settings.publication_file:
        return Publication()
    try:
        data = Path(settings.publication_file).read_bytes()
    except OSError as fault:
        raise Invalid(
            "TOC-8001",
            f"The publication policy cannot be read: {type(fault).__name__}.",
            field="TOCSIN_PUBLICATION_FILE",
            remedy="Name a file that this user may read.",
        ) from fault
    return read_publication(data)


def repair(settings: Settings) -> UrgencyPolicy:
    """Which flat comes first, and by which numbers.

    Raises:
        Invalid: the file cannot be read or says something that is no rule (TOC-8001).
    """
    if not settings.repair_file:
        return UrgencyPolicy()
    try:
        return msgspec.json.decode(Path(settings.repair_file).read_bytes(), type=UrgencyPolicy)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Invalid(
            "TOC-8001",
            f"The repair policy cannot be used: {fault}.",
            field="TOCSIN_REPAIR_FILE",
            remedy="Compare it with docs/reference/repair.md.",
        ) from fault
