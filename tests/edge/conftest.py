"""A real edge, fed by a real hub."""

import pytest
import uvloop

from edge.rig import Rig
from tocsin.edge.live import Limits


def pytest_asyncio_loop_factories(config, item):
    """The edge is tested on the loop that it runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def limits():
    return Limits()


@pytest.fixture
async def rig(tmp_path, limits):
    rig = Rig(tmp_path, limits)
    await rig.start()
    yield rig
    await rig.stop()
