"""The second half of a night, asked of the public API by those who come after the all clear. No back door."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from tocsin.app import night as nt
from tocsin.cli import acts
from tocsin.cli.acts import Act
from tocsin.cli.common import PATIENT_S, Api
from tocsin.cli.demo import Demo
from tocsin.cli.drawings import draw
from tocsin.core.errors import Refused
from tocsin.wiring.clock import ReplayClock

TRIES = 4

IDLE = {"outcome": "idle"}
"""A crew with nothing left to do."""


class Later:
    """Takes the steps about claims, evidence, repair and the bulletin.

    Args:
        night: the night.
        demo: the keys of those who act.
        url: of the web process.
        clock: the replay's clock.
        warnings: label → id of the warnings so far; filled by whoever plays the first half.
    """

    def __init__(self, night: nt.Night, demo: Demo, *, url: str, clock: ReplayClock, warnings: dict[str, str]) -> None:
        self._night = night
        self._clock = clock
        self._warnings = warnings
        self._apis = {
            "": Api(url, "", PATIENT_S),
            "duty": Api(url, demo.duty, PATIENT_S),
            "second": Api(url, demo.second, PATIENT_S),
        }
        self._apis |= {seat: Api(url, key, PATIENT_S) for seat, key in demo.seats.items()}
        self._apis |= {f"source/{owner}": Api(url, key, PATIENT_S) for owner, key in demo.sources.items()}
        self._needs: dict[str, str] = {}
        self._under_way: dict[str, str] = {}
        self._moves = 0

    async def take(self, step: nt.AnyStep) -> dict[str, Any]:
        """Carry out one step now; what came of it."""
        if isinstance(step, nt.EvidenceStep):
            return await self._evidence(step)
        if isinstance(step, nt.DamageStep):
            return await self._damage(step)
        if isinstance(step, nt.MoveStep):
            return await self._move(step)
        if isinstance(step, nt.PlanStep):
            return await self._plan(step)
        return await self._ask(self._act(step))

    async def _plan(self, step: nt.PlanStep) -> dict[str, Any]:
        """By hand; where the planner was quicker by a moment its plan stands, and is looked at and made anew."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(Refused):
                return await self._ask(acts.plan(step))
        return await self._ask(acts.plan(step))

    def _act(self, step: nt.AnyStep) -> Act:
        """The one request of a step that needs one."""
        if isinstance(step, nt.IncidentStep):
            return acts.incident(step, self._night, self._warnings.get(step.warning, ""))
        whole = OF_NIGHT.get(type(step))
        if whole is not None:
            return whole(step, self._night)
        if isinstance(step, nt.WeatherStep):
            return acts.weather(step, self._clock.now())
        about = OF_NEED.get(type(step))
        if about is not None:
            return about(step, self._needs[step.need])  # type: ignore[union-attr]  # each of those steps has one
        return PLAIN[type(step)](step)

    async def _ask(self, act: Act) -> dict[str, Any]:
        api = self._apis.get(act.who) or self._apis[act.who.split("/")[0]]
        return await aside(lambda: api.post(act.path, act.body))

    async def _evidence(self, step: nt.EvidenceStep) -> dict[str, Any]:
        return await self._hand_in(step.by, step.id, step.scene, step.exact, step.collector, sensitive=step.sensitive)

    async def _hand_in(
        self,
        who: str,
        id_: str,
        scene: str,
        exact: tuple[float, float] | None,
        collector: str,
        *,
        sensitive: bool = False,
    ) -> dict[str, Any]:
        """Draw a picture and hand it in."""
        picture = draw(scene, seed=id_, at=self._clock.now(), exact=exact)
        fields = {"id": id_, "collector": collector, "sensitive": "true" if sensitive else "false"}
        api = self._apis[who]
        return await aside(lambda: api.upload("/evidence", f"{scene}.jpg", picture, fields))

    async def _damage(self, step: nt.DamageStep) -> dict[str, Any]:
        """A resident reports, which opens a need; a dispatcher rings back, or sees that it is known already."""
        said = await self._ask(acts.report(step, self._night))
        need = self._needs[step.id] = acts.need_of(said["id"])
        done = [said]
        if step.same_as:
            into = self._needs[step.same_as]
            done.append(await self._ask(acts.merge(need, into)))
            need = self._needs[step.id] = into
        else:
            done.append(await self._ask(acts.assess(step, need)))
        done.append(await self._ask(acts.handled(said["id"], need, again=bool(step.same_as))))
        return {"id": said["id"], "entries": [entry for one in done for entry in one["entries"]]}

    async def _move(self, step: nt.MoveStep) -> dict[str, Any]:
        """A crew sets out for what its plan says, or says what became of what it set out for."""
        wanted = [self._needs[step.need]] if step.need else await self._route(step)
        for need in wanted:
            self._moves += 1
            label = f"{step.by}-{self._moves}"
            photo = ""
            if step.scene:
                photo = (await self._hand_in("dispatcher", f"done-{label}", step.scene, None, "crew"))["id"]
            try:
                done = await self._ask(acts.move(step, need, photo, label))
            except Refused:
                if step.need:
                    raise
                continue  # somebody else has taken it meanwhile: the next one
            self._under_way[step.by] = need if step.state == "on_the_way" else ""
            return done | {"need_id": need}
        return IDLE

    async def _route(self, step: nt.MoveStep) -> list[str]:
        under_way = self._under_way.get(step.by, "")
        if step.state != "on_the_way":
            return [under_way] if under_way else []
        told = await aside(lambda: self._apis["dispatcher"].get("/plan"))
        routes = (told["plan"] or {"routes": []})["routes"]
        return [stop["need"] for route in routes if route["crew"] == step.by for stop in route["stops"]]


PLAIN: dict[type, Callable[[Any], Act]] = {
    nt.SourceStep: acts.source,
    nt.RelateStep: acts.relate,
    nt.RetractStep: acts.retract,
    nt.MarkStep: acts.mark,
    nt.ReleaseStep: acts.release,
    nt.StopCrewStep: acts.stop_crew,
    nt.ResumeCrewStep: acts.resume_crew,
    nt.BulletinStep: acts.bulletin,
}
"""Steps that are one request and need nothing but themselves."""

OF_NIGHT: dict[type, Callable[[Any, nt.Night], Act]] = {nt.ClaimStep: acts.claim, nt.CrewStep: acts.crew}
"""Steps whose local times need the night."""

OF_NEED: dict[type, Callable[[Any, str], Act]] = {
    nt.PinStep: acts.pin,
    nt.ReopenStep: acts.reopen,
    nt.ThermometerStep: acts.thermometer,
}
"""Steps about a need, which is known by the label of the report that led to it."""


async def aside(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run a blocking call in a thread, so that the observers go on listening."""
    return await asyncio.get_running_loop().run_in_executor(None, call)
