"""How a siren makes sound, and how it knows that it does.

A sink says "sounding" only for what it measured: the level of the samples that were really fed, a sound program that
is still alive and taking them, a relay whose sense line answers. What was merely commanded is never reported.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import shutil
import wave
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from tocsin.core.errors import Unavailable
from tocsin.siren.clock import SirenClock
from tocsin.siren.config import SirenConfig
from tocsin.warn.tones import RATE, TONES, pcm, rms, samples, tone, wav_bytes

THRESHOLD = 0.02
"""Level (RMS, full scale 1) above which there is sound: -34 dB, far below the softest tone and above noise."""

BLOCK_S = 0.25
"""Seconds of samples in one block fed or measured."""

HOOK_TIMEOUT_S = 5.0
"""Longest that an outside executable may take."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What a sink measured. ``level``: RMS from 0 to 1, or None where the sink cannot tell."""

    sounding: bool
    level: float | None = None
    detail: str = ""


class Sink(Protocol):
    """Something that sounds."""

    kind: str

    async def start(self, name: str, seconds: float, volume: float | None) -> None:
        """Sound that tone for no longer than ``seconds``. The same tone again only moves the end."""
        ...

    async def stop(self) -> None:
        """Be silent now."""
        ...

    async def measure(self) -> Measurement:
        """Whether there is sound at this moment."""
        ...

    async def quiet_test(self) -> Measurement:
        """Test as much of the chain as can be tested without being heard; ``sounding`` means that it works."""
        ...


@functools.lru_cache(maxsize=16)
def _one_period(name: str) -> NDArray[np.float32]:
    return samples(name, tone(name).period)


def block_at(name: str, seconds: float, volume: float = 1.0) -> NDArray[np.float32]:
    """The block of samples that is due ``seconds`` after the beginning of a tone."""
    period = _one_period(name)
    places = np.arange(round(BLOCK_S * RATE)) + round(max(0.0, seconds) * RATE)
    if not TONES[name].repeats:
        return (
            np.where(places < len(period), period[np.minimum(places, len(period) - 1)], 0).astype(np.float32) * volume
        )
    return np.asarray(period[places % len(period)] * np.float32(volume), dtype=np.float32)


class MeterSink:
    """Synthesises the sound and measures it instead of playing it: demonstrations and tests."""

    kind = "meter"

    def __init__(self, clock: SirenClock) -> None:
        self._clock = clock
        self._name = ""
        self._volume = 1.0
        self._began = self._until = float("-inf")
        self._loud_at = float("-inf")

    async def start(self, name: str, seconds: float, volume: float | None) -> None:
        """Begin to synthesise."""
        now = self._clock.read().mono
        level = 1.0 if volume is None else volume
        if (name, level) != (self._name, self._volume) or now >= self._until:
            self._name, self._volume, self._began, self._loud_at = name, level, now, float("-inf")
            await self._prepare(seconds)
        self._until = now + seconds

    async def _prepare(self, seconds: float) -> None:
        """Nothing to prepare: blocks are made when they are due."""

    async def stop(self) -> None:
        """Synthesise nothing."""
        self._until = float("-inf")

    async def measure(self) -> Measurement:
        """The level of the block that is due; a rest inside the tone's rhythm does not count as silence."""
        now = self._clock.read().mono
        if now >= self._until:
            return Measurement(sounding=False, level=0.0, detail="no samples")
        level = rms(await self._block(now - self._began))
        if level > THRESHOLD:
            self._loud_at = now
        else:
            await self._look_back(now)
        quiet_for = now - self._loud_at
        sounding = quiet_for <= TONES[self._name].longest_rest + 2 * BLOCK_S
        return Measurement(sounding=sounding, level=round(level, 4), detail=f"rms {level:.3f} of {self._name}")

    async def _look_back(self, now: float) -> None:
        """Measure the blocks that fell due since the last measurement, newest first, until one is loud: whoever
        measures seldom would otherwise hit only the rests of a rhythm.
        """
        at = now - BLOCK_S
        while at > max(self._began, self._loud_at, now - TONES[self._name].longest_rest - 2 * BLOCK_S):
            if rms(await self._block(at - self._began)) > THRESHOLD:
                self._loud_at = at
                return
            at -= BLOCK_S

    async def _block(self, seconds: float) -> NDArray[np.float32]:
        return block_at(self._name, seconds, self._volume)

    async def quiet_test(self) -> Measurement:
        """Synthesise a block far below hearing and find it again."""
        level = rms(block_at("steady", 0.0, 0.001))
        works = 0.0005 < level < 0.001
        return Measurement(sounding=works, level=round(level, 6), detail="synthesis measured at -60 dB")


class WavSink(MeterSink):
    """Writes each sound as a WAV file and measures what is in the file."""

    kind = "wav"

    def __init__(self, clock: SirenClock, folder: Path) -> None:
        super().__init__(clock)
        self._folder = folder

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._name}.wav"

    async def _prepare(self, seconds: float) -> None:
        await asyncio.to_thread(self._write, seconds)

    def _write(self, seconds: float) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(wav_bytes(self._name, seconds))

    async def _block(self, seconds: float) -> NDArray[np.float32]:
        return await asyncio.to_thread(self._read, seconds)

    def _read(self, seconds: float) -> NDArray[np.float32]:
        try:
            with wave.open(str(self._path), "rb") as file:
                # A prolonged sound goes round in the same file.
                file.setpos(round(seconds * RATE) % max(1, file.getnframes() - round(BLOCK_S * RATE)))
                raw = file.readframes(round(BLOCK_S * RATE))
        except (OSError, EOFError, wave.Error):
            return np.zeros(0, dtype=np.float32)
        return np.frombuffer(raw, dtype="<i2").astype(np.float32) / np.float32(32767) * np.float32(self._volume)


