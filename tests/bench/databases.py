"""The two databases that benches run on, each new and empty."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg

from tests import postgres
from tests.bench import people


@contextmanager
def sqlite() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        yield people.sqlite_in(Path(folder))


@contextmanager
def postgresql() -> Iterator[str]:
    """A database of a server like the tests', but one that keeps what it commits. Raises ServerNotStarted."""
    os.environ["NABIJ_POSTGRES_DURABLE"] = "1"
    with (
        TemporaryDirectory() as run,
        postgres.shared_server(Path(run)) as server,
        postgres.fresh_database(server, f"bench_{uuid4().hex}") as url,
    ):
        yield url.render_as_string(hide_password=False)


DATABASES = {"SQLite": sqlite, "PostgreSQL": postgresql}


def postgres_version() -> str:
    """Of the server that the benches start; empty where it cannot be started."""
    try:
        with TemporaryDirectory() as run, postgres.shared_server(Path(run)) as server:
            version = psycopg.connect(host=str(server.query["host"]), user=postgres.SUPERUSER).info.server_version
    except postgres.ServerNotStarted:
        return ""
    return f"{version // 10_000}.{version % 10_000}"
