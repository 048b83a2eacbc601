"""The web door under gunicorn: one process, several threads, no log of who asked for what; or in ours."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.sock import create_sockets

from tocsin.app.threads import share
from tocsin.core.errors import Unavailable
from tocsin.web.config import API_BODY, body_doors
from tocsin.web.desk import desk
from tocsin.web.patient import PatientWorker
from tocsin.web.wsgi import application, configure

if TYPE_CHECKING:
    from tocsin.web.options import WebOptions

MOST = 2_000
"""Connections that are open at once."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn told by us alone: it reads no command line, no environment and no configuration file."""

    def __init__(self, options: WebOptions, bind: list[str], ready: Callable[[], None] | None) -> None:
        self._options = options
        self._doors = body_doors(options.evidence_body)
        self.proxies = frozenset(options.proxies)
        self._bind = bind
        self._ready = ready
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings."""
        chosen: dict[str, Any] = {
            "bind": self._bind,
            "worker_class": f"{PatientWorker.__module__}.{PatientWorker.__name__}",
            "worker_connections": _most_connections(),
            "workers": 1,
            "threads": self._options.threads,
            "timeout": 30,
            "graceful_timeout": 10,
            "keepalive": 15,
            # No header chooses where we stand or which page is meant: a proxy on this machine would pass it on from
            # anybody.
            "forwarder_headers": "",
            "limit_request_line": 4094,
            "limit_request_fields": 50,
            # No access log: addresses and query strings of people who look for shelter are nobody's business.
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "proc_name": "tocsin-web",
            "preload_app": False,
            # The supervisor ends us by signal; nobody needs a socket to steer gunicorn.
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def largest(self, path: str) -> int:
        """Bytes that the body of a request for a path may have."""
        return self._doors.get(path, API_BODY)

    def expect(self, officers: int) -> None:
        """So many officers are inside who do more than read; called in the worker."""
        with contextlib.suppress(Unavailable):  # a door without a desk
            desk().expect(officers)

    def load(self) -> Callable[..., Any]:
        """Make the application inside the worker, after the fork: no database handle or lock crosses it."""
        share()
        configure(self._options)
        if self._ready is not None:
            self._ready()
        return application(self._options)


def run(
    options: WebOptions, host: str = "127.0.0.1", port: int = 8000, *, ready: Callable[[], None] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        options: what the web door needs to know.
        host: address to listen on.
        port: TCP port.
        ready: called in the worker process when Django is ready and before the first request; the place to call
            ``set_desk``.
    """
    Server(options, _bind(host, port), ready).run()


def run_here(options: WebOptions, host: str, port: int, *, ready: Callable[[], None] | None = None) -> None:
    """Serve as :func:`run` does, in this very process and its main thread, beside what other threads do."""
    server = Server(options, _bind(host, port), ready)
    said = server.cfg.logger_class(server.cfg)
    sockets = create_sockets(server.cfg, said)
    # The parent is asked for, as by any worker: one that is left alone by its parent ends.
    PatientWorker(1, os.getppid(), sockets, server, server.cfg.timeout, server.cfg, said).init_process()


def _most_connections() -> int:
    """As many connections as leave half of the files that this process may open to everything else."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, soft // 2)


def _bind(host: str, port: int) -> list[str]:
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