class ProcessSink:
    """Feeds a sound program (aplay, paplay) through a pipe.

    Fed block by block and never ahead: when the agent dies the pipe closes and the sound ends by itself.
    """

    def __init__(self, kind: str, command: tuple[str, ...], clock: SirenClock) -> None:
        self.kind = kind
        self._command = command
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._feeder: asyncio.Task[None] | None = None
        self._playing: tuple[str, float] | None = None
        self._until = float("-inf")
        self._level = 0.0

    async def start(self, name: str, seconds: float, volume: float | None) -> None:
        """Start the program, or prolong what it plays."""
        wanted = (name, 1.0 if volume is None else volume)
        until = self._clock.read().mono + seconds
        if self._alive() and self._playing == wanted:
            self._until = until
            return
        await self.stop()
        self._playing, self._until = wanted, until
        with contextlib.suppress(OSError):
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            self._feeder = asyncio.create_task(self._feed(self._process, *wanted))

    async def _feed(self, process: asyncio.subprocess.Process, name: str, volume: float) -> None:
        if process.stdin is None:
            return
        place = 0.0
        with contextlib.suppress(ConnectionError, BrokenPipeError):
            while self._clock.read().mono < self._until:
                block = block_at(name, place, volume)
                process.stdin.write(pcm(block))
                await process.stdin.drain()
                self._level = max(rms(block), self._level * 0.9)
                place += BLOCK_S
        process.stdin.close()

    def _alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def stop(self) -> None:
        """End the program, kindly and then not."""
        if self._feeder is not None:
            self._feeder.cancel()
            await asyncio.gather(self._feeder, return_exceptions=True)
        process, self._process, self._feeder, self._playing, self._level = self._process, None, None, None, 0.0
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        try:
            async with asyncio.timeout(1.0):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def measure(self) -> Measurement:
        """Sound means: the program lives and has taken samples with a level."""
        if not self._alive():
            return Measurement(sounding=False, detail=f"{self._command[0]} is not running")
        on = self._level > THRESHOLD and self._clock.read().mono < self._until
        return Measurement(
            sounding=on, level=round(self._level, 4), detail=f"{self._command[0]} takes samples; no microphone"
        )

    async def quiet_test(self) -> Measurement:
        """Play a tenth of a second of digital silence."""
        code = await _run(self._command, stdin=bytes(RATE // 5))
        return Measurement(sounding=code == 0, detail=f"{self._command[0]} played silence, exit {code}")


class GpioSink:
    """An executable that switches a relay: ``on TONE``, ``off``, ``sense`` (exit 0 = sound, 1 = silence), ``test``.

    Where ``sense`` answers anything else the relay has no sense line, and the exit of ``on`` is all that is known.
    """

    kind = "gpio"

    def __init__(self, executable: str, clock: SirenClock) -> None:
        self._executable = executable
        self._clock = clock
        self._on = False
        self._until = float("-inf")

    async def start(self, name: str, seconds: float, volume: float | None) -> None:  # noqa: ARG002 - a relay is on or off
        """Close the relay."""
        self._until = self._clock.read().mono + seconds
        self._on = await _run((self._executable, "on", name)) == 0

    async def stop(self) -> None:
        """Open the relay."""
        await _run((self._executable, "off"))
        self._on = False

    async def measure(self) -> Measurement:
        """Ask the sense line, else say what the relay was told."""
        code = await _run((self._executable, "sense"))
        if code in (0, 1):
            return Measurement(sounding=code == 0, detail="sense line")
        return Measurement(sounding=self._on, detail="relay switched, not sensed")

    async def quiet_test(self) -> Measurement:
        """Run the executable's own test."""
        code = await _run((self._executable, "test"))
        return Measurement(sounding=code == 0, detail=f"own test, exit {code}")


async def _run(command: tuple[str, ...], stdin: bytes | None = None) -> int:
    """Run an executable with a timeout; its exit status, or -1 when it could not run or took too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return -1
    try:
        async with asyncio.timeout(HOOK_TIMEOUT_S):
            await process.communicate(stdin)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return -1
    return process.returncode if process.returncode is not None else -1


run_hook = _run


def make(config: SirenConfig, clock: SirenClock) -> Sink:
    """The sink that the settings name.

    Raises:
        Unavailable: its program is not installed (TOC-8002).
    """
    if config.sink == "wav":
        return WavSink(clock, Path(config.sink_path or Path(config.folder) / "sound"))
    if config.sink == "gpio":
        return GpioSink(_found(config.sink_path), clock)
    if config.sink == "alsa":
        device: tuple[str, ...] = ("-D", config.sink_path) if config.sink_path else ()
        raw: tuple[str, ...] = ("-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1")
        return ProcessSink("alsa", (_found("aplay"), *raw, *device, "-"), clock)
    if config.sink == "pulse":
        device = (f"--device={config.sink_path}",) if config.sink_path else ()
        raw = ("--raw", "--format=s16le", f"--rate={RATE}", "--channels=1")
        return ProcessSink("pulse", (_found("paplay"), *raw, *device), clock)
    return MeterSink(clock)


def _found(program: str) -> str:
    path = shutil.which(program) if program else None
    if path is None:
        raise Unavailable(
            "TOC-8002",
            f"The sound program {program!r} is not there.",
            field="siren.sink",
            remedy="Install it, or choose another sink.",
        )
    return path
