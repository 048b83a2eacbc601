"""One role, one process: web, edge, worker, broker, siren."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click
import structlog

from tocsin.app.desk import Desk
from tocsin.app.kept import Kept
from tocsin.app.threads import attend, share
from tocsin.cli.common import parts, settings, web_options
from tocsin.cli.ready import ready_file
from tocsin.cli.replay import ReplaySirenClock
from tocsin.core.errors import Invalid
from tocsin.warn.state import WarnState
from tocsin.wiring.clock import ReplayClock
from tocsin.wiring.memory import settle
from tocsin.wiring.outside import broker_access, broker_settings, sensors
from tocsin.wiring.parts import Parts, arm
from tocsin.wiring.priority import go_first, stand_back
from tocsin.wiring.settings import Settings, check_processes, split_bind

if TYPE_CHECKING:
    from tocsin.workers.lanes import Share


class Patient:
    """Standard error that loses a line rather than raise: a full disk under the log must end no task."""

    def write(self, text: str) -> int:
        """Write it, if it can be written."""
        with contextlib.suppress(OSError):
            os.write(2, text.encode(errors="replace"))
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


def _written_out(text: str) -> str:
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


class OneLine(logging.Formatter):
    """One record, one line that begins at the margin: what somebody sent cannot look like a line of ours."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The line, with whatever would end it or move the cursor written out."""
        return _written_out(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """The trace, each line of it indented, also those that its message brought along."""
        return "\n".join(f"    {_written_out(line)}" for line in super().formatException(ei).splitlines())


def log_lines() -> None:
    """Lines on stderr, as the settings say; from libraries, warnings and up."""
    last: structlog.typing.Processor = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    if settings().log_form == "json":
        last = structlog.processors.JSONRenderer()
    lines = logging.StreamHandler()
    lines.setFormatter(OneLine("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, Patient())),
    )


LOOKUPS = "32"
"""Names that one process may look up at once. Four dead names hold libuv's own four threads for ten seconds and more,
and every other name waits behind them: webhooks of hosts that are no more, and the bus is not found either.
"""


def run_on_uvloop(main: Coroutine[Any, Any, None]) -> None:
    """Run it on a uvloop that does not wait for dead names."""
    import uvloop

    os.environ.setdefault("UV_THREADPOOL_SIZE", LOOKUPS)  # read once, at the first lookup
    uvloop.run(main)


async def _stopped() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def say_ready(run: Path) -> None:
    """Leave a file by which whoever started this process knows that it does its work."""
    run.mkdir(parents=True, exist_ok=True)
    ready_file(run, os.getpid()).touch()


def ready_to_act(desk: Desk, state: WarnState, over: threading.Event, rooms: Sequence[Kept[Any]] = ()) -> None:
    """Let the first act of this process find everything ready, and every later one, until it is over."""
    try:
        desk.rehearse(state)
    finally:
        settle()
        attend(desk, over, rooms)


Main = Callable[[asyncio.Event], Coroutine[Any, Any, object]]
"""What a role does until the event is set."""


def loop_of(role: str) -> Callable[[Coroutine[Any, Any, None]], None]:
    """What runs a role: uvloop where many sockets are served, asyncio where a library asks for it."""
    return asyncio.run if role in {"broker", "siren"} else run_on_uvloop


def _run(role: str, main: Main) -> None:
    """One role as a process of its own, until SIGTERM or SIGINT."""

    async def go() -> None:
        await main(await _stopped())

    loop_of(role)(go())


def web_ready(made: Parts) -> Callable[[], None]:
    """Hands the web door its parts, once Django is ready."""
    from tocsin.channels.webpush import allowed_hosts
    from tocsin.web.desk import set_desk, set_evidence, set_reach, set_record
    from tocsin.web.following import set_following
    from tocsin.web.push import set_push
    from tocsin.wiring.channels import greeter

    def ready() -> None:
        desk = made.desk
        set_desk(desk, made.shelters, vault=made.vault, repairs=made.repairs, reports=made.reports)
        set_evidence(made.evidence, made.publication)
        set_record(made.record)
        set_following(made.addresses, made.deliveries, greet=greeter(made))
        made.reach.count(())  # begins to count, so that the first officer who asks is told
        set_reach(made.reach)
        # A demonstration offers no browser what it will not keep: see wiring.channels.place.
        if made.vapid is not None and (made.settings.push_allow or not made.city.demo):
            set_push(made.addresses, made.vapid.public, allowed_hosts(made.settings.push_allow))
        # Beside the first requests: a process that was started again must answer at once.
        rooms = [*(room.kept for room in (made.reports, made.repairs, made.shelters, made.record)), made.record.indexed]
        given = (desk, desk.state(), threading.Event(), rooms)
        threading.Thread(target=ready_to_act, args=given, daemon=True).start()

    return ready


@click.command()
def web() -> None:
    """Serve accounts, the API and the pages."""
    from tocsin.web.serve import run

    log_lines()
    made = parts()
    own = made.settings
    host, port = split_bind(own.web_bind, "TOCSIN_WEB_BIND")
    run(web_options(own), host, port, ready=web_ready(made))


@click.command()
@click.option("--processes", type=int, help="So many on one port, instead of TOCSIN_EDGE_PROCESSES.")
def edge(processes: int | None) -> None:
    """Serve live clients. Opens no database."""
    from tocsin.edge.many import keep

    log_lines()
    made = parts()
    count = check_processes(made.settings.edge_processes if processes is None else processes)
    if count == 1:
        _edge(made, made.settings.edge_name, shared=False)
    else:
        keep(count, lambda number: _edge(made, f"{made.settings.edge_name}.{number}", shared=True))


def _edge(made: Parts, name: str, *, shared: bool) -> None:
    """One edge process, until it is told to stop."""
    main = edge_main(made, name, shared=shared)
    settle()  # the collector need not walk over what is here by now while thousands come
    _run("edge", main)


def edge_main(made: Parts, name: str, *, shared: bool) -> Main:
    """One edge. ``shared``: others listen on the same port."""
    from tocsin.edge.live import Limits
    from tocsin.edge.server import serve
    from tocsin.edge.tls import Certificate

    own = made.settings
    host, port = split_bind(own.edge_bind, "TOCSIN_EDGE_BIND")
    limits = Limits(connections=own.max_clients)
    tls = Certificate(Path(own.edge_certificate), Path(own.edge_key)) if own.edge_certificate else None

    async def run(stop: asyncio.Event) -> None:
        bus = made.subscription(name)
        served = asyncio.ensure_future(
            serve(host, port, bus, name, clock=made.clock, reuse_port=shared, limits=limits, tls=tls)
        )
        ended = asyncio.ensure_future(stop.wait())
        await asyncio.wait([served, ended], return_when=asyncio.FIRST_COMPLETED)
        served.cancel()
        for fault in await asyncio.gather(served, return_exceptions=True):
            if isinstance(fault, Exception):
                raise fault

    return run


@click.command()
def worker() -> None:
    """Relay the ledger, deliver to sirens, watch the time, keep the read tables."""
    log_lines()
    go_first()
    _run("worker", worker_main(parts(), apart=True))


@click.command()
def tables() -> None:
    """Keep the read tables for a worker, which starts this by itself and steers it over standard input."""
    from tocsin.wiring.tables_apart import serve

    log_lines()
    ledger = parts().ledger  # makes Django ready, which the store's tables need to be imported

    from tocsin.store.projections import Projector

    projector = Projector(ledger)
    stand_back()  # tables are for reading later
    settle()
    serve(projector, sys.stdin, sys.stdout)


def worker_main(made: Parts, *, apart: bool = False) -> Main:
    """The worker that leads, or stands by. ``apart``: it may start a process of its own for the read tables."""
    from tocsin.wiring import keys
    from tocsin.workers.main import Worker, run
    from tocsin.workers.watch import CHECKPOINTS

    own = made.settings
    share()
    desk = made.desk  # makes Django ready, which the store's tables need to be imported

    from tocsin.store.cursors import Cursors
    from tocsin.store.projections import Projector
    from tocsin.store.tidy import tidy
    from tocsin.wiring.tables_apart import Apart

    def ready() -> None:
        settle()  # the whole ledger is folded by now
        say_ready(own.run)

    made_worker = Worker(
        desk=desk,
        repairs=made.repairs,
        cursors=Cursors(),
        projector=Apart() if apart else Projector(desk.ledger),
        broker=broker_settings(own.broker, home=own.home),
        command_key=keys.LiveCommand(own.keys),
        ledger_key=keys.live_ledger(own.keys),
        sensors=sensors(own.home),
        run_dir=own.run,
        checkpoints=own.home / CHECKPOINTS,
        origin=made.city.id,
        proofs=made.proofs,
        letters=made.letters,
        site_url=own.site_url,
        edge_url=own.edge_url,
        nats=made.nats,
        seat=made.seat,
        ready=ready,
        tail=made.tail.after if made.tail is not None else None,
        tidy=tidy,
    )
    return lambda stop: run(made_worker, stop)


@click.command()
def broker() -> None:
    """Run the embedded MQTT broker of one machine."""
    log_lines()
    go_first()
    _run("broker", broker_main(settings()))


def broker_main(own: Settings) -> Main:
    """The embedded broker."""
    from tocsin.channels.mqtt_broker import serve

    host, port = split_bind(own.mqtt_bind, "TOCSIN_MQTT_BIND")
    return lambda stop: serve(host, port, stop, access=broker_access(own.home))


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def siren(config: Path) -> None:
    """Run the siren, or the sirens, that CONFIG (JSON) describes."""
    log_lines()
    own = settings()
    if own.crash_at:
        arm(own)
    _run("siren", siren_main(own, config))


def siren_main(own: Settings, config: Path) -> Main:
    """The sirens of a file."""
    from tocsin.siren.config import load
    from tocsin.siren.fleet import run_fleet

    configs = load(config.read_bytes())
    replayed = own.run / "clock.json"
    clock = ReplaySirenClock(ReplayClock(replayed)) if all(c.demo for c in configs) else None
    return lambda stop: run_fleet(configs, stop=stop, clock=clock)


@click.command()
@click.option("--share", default="1/1", show_default=True, help="Part of the address book, as 2/4: the second of four.")
def reach(share: str) -> None:
    """Tell subscribers by every channel that is set up; several processes share the address book."""
    from tocsin.workers.lanes import Share

    log_lines()
    try:
        mine = Share.read(share)
    except ValueError as fault:
        raise Invalid("TOC-8001", f"{share!r} is no share.", field="--share", remedy="Write it like 2/4.") from fault
    main = reach_main(parts(), mine)
    # Messages to a hundred thousand phones take seconds: sirens and pages, which take milliseconds, go first.
    stand_back()
    settle()
    _run("reach", main)


def reach_main(made: Parts, mine: Share) -> Main:
    """A worker of deliveries."""
    from tocsin.app.receipts import note
    from tocsin.wiring.canaries import canaries
    from tocsin.wiring.channels import channels, rates
    from tocsin.workers.reach_main import ReachWorker, run

    worker = ReachWorker(
        ledger=made.desk.ledger,
        sender=made.sender,
        clock=made.clock,
        book=made.addresses,
        deliveries=made.deliveries,
        channels=lambda heard: channels(made, heard),
        bus=made.subscription(f"reach-{mine.number}"),
        share=mine,
        proofs=made.proofs,
        canaries={one.channel: (one.address, one.every_s) for one in canaries(made.settings)},
        rates=rates(made.settings),
        record=lambda told: note(made.desk, [told]),
        contexts=made.open_push_pool,
    )
    return lambda stop: run(worker, stop)
