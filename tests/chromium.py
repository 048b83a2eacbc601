"""Which Chromium the tests drive.

The shell without a window takes a third of the time of the whole browser, and shows no notifications.
"""

from __future__ import annotations

import os
import shutil

import pytest

WHOLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHELL = shutil.which("chromium-headless-shell") or WHOLE

FLAGS = ("--no-sandbox", "--headless")


def required(path: str | None = SHELL) -> str:
    """The browser's path. Absent, the test is skipped; under CI=true it fails."""
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    return path
