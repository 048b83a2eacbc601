"""What the sirens sound like, as data, and the samples made from it.

Siren relays tell fire, test, disaster and all clear apart by *timing*, and so do people: the all clear differs from
the wail in rhythm, not only in pitch, so that somebody who cannot tell pitches apart still knows which one it is.
Nothing here is a recording; every sound is synthesised from these numbers.
"""

from __future__ import annotations

import functools
import io
import wave

import msgspec
import numpy as np
from numpy.typing import NDArray

from tocsin.core.errors import Invalid

RATE = 16_000
"""Samples per second: four times what the highest tone needs, and cheap for a small board."""

EDGE_S = 0.005
"""Length of the fade, in seconds, where the level jumps, so that a speaker does not click."""


class Segment(msgspec.Struct, frozen=True):
    """A piece of a tone: a linear sweep from ``from_hz`` to ``to_hz`` in ``seconds`` at ``level`` (0 to 1)."""

    from_hz: float
    to_hz: float
    seconds: float
    level: float


class Tone(msgspec.Struct, frozen=True, kw_only=True):
    """A named sound. ``urgent``: it calls for cover, the sound floor applies. ``repeats``: it loops until stopped."""

    name: str
    segments: tuple[Segment, ...]
    urgent: bool = False
    repeats: bool = True

    @property
    def period(self) -> float:
        """Seconds until it begins anew."""
        return sum(segment.seconds for segment in self.segments)

    @property
    def longest_rest(self) -> float:
        """Seconds of the longest silence inside a period."""
        return max((segment.seconds for segment in self.segments if segment.level == 0), default=0.0)


TONES: dict[str, Tone] = {
    tone.name: tone
    for tone in (
        # Rises and falls without a pause: take cover.
        Tone(name="wail", urgent=True, segments=(Segment(420, 840, 3.5, 1.0), Segment(840, 420, 3.5, 1.0))),
        # One pitch without a pause: attention, listen for what follows.
        Tone(name="steady", urgent=True, segments=(Segment(520, 520, 4.0, 1.0),)),
        # Two long notes and a long rest: it is over. No sweep, half of it silence.
        Tone(
            name="all_clear",
            segments=(
                Segment(440, 440, 2.0, 0.9),
                Segment(440, 440, 0.5, 0.0),
                Segment(440, 440, 2.0, 0.9),
                Segment(440, 440, 2.5, 0.0),
            ),
        ),
        # Three short soft notes going down, once.
        Tone(
            name="test_chime",
            repeats=False,
            segments=(
                Segment(784, 784, 0.4, 0.3),
                Segment(659, 659, 0.4, 0.3),
                Segment(523, 523, 0.7, 0.3),
                Segment(523, 523, 0.5, 0.0),
            ),
        ),
        # Two soft notes up, twice, then a rest: an exercise, and nothing like the others.
        Tone(
            name="drill_chime",
            segments=(
                Segment(523, 523, 0.25, 0.25),
                Segment(784, 784, 0.25, 0.25),
                Segment(523, 523, 0.25, 0.25),
                Segment(784, 784, 0.25, 0.25),
                Segment(784, 784, 2.0, 0.0),
            ),
        ),
    )
}


def tone(name: str) -> Tone:
    """The tone of that name.

    Raises:
        Invalid: there is none (TOC-4001).
    """
    try:
        return TONES[name]
    except KeyError:
        raise Invalid(
            "TOC-4001", f"{name!r} is no tone.", field="tone", remedy=f"Use one of {', '.join(TONES)}."
        ) from None


def samples(name: str, seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """Synthesise a tone: mono, -1 to 1, ``round(seconds * rate)`` samples.

    The phase is the running sum of the frequency, so sweeps and joints never jump. A tone that does not repeat is
    followed by silence.
    """
    what = tone(name)
    wanted = max(0, round(seconds * rate))
    hertz, level = _period(name, rate)
    if what.repeats:
        times = -(-wanted // len(hertz))
        hertz, level = np.tile(hertz, times)[:wanted], np.tile(level, times)[:wanted]
    else:
        pad = max(0, wanted - len(hertz))
        hertz, level = np.pad(hertz, (0, pad))[:wanted], np.pad(level, (0, pad))[:wanted]
    phase = np.cumsum(hertz, dtype=np.float64) * (2 * np.pi / rate)
    return (np.sin(phase) * level).astype(np.float32)


@functools.lru_cache(maxsize=16)
def _period(name: str, rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequency in Hz and level of each sample of one period."""
    what = tone(name)
    edges = np.round(np.cumsum([0.0, *(s.seconds for s in what.segments)]) * rate).astype(int)
    hertz, level = np.zeros(edges[-1]), np.zeros(edges[-1])
    for segment, first, last in zip(what.segments, edges[:-1], edges[1:], strict=True):
        hertz[first:last] = np.linspace(segment.from_hz, segment.to_hz, last - first, endpoint=False)
        level[first:last] = segment.level
    width = max(1, round(EDGE_S * rate))
    ring = np.concatenate([level[-width:], level, level[:width]])
    return hertz, np.convolve(ring, np.full(width, 1 / width), mode="same")[width:-width]


def pcm(block: NDArray[np.float32]) -> bytes:
    """Samples as 16-bit little-endian, the form that WAV files and sound programs take."""
    return (np.clip(block, -1, 1) * 32767).astype("<i2").tobytes()


def wav_bytes(name: str, seconds: float, rate: int = RATE) -> bytes:
    """The tone as a WAV file, mono, 16 bit."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm(samples(name, seconds, rate)))
    return out.getvalue()


def rms(block: NDArray[np.float32]) -> float:
    """Root mean square of samples, 0 to 1; 0.0 of none."""
    return float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))) if block.size else 0.0
