"""Floor 4: settings become concrete ports. The only place where parts are plugged together."""

from tocsin.wiring.parts import Parts, city_of
from tocsin.wiring.settings import Settings, load

__all__ = ["Parts", "Settings", "city_of", "load"]
