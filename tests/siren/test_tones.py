"""The sounds."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from tocsin.core.errors import Invalid
from tocsin.warn.tones import RATE, TONES, rms, samples, wav_bytes


def rests(name: str) -> float:
    """Share of silence in ten seconds, by blocks of 50 ms."""
    sound = samples(name, 10).reshape(-1, RATE // 20)
    return float(np.mean(np.sqrt(np.mean(sound**2, axis=1)) < 0.01))


@pytest.mark.parametrize("name", TONES)
def test_a_tone_has_its_length_and_stays_inside_full_scale(name):
    sound = samples(name, 3.3)
    assert sound.dtype == np.float32
    assert len(sound) == round(3.3 * RATE)
    assert np.abs(sound).max() <= 1


@pytest.mark.parametrize("name", TONES)
def test_no_tone_jumps(name):
    """A phase that jumps clicks. Between two samples a sine can move by 2 π f / rate and no more, plus the fade."""
    segments = TONES[name].segments
    highest = max(max(s.from_hz, s.to_hz) for s in segments)
    steepest = 2 * np.pi * highest / RATE + 1 / (0.005 * RATE)
    assert np.abs(np.diff(samples(name, 20))).max() <= steepest


def test_the_all_clear_differs_from_the_wail_in_rhythm_not_only_in_pitch():
    assert rests("wail") == 0
    assert rests("steady") == 0
    assert 0.3 < rests("all_clear") < 0.6


def test_only_the_wail_sweeps():
    assert [n for n, t in TONES.items() if any(s.from_hz != s.to_hz for s in t.segments)] == ["wail"]


def test_the_pitch_is_what_the_data_says():
    sound = samples("steady", 2)
    peak = np.argmax(np.abs(np.fft.rfft(sound))) / 2
    assert peak == pytest.approx(520, abs=1)


def test_a_chime_sounds_once():
    assert rms(samples("test_chime", 10)[round(2.1 * RATE) :]) == 0


def test_the_wav_file_is_one():
    with wave.open(io.BytesIO(wav_bytes("wail", 1.5))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == round(1.5 * RATE)


def test_an_unknown_tone_is_refused():
    with pytest.raises(Invalid, match="TOC-4001"):
        samples("hum", 1)
