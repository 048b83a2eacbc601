"""A PostgreSQL server of the test run's own: a temporary folder, a Unix socket, no network port."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

USER = "postgres"


def program(name: str) -> str | None:
    """The server program, also where Debian keeps it out of PATH."""
    found = shutil.which(name)
    return found or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)


def missing() -> str | None:
    """Why no server can be started here, or None."""
    lacking = [name for name in ("initdb", "pg_ctl", "postgres") if program(name) is None]
    return f"the PostgreSQL server programs are missing: {', '.join(lacking)}" if lacking else None


def required() -> None:
    """Skip, or fail in the whole check, where no server can be started."""
    import pytest

    why = missing()
    if why:
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)


class Cluster:
    """One server. Its socket folder exists from the start, so that Django can be told of it before it runs."""

    def __init__(self) -> None:
        # Directly in /tmp: the path of a socket may not be longer than 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.started = False
        self.listens = ""
        """Addresses on which it also listens over TCP."""

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/postgres?host={self.folder}"

    def start(self) -> None:
        os.chmod(self.folder, 0o700)
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self.folder, USER, USER)
        self._run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.again()
        self.started = True

    def again(self) -> None:
        """Start the server over what is there."""
        where = f"-c listen_addresses='{self.listens}' -c unix_socket_directories={self.folder}"
        options = f"{where} -c fsync=on -c max_connections=60"
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        if self.started:
            self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
            self.started = False
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name: str, *arguments: object) -> None:
        as_user = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(
            [str(program(name)), *map(str, arguments)],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
            **as_user,  # type: ignore[arg-type]
        )
