"""Playing a night: each step goes through the public API, with the keys of those who act. No back door."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiomqtt
import msgspec

from tocsin.app import night as nt
from tocsin.app.night.story import WARNS
from tocsin.cli.common import PATIENT_S, Api
from tocsin.cli.demo import Demo
from tocsin.cli.later import Later, aside
from tocsin.core.errors import Unavailable
from tocsin.core.time import rfc3339
from tocsin.wiring.clock import ReplayClock

FOUND_S = 10.0


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A step and what became of it. ``began``: monotonic seconds just before it was sent."""

    step: nt.AnyStep
    began: float
    answer: dict[str, Any]
    warning: str


class Player:
    """Plays the steps of one night into a running demonstration.

    Args:
        night: the night.
        demo: the keys of its officers and sources.
        url: of the web process.
        broker: host and port, for sources that are not trusted and so have no key.
        clock: the replay's clock, which every process of the demonstration follows.
    """

    def __init__(self, night: nt.Night, demo: Demo, *, url: str, broker: tuple[str, int], clock: ReplayClock) -> None:
        self.night = night
        self.clock = clock
        self._broker = broker
        self._officers = {"duty": Api(url, demo.duty, PATIENT_S), "second": Api(url, demo.second, PATIENT_S)}
        self._sources = {owner: Api(url, key, PATIENT_S) for owner, key in demo.sources.items()}
        self.warnings: dict[str, str] = {}
        self._later = Later(night, demo, url=url, clock=clock, warnings=self.warnings)
        self.done: list[Done] = []

    async def take(self, step: nt.AnyStep) -> Done:
        """Carry out one step now."""
        began = time.monotonic()
        answer: dict[str, Any] = {}
        if isinstance(step, nt.DetectionStep):
            answer = await self._detect(step)
        elif isinstance(step, WARNS):
            answer = await self._officer(step)
        elif not isinstance(step, nt.NoteStep):
            answer = await self._later.take(step)
        label = getattr(step, "warning", "") if isinstance(step, WARNS) else ""
        if label and answer.get("warning"):
            self.warnings[label] = answer["warning"]
        done = Done(step=step, began=began, answer=answer, warning=self.warnings.get(label, ""))
        self.done.append(done)
        return done

    async def _detect(self, step: nt.DetectionStep) -> dict[str, Any]:
        body = {
            "id": step.id,
            "threat": step.threat,
            "areas": list(step.areas),
            "observed_at": rfc3339(self.clock.now()),
            "note": step.note,
        }
        if self.night.sources[step.source].trusted:
            api = self._sources[step.source.split("/")[0]]
            return await aside(lambda: api.post("/detections", {**body, "source": step.source}))
        return await self._unsigned(step, body)

    async def _unsigned(self, step: nt.DetectionStep, body: dict[str, Any]) -> dict[str, Any]:
        """A source without a key speaks over MQTT, unsigned; what it led to is looked up afterwards."""
        host, port = self._broker
        async with aiomqtt.Client(host, port) as client:
            await client.publish(f"tocsin/detections/{step.source}", msgspec.json.encode(body), qos=1)
        deadline = time.monotonic() + FOUND_S
        while time.monotonic() < deadline:
            for row in (await aside(lambda: self._officers["duty"].get("/warnings")))["warnings"]:
                heard = row.get("inside", {}).get("heard", [])
                if any(s["detection_id"] == step.id and s["source"] == step.source for s in heard):
                    return {"warning": row["id"], "outcome": "proposed"}
            await asyncio.sleep(0.05)
        raise Unavailable(
            "TOC-8002",
            f"The detection {step.id} of {step.source} led to nothing in {FOUND_S:.0f} s.",
            field="mqtt",
            remedy="See whether the worker and the broker run.",
        )

    async def _officer(self, step: Any) -> dict[str, Any]:
        api = self._officers[step.by]
        if isinstance(step, nt.DraftStep):
            keys = ("threat", "level", "reason", "headline", "description", "instruction", "duration_s")
            body = {"areas": list(step.areas), **{k: v for k in keys if (v := getattr(step, k)) not in (None, {})}}
            return await aside(lambda: api.post("/warnings", body))
        warning = self.warnings[step.warning]
        path, body = await self._words(api, step, warning)
        return await aside(lambda: api.post(f"/warnings/{warning}/{path}", body))

    async def _words(self, api: Api, step: Any, warning: str) -> tuple[str, dict[str, Any]]:
        """The path and body of an officer's act on a warning."""
        if isinstance(step, nt.ApproveStep | nt.IssueStep):
            shown = await aside(lambda: api.get(f"/warnings/{warning}"))
            sha256 = shown["warning"]["inside"]["sha256"]
            if isinstance(step, nt.ApproveStep):
                return "approve", {"sha256": sha256}
            return "issue", {"sha256": sha256, "confirm": step.confirm}
        if isinstance(step, nt.UpdateStep):
            given = {"level": step.level, "areas": list(step.areas or ()) or None, "duration_s": step.duration_s}
            return "update", {"reason": step.reason, **{k: v for k, v in given.items() if v is not None}}
        if isinstance(step, nt.PartialClearStep):
            return "partial-clear", {"areas": list(step.areas), "reason": step.reason}
        path = "all-clear" if isinstance(step, nt.AllClearStep) else "cancel"
        return path, {"reason": step.reason}
