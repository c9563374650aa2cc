"""The bot as a process of its own, to be killed, against the strict Telegram stub of this test's loop."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from bot.crash import CRASH_AT
from tests.stubs.telegram import TOKEN, TelegramStub

HOME = Path(__file__).parents[2]
ACCOUNT = "mariposha:telegram"
STARTED_WITHIN = 60.0
"""Real seconds; the machine may be busy with other tests."""


@dataclass(frozen=True, slots=True)
class Row:
    """A message as the database has it at the end."""

    chat: int
    cause: str
    n: int
    state: str
    attempt: int
    resends: int
    duplicate_possible: bool


class Serving:
    """`nabij serve` on SQLite in `folder`, polling the stub; its clock runs fast, so that waits for a resend pass."""

    def __init__(self, folder: Path, stub: TelegramStub, content: Path) -> None:
        self.database = folder / "nabij.sqlite3"
        self.log = folder / "serve.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NABIJ_")},
            "NABIJ_DATA_DIR": str(folder),
            "NABIJ_CONTENT_DIR": str(content),
            "NABIJ_PORT": "0",
            "NABIJ_TELEGRAM_API_URL": stub.url,
            "NABIJ_PRACTICES__MARIPOSHA__TELEGRAM__TOKEN": TOKEN,
            "NABIJ_CLOCK_START": "2026-03-02T10:00:00+01:00",
            "NABIJ_CLOCK_SPEED": "20",
        }

    @asynccontextmanager
    async def process(self, crash_at: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
        """The running process; killed at the end of the context when it still runs."""
        environment = self._environment | ({CRASH_AT: crash_at} if crash_at else {})
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "serve", cwd=HOME, env=environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def dies(self, process: asyncio.subprocess.Process) -> None:
        """Waits until the process was killed; fails when it ended in any other way."""
        async with asyncio.timeout(STARTED_WITHIN):
            code = await process.wait()
        assert code == -signal.SIGKILL, self.log.read_text()[-3000:]

    async def stops(self, process: asyncio.subprocess.Process) -> None:
        process.terminate()
        async with asyncio.timeout(35):
            code = await process.wait()
        assert code == 0, self.log.read_text()[-3000:]

    def rows(self) -> list[Row]:
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as reader:
            found = reader.execute(
                "SELECT CAST(a.external_id AS INTEGER), m.cause, m.n, m.state, m.attempt, m.resends,"
                " m.duplicate_possible FROM messages m JOIN addresses a ON a.id = m.address_id ORDER BY m.id"
            ).fetchall()
        return [Row(*row) for row in found]


async def comes_true(holds: Callable[[], bool], within: float, otherwise: Callable[[], str]) -> None:
    """Looks every tenth of a second at another process's doings, for which there is no event."""
    deadline = asyncio.get_running_loop().time() + within
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, otherwise()
        await asyncio.sleep(0.1)
