"""What somebody sent cannot look like a line of the log, in either form."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SENT = "/api/v1/needs/x\r\n2024-01-04 20:58:00 tocsin.web CRITICAL forged\x1b[2J\u2028forged"
SAY = f"""
import logging, structlog
from tocsin.cli.roles import log_lines
log_lines()
logging.getLogger("tocsin.web").error("fault at %s", {SENT!r})
structlog.get_logger("inbox").warning("a message was refused", sender={SENT!r})
try:
    raise ValueError({SENT!r})
except ValueError as fault:
    logging.getLogger("tocsin.web").error("fault", exc_info=fault)
"""


@pytest.mark.processes
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_of_a_log_is_forged(form: str) -> None:
    told = os.environ | {"TOCSIN_LOG_FORM": form}
    done = subprocess.run([sys.executable, "-c", SAY], check=True, capture_output=True, text=True, timeout=60, env=told)
    lines = done.stderr.splitlines()
    assert "\x1b" not in done.stderr
    assert [line for line in lines if line.startswith(("2024", "forged"))] == []
    first, second, third, *trace = lines
    assert "fault at /api/v1/needs/x\\r\\n2024" in first
    said = json.loads(second)["sender"] if form == "json" else second
    assert "CRITICAL forged" in said
    assert third.endswith("tocsin.web ERROR fault")
    assert trace
    assert all(line.startswith("    ") for line in trace)
