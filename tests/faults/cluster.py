"""A PostgreSQL server of a test's own, that can be stopped at once and started again, and a wire to it that can be cut.

The server keeps what it commits (synchronous_commit is on): an immediate stop is followed by its crash recovery, as
after a power cut.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg

from tests import postgres

_KEPT: Final = postgres.SETTINGS | postgres.DURABLE
_COMMIT: Final = b"COMMIT"


class Cluster:
    """The server in `home`, on a unix socket there."""

    def __init__(self, home: Path, programs: Path) -> None:
        self.home = home
        self._programs = programs
        self._server: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        settings = [word for name, value in _KEPT.items() for word in ("-c", f"{name}={value}")]
        with (self.home / "server.log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: ASYNC220 -- it returns at once
                [self._programs / "postgres", "-D", self.home / "data", "-k", self.home, *settings],
                cwd=self.home,
                stdout=log,
                stderr=log,
                **postgres._unprivileged(),
            )
        async with asyncio.timeout(postgres.SECONDS_TO_START):
            while not await asyncio.to_thread(postgres._answers, self.home):
                assert self._server.poll() is None, (self.home / "server.log").read_text()[-2000:]
                await asyncio.sleep(0.05)

    async def stop_at_once(self) -> None:
        """No connection is ended, no transaction finished."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(self._server.wait)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It keeps every connection and answers nothing, as behind a network that swallows packets."""
        assert self._server is not None
        told = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text()
        processes = [self._server.pid, *map(int, told.split())]
        try:
            for process in processes:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def ask(self, statement: str) -> int:
        """Runs it and returns how many rows it touched."""
        with psycopg.connect(host=str(self.home), user=postgres.SUPERUSER, dbname="postgres", autocommit=True) as conn:
            return conn.execute(statement.encode()).rowcount


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    home = Path(tempfile.mkdtemp(prefix="nabij-cluster-", dir=postgres._short_folder()))
    programs = await asyncio.to_thread(_initialised, home)
    server = Cluster(home, programs)
    await server.start()
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            await server.stop_at_once()
        shutil.rmtree(home)


def _initialised(home: Path) -> Path:
    programs = postgres._binaries(home)
    postgres._initialise(home, programs)
    return programs


class Wire:
    """Between the bot and the server, on 127.0.0.1."""

    def __init__(self, home: Path) -> None:
        self._socket = home / ".s.PGSQL.5432"
        self._ends: set[asyncio.StreamWriter] = set()
        self._cut_at_commit = 0
        self.cut_commits = 0
        self.port = 0

    def cut_all(self) -> int:
        """Every connection that is open now; returns how many there were."""
        ends = [end for end in self._ends if not end.is_closing()]
        for end in ends:
            end.transport.abort()
        return len(ends)

    def cut_next_commit(self) -> None:
        """The server gets the next COMMIT and carries it out; the bot never learns that."""
        self._cut_at_commit += 1

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            there, back = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            writer.transport.abort()
            self._ends.discard(writer)
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._forth(reader, back, writer))
                both.create_task(_pass_on(there, writer))
        except* OSError:
            pass
        finally:
            self._ends.discard(writer)
            writer.transport.abort()
            back.transport.abort()

    async def _forth(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, bot: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            back.write(data)
            await back.drain()
            if self._cut_at_commit and _COMMIT in data:
                self._cut_at_commit -= 1
                self.cut_commits += 1
                bot.transport.abort()
                # Time for the server to do it before its own side of the connection ends.
                await asyncio.sleep(0.2)
                return
        back.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def wire(server: Cluster) -> AsyncIterator[Wire]:
    between = Wire(server.home)
    listening = await asyncio.start_server(between.join, "127.0.0.1", 0)
    between.port = listening.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        listening.close()
        between.cut_all()
        await asyncio.sleep(0)
