"""Every tone, rendered by a browser's own audio, against the samples that a siren's agent makes."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from browser.kit import bundle
from tocsin.warn.tones import TONES, samples
from tocsin.web.sounds import tones_document

pytestmark = pytest.mark.browser

RATE = 24_000
SECONDS = 9.0
BLOCK = RATE // 50

RENDER = """async ([tones, name, seconds, rate]) => {
  const context = new OfflineAudioContext(1, seconds * rate, rate);
  const planned = lib.plan(tones.tones[name], seconds, tones.edge_s);
  lib.schedule(context, planned, 0, context.destination);
  const made = await context.startRendering();
  const bytes = new Uint8Array(made.getChannelData(0).buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}"""


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    page = browser.new_page()
    page.evaluate(bundle("lib/sound.ts", "lib"))
    return page


def rendered(page: Any, name: str) -> NDArray[np.float32]:
    """The tone as the browser makes it."""
    return np.frombuffer(base64.b64decode(page.evaluate(RENDER, [tones_document(), name, SECONDS, RATE])), "<f4")


def levels(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Loudness of each 20 ms, as the level of a full sine."""
    blocks = sound.astype(np.float64).reshape(-1, BLOCK)
    return np.sqrt(2 * np.mean(blocks**2, axis=1))


def pitches(sound: NDArray[np.float32]) -> list[float]:
    """Frequency of each 20 ms in Hz, from the times of the first and last rise through zero; 0 in silence."""
    found = []
    for block in sound.astype(np.float64).reshape(-1, BLOCK):
        at = np.flatnonzero((block[:-1] < 0) & (block[1:] >= 0))
        if len(at) < 4 or np.abs(block).max() < 0.05:
            found.append(0.0)
            continue
        exact = at + block[at] / (block[at] - block[at + 1])
        found.append((len(at) - 1) * RATE / (exact[-1] - exact[0]))
    return found


@pytest.mark.parametrize("name", list(TONES))
def test_a_tone_is_the_same_in_a_browser_as_on_a_roof(page: Any, name: str) -> None:
    made = rendered(page, name)
    wanted = samples(name, SECONDS, RATE)
    assert made.shape == wanted.shape
    for here, there in zip(pitches(made), pitches(wanted), strict=True):
        if here and there:
            assert here == pytest.approx(there, rel=0.004)
    ends = {0, round(SECONDS * 50) - 1}  # What begins and ends fades in the browser; an agent is cut off.
    for block, (here, there) in enumerate(zip(levels(made), levels(wanted), strict=True)):
        if block not in ends:
            assert here == pytest.approx(there, abs=0.04), f"{block * 20} ms"
    assert np.abs(made).max() <= 1.0


@pytest.mark.parametrize("name", list(TONES))
def test_nothing_clicks(page: Any, name: str) -> None:
    made = rendered(page, name)
    highest = max(max(s.from_hz, s.to_hz) for s in TONES[name].segments)
    steepest = 2 * np.pi * highest / RATE + 1 / (tones_document()["edge_s"] * RATE)
    assert np.abs(np.diff(made)).max() <= steepest
    assert made[0] == 0
    assert abs(made[-1]) < 0.01


def opened(context: Any, site: str) -> Any:
    """A tab with a sounder in it."""
    page = context.new_page()
    page.goto(site + "/healthz")
    page.evaluate(bundle("lib/sound.ts", "lib"))
    page.evaluate(f"window.sounder = new lib.Sounder({json.dumps(tones_document())}, 40)")
    return page


def test_it_sounds_after_a_touch_and_obeys_other_tabs(browser: Any, site: str) -> None:
    """The browser's own lock, a real audio clock, and what is left in the store."""
    context = browser.new_context()
    page = opened(context, site)
    assert page.evaluate("sounder.locked")
    page.evaluate("sounder.arm(document)")
    page.mouse.click(5, 5)
    page.wait_for_function("!sounder.locked")
    assert page.evaluate("sounder.play('wail', 60, 'w1')")
    assert page.evaluate("sounder.sounding") == "wail"
    assert not page.evaluate("sounder.play('steady', 30, 'w2')")

    other = opened(context, site)
    assert other.evaluate("sounder.waitS") > 0
    other.evaluate("sounder.muteRaid('w1')")
    page.wait_for_function("sounder.sounding === null")
    page.reload()
    assert page.evaluate("localStorage.length") == 2
    context.close()
