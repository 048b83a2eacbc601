"""Finding the channels by reading this folder: a module with ``QUALITY`` is a channel; one that people subscribe to
also has ``make(place)``, which gives a :class:`tocsin.channels._port.Channel`, and ``read_address(text)``.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tocsin.channels._port import Channel, Place
from tocsin.core.errors import Unknown
from tocsin.core.notice import Quality
from tocsin.core.registry import modules_of


def channels() -> dict[str, ModuleType]:
    """Every channel by name."""
    return {name: module for name, module in modules_of("tocsin.channels").items() if hasattr(module, "QUALITY")}


def subscribed() -> dict[str, ModuleType]:
    """The channels that hand a notice to each subscriber."""
    return {name: module for name, module in channels().items() if hasattr(module, "make")}


def quality(name: str) -> Quality:
    """What a channel promises."""
    found: Quality = _module(name).QUALITY
    return found


def make(place: Place) -> dict[str, Channel]:
    """The channels that are set up here.

    Raises:
        Invalid: a setting of one of them is unusable (TOC-8001).
    """
    made = {name: module.make(place) for name, module in subscribed().items()}
    return {name: channel for name, channel in made.items() if channel is not None}


def read_address(name: str, text: str) -> dict[str, Any]:
    """The address that a person gave, in the form that the address book keeps.

    Raises:
        Unknown: nobody can subscribe to such a channel (TOC-13003).
        Invalid: it is not an address of that channel (TOC-13001).
    """
    address: dict[str, Any] = _module(name).read_address(text)
    return address


def _module(name: str) -> ModuleType:
    found = subscribed().get(name)
    if found is None:
        known = ", ".join(subscribed())
        raise Unknown("TOC-13003", f"There is no channel {name!r}.", field="channel", remedy=f"Use one of {known}.")
    return found
