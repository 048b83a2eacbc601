"""Floor 4: settings become concrete ports. The only place where parts are plugged together."""

from tocsin.wiring.parts import City, Parts, read_city
from tocsin.wiring.settings import Settings, load

__all__ = ["City", "Parts", "Settings", "load", "read_city"]
