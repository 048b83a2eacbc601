from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workers.kit import Worker


@pytest.fixture
async def worker(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Worker]:
    """A worker that tries again at once, in a folder with a short name."""
    monkeypatch.setattr("tocsin.workers.deliver.RETRY_S", 0.01)
    folder = Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))
    made = Worker(folder)
    yield made
    await made.close()
    shutil.rmtree(folder)
