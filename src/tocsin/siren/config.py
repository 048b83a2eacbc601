"""What one siren agent is told when it starts."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from tocsin.core.errors import Invalid
from tocsin.siren.words import Limits
from tocsin.warn.discovery import Profile
from tocsin.warn.siren_command import public_key

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class SirenConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one siren.

    Attributes:
        id: ``[a-zA-Z0-9_-]+``; part of its topics.
        folder: where its memory (ids obeyed, sound under way) is kept; one folder per siren.
        name: what people call it.
        area: id of the area that it stands in.
        place: what Home Assistant suggests as its area, or "".
        host: of the broker.
        port: of the broker.
        username: for the broker, or "".
        password: for the broker.
        cafile: PEM file of the broker's authority; when set the connection is TLS.
        public_keys: the city's command keys, Ed25519, 32 bytes in base64; several while a key is being changed.
        report_key: PEM file of the siren's own Ed25519 private key, with which reports are signed, or "".
        sink: how it makes sound: ``meter`` (synthesises and measures, silent: for demonstrations), ``wav`` (files),
            ``alsa`` (aplay), ``pulse`` (paplay), ``gpio`` (an executable that switches a relay).
        sink_path: folder of ``wav``, executable of ``gpio``, device of ``alsa`` and ``pulse``; "" = the default.
        hard_limit_s: longest sound without a pause, whatever is commanded.
        floor_s: least seconds from one urgent sound's start to the next one's.
        salvo_s: after that long a new warning begins a new salvo with its own time budget.
        link_lost_s: age of data above which the link counts as lost.
        health_s: seconds between health messages.
        manual_s: seconds that a manual alert sounds.
        manual_mqtt: obey unsigned commands from the broker. Anybody who reaches the broker can then sound the siren.
        armed: obey commands at all; a siren under repair is not armed. Manual alerts always work.
        drills: play the exercise chime when a drill asks for it.
        discovery: which form to announce to Home Assistant, or ``off``.
        discovery_prefix: Home Assistant's own, ``homeassistant`` unless changed there.
        vdc_path: file that holds the battery voltage, e.g. in /sys/class/power_supply; "" = not measured.
        vdc_scale: volts per unit of that file.
        lamp: executable run with ``link_lost`` or ``link_up``, or "".
        button: executable that prints ``alert down``, ``alert up``, ``all_clear down``, ``all_clear up``, or "".
        demo: one of a demonstration's sirens: it follows the replay's clock.
        version: software version shown to Home Assistant.
        serial: serial number shown to Home Assistant.
    """

    id: str
    folder: str
    name: str = ""
    area: str = "unknown"
    place: str = ""
    host: str = "127.0.0.1"
    port: int = 1883
    username: str = ""
    password: str = ""
    cafile: str = ""
    public_keys: tuple[str, ...] = ()
    report_key: str = ""
    sink: Literal["meter", "wav", "alsa", "pulse", "gpio"] = "meter"
    sink_path: str = ""
    hard_limit_s: float = 300.0
    floor_s: float = 40.0
    salvo_s: float = 180.0
    link_lost_s: float = 30.0
    health_s: float = 60.0
    manual_s: float = 60.0
    manual_mqtt: bool = False
    armed: bool = True
    drills: bool = False
    tones: tuple[str, ...] = ("wail", "steady", "all_clear", "test_chime")
    discovery: Literal["device", "component", "off"] = "device"
    discovery_prefix: str = "homeassistant"
    vdc_path: str = ""
    vdc_scale: float = 1.0
    lamp: str = ""
    button: str = ""
    demo: bool = False
    version: str = ""
    serial: str = ""

    def limits(self) -> Limits:
        """The numbers that the state machine obeys."""
        return Limits(
            hard_limit_s=self.hard_limit_s,
            floor_s=self.floor_s,
            salvo_s=self.salvo_s,
            link_lost_s=self.link_lost_s,
            manual_s=self.manual_s,
            manual_mqtt=self.manual_mqtt,
            drills=self.drills,
            tones=self.tones,
        )

    def profile(self) -> Profile:
        """What discovery says of this siren."""
        return Profile(
            id=self.id,
            name=self.name or self.id,
            area=self.area,
            place=self.place,
            tones=self.tones,
            version=self.version,
            serial=self.serial,
            has_battery=bool(self.vdc_path),
        )


def load(raw: bytes) -> tuple[SirenConfig, ...]:
    """Read one siren, or a list of sirens, from JSON.

    Raises:
        Invalid: not JSON, an unknown value, a bad key, or two sirens that share a folder or an id (TOC-8001).
    """
    try:
        body = msgspec.json.decode(raw)
        configs = msgspec.convert(body if isinstance(body, list) else [body], tuple[SirenConfig, ...])
    except (msgspec.DecodeError, msgspec.ValidationError) as fault:
        raise Invalid(
            "TOC-8001", f"The siren file is unusable: {fault}.", field="siren", remedy="See the reference of sirens."
        ) from fault
    for config in configs:
        # A wildcard would listen to the commands of every siren; a slash would stand on a topic of somebody else.
        if not _ID.fullmatch(config.id):
            raise Invalid(
                "TOC-8001",
                f"{config.id[:64]!r} is no id of a siren.",
                field="id",
                remedy="Use up to 64 letters, digits, _ and -.",
            )
        for key in config.public_keys:
            public_key(key)
    if len({c.id for c in configs}) < len(configs) or len({c.folder for c in configs}) < len(configs):
        raise Invalid(
            "TOC-8001",
            "Two sirens share an id or a folder.",
            field="siren",
            remedy="Give each siren its own, or one would take the other's commands for repeated.",
        )
    return configs
