"""One running city for all journeys, in each set-up; its sensors sign with a key made for this run."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from journeys.rig import Stack
from journeys.setups import SETUPS, make


@pytest.fixture(scope="session")
def microphone() -> Ed25519PrivateKey:
    """The key of the one sensor that may speak over MQTT and be believed."""
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session", params=SETUPS)
def stack(request: pytest.FixtureRequest, microphone: Ed25519PrivateKey) -> Iterator[Stack]:
    """A city with real processes. Each journey uses areas of its own, so that no siren rests from another's sound."""
    public = base64.b64encode(microphone.public_key().public_bytes_raw()).decode()
    made = make(request.param, sensors=[{"name": "microphone", "key": public}])
    yield made
    made.close()
