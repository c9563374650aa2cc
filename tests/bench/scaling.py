"""What more worker processes on one PostgreSQL cost, and whether they share the accounts fairly.

`python -m tests.bench.scaling URL PLATFORM KEY` is one of those processes: a worker with every account of the bench.
"""

from __future__ import annotations

import asyncio
import math
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import psutil  # type: ignore[import-untyped]
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import logs
from bot.channels.telegram import TelegramAccount
from bot.channels.webchat import Hub
from bot.clock import RealClock
from bot.core import programs
from bot.core.content.model import Library
from bot.core.messages import Inbound
from bot.neighbours import Neighbours
from bot.store import retention
from bot.store.crypt import Keys
from bot.store.database import Database, async_url, open_database
from bot.store.notices import Notice
from bot.store.tables import AccountRow, MessageRow
from bot.worker import Worker
from tests.bench import people
from tests.bench.bot_api import Platform, platform
from tests.bench.databases import postgresql
from tests.bench.people import KEY, Crowd, tomorrow_at_eight
from tests.bench.report import Compared, Figure, Say, Size, Target

_WORKERS: Final = (1, 2, 4)
_ACCOUNTS: Final = 200
_EACH: Final = 50
"""Messages of an account."""
_RATE: Final = 25.0
"""Messages a second of an account, as Telegram takes them; all accounts together are limited by the machine."""
_LATENCY: Final = 0.100
_WITHIN: Final = 600.0
"""Real seconds for each thing that is waited for: a busy machine takes long, and a bench that hangs has to end."""


@dataclass(frozen=True, slots=True)
class _Round:
    milliseconds: float
    """CPU of all workers a message."""
    server: float
    """Milliseconds of PostgreSQL's CPU a message."""
    rate: float
    """Messages a second, from the notice to the last outcome that is committed."""
    largest: int
    shared_after: float
    """Real seconds from the start of the last worker until everybody had a fair share."""
    attempts: float
    """Claims a message: above 1 where something came too late for its claim, and was claimed again."""
    duplicates: int
    two_owners: int
    """Accounts that changed hands meanwhile, or had a message claimed under another epoch than their one owner's."""


def scale_out(size: Size, say: Say) -> Sequence[Figure]:
    each = size.of(_EACH, 5)
    found: dict[int, _Round] = {}
    for workers in _WORKERS:
        say(f"{workers} workers, {_ACCOUNTS * each:,} messages")
        found[workers] = asyncio.run(_round(workers, each))
    figures = [figure for workers in _WORKERS for figure in _figures(workers, found[workers], found[_WORKERS[0]])]
    return [
        *figures,
        Figure(what="duplicates", value=sum(one.duplicates for one in found.values()), unit="", target=Target(0)),
        Figure(
            what="accounts with two owners",
            value=sum(one.two_owners for one in found.values()),
            unit="",
            target=Target(0),
        ),
    ]


def _figures(workers: int, found: _Round, alone: _Round) -> Sequence[Figure]:
    name = "1 worker" if workers == 1 else f"{workers} workers"
    note = f"{found.rate:.0f} messages/s, {found.attempts:.2f} claims a message; PostgreSQL's CPU {found.server:.2f} ms"
    if found is alone:
        return [Figure(what=f"CPU per 1,000 messages, {name}", value=found.milliseconds, unit="s", note=note)]
    return [
        Figure(
            what=f"CPU per 1,000 messages, {name}; ref: 1",
            value=found.milliseconds,
            unit="s",
            reference=alone.milliseconds,
            target=Target(1.15, compared=Compared.RATIO),
            note=f"{note}; shared {found.shared_after:.1f} s after the last one's start",
        ),
        Figure(
            what=f"accounts of the one with most, {name}",
            value=found.largest,
            unit="",
            target=Target(math.ceil(_ACCOUNTS / workers)),
        ),
    ]


async def _round(workers: int, each: int) -> _Round:
    count = _ACCOUNTS * each
    with postgresql() as url, platform(_LATENCY) as telegram:
        database = await people.opened(url)
        try:
            now = datetime.now(UTC)
            await people.add_people(database, Crowd(count, tomorrow_at_eight(now)))
            # Half a minute after a start the night's cleaning is made up for.
            await database.write(lambda conn: retention.note_run(conn, now.date().isoformat()))
            with _started(url, telegram, workers) as processes:
                began = time.monotonic()
                await _until(lambda: _is_shared(database, workers))
                shared_after = time.monotonic() - began
                await _until(lambda: _is_at_rest(processes))
                before = await _owners(database)
                await people.queue_lessons(database, count)
                await _spread(database)
                server = await _server(database)
                began, cpu, server_cpu = time.monotonic(), sum(map(_cpu, processes)), _cpu_of_all(server)
                await _tell(database)
                await _until(lambda: _is_drained(database, telegram, count))
                took = time.monotonic() - began
                cpu, server_cpu = sum(map(_cpu, processes)) - cpu, _cpu_of_all(server) - server_cpu
                after = await _owners(database)
            chats = Counter(one.chat for one in telegram.sent())
            strange = await _claimed_by_others(database)
            attempts = await _attempts(database)
        finally:
            await database.close()
    if len(chats) != count:
        raise RuntimeError(f"{len(chats)} of {count} people got their lesson")
    moved = {account for account in before if before[account] != after[account]}
    return _Round(
        milliseconds=cpu / count * 1e3,
        server=server_cpu / count * 1e3,
        rate=count / took,
        largest=max(Counter(owner for owner, _ in after.values()).values()),
        shared_after=shared_after,
        attempts=attempts,
        duplicates=chats.total() - count,
        two_owners=len(moved | strange),
    )


@contextmanager
def _started(url: str, telegram: Platform, workers: int) -> Iterator[list[psutil.Process]]:
    command = [sys.executable, "-m", __name__, url, telegram.url, KEY]
    processes = [subprocess.Popen(command) for _ in range(workers)]
    try:
        yield [psutil.Process(process.pid) for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(40)


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


async def _server(database: Database) -> psutil.Process:
    """PostgreSQL's first process, the parent of all that serve a connection."""
    async with database.read() as conn:
        ours = psutil.Process(await conn.scalar(select(func.pg_backend_pid())))
    return ours.parent()


def _cpu_of_all(parent: psutil.Process) -> float:
    """With its children, those that have ended among them."""
    used = parent.cpu_times()
    return float(used.children_user + used.children_system) + sum(map(_cpu, [parent, *parent.children()]))


def _slug(number: int) -> str:
    return f"practice-{number}"


async def _spread(database: Database) -> None:
    """Everybody's rows go to one of the practices, in turns. With statistics, as the tables would have them."""
    practice = f"'practice-' || (%s %% {_ACCOUNTS})"
    changes = {
        "subscribers": f"practice = {practice % 'id'}",
        "enrollments": f"practice = {practice % 'subscriber_id'}",
        "addresses": "practice = {0}, account = {0} || '\\:telegram'".format(practice % "subscriber_id"),
        "messages": "practice = {0}, account = {0} || '\\:telegram'".format(practice % "subscriber_id"),
    }

    async def spread(conn: AsyncConnection) -> None:
        for table, change in changes.items():
            await conn.execute(text(f"UPDATE {table} SET {change}"))
            await conn.execute(text(f"ANALYZE {table}"))

    await database.write(spread)


async def _tell(database: Database) -> None:
    """As another process does that has planned all this."""
    accounts = frozenset(f"{_slug(number)}:telegram" for number in range(_ACCOUNTS))
    await database.notify("nabij", list(Notice(accounts=accounts).written("bench")))


async def _owners(database: Database) -> dict[str, tuple[str, int]]:
    async with database.read() as conn:
        rows = await conn.execute(select(AccountRow.account, AccountRow.owner, AccountRow.epoch))
        return {account: (owner, epoch) for account, owner, epoch in rows}


async def _is_shared(database: Database, workers: int) -> bool:
    owned = Counter(owner for owner, _ in (await _owners(database)).values())
    share = math.ceil(_ACCOUNTS / workers)
    return owned.total() == _ACCOUNTS and "" not in owned and len(owned) == workers and max(owned.values()) <= share


async def _is_at_rest(processes: Sequence[psutil.Process]) -> bool:
    """A new owner introduces itself to the platform: that is not what a message costs."""
    before = sum(map(_cpu, processes))
    await asyncio.sleep(2)
    return sum(map(_cpu, processes)) - before < 0.1 * len(processes)


async def _is_drained(database: Database, telegram: Platform, count: int) -> bool:
    if await asyncio.to_thread(telegram.count) < count:
        return False
    async with database.read() as conn:
        open_ones = select(func.count()).select_from(MessageRow).where(MessageRow.ended_at.is_(None))
        return not await conn.scalar(open_ones)


async def _claimed_by_others(database: Database) -> set[str]:
    async with database.read() as conn:
        other = select(MessageRow.account).join(AccountRow, AccountRow.account == MessageRow.account)
        return set(await conn.scalars(other.where(MessageRow.epoch != AccountRow.epoch)))


async def _attempts(database: Database) -> float:
    async with database.read() as conn:
        return float(await conn.scalar(select(func.avg(MessageRow.attempt))) or 0)


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_WITHIN):
        while not await holds():  # noqa: ASYNC110 -- other processes have no event
            await asyncio.sleep(0.2)


async def _work(url: str, telegram_url: str, key: str) -> None:
    """A worker as `nabij serve --role worker` has it, with practices that need no files."""
    known = people.content().practices[people.PRACTICE]
    practices = {_slug(number): replace(known, slug=_slug(number)) for number in range(_ACCOUNTS)}
    library = Library(practices=practices, version="bench")
    channels = [
        TelegramAccount(slug, f"{number}:{'bench' * 7}", api_url=telegram_url, rate=_RATE)
        for number, slug in enumerate(practices, 1)
    ]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await open_database(url, Keys([key]))
    neighbours = Neighbours()
    worker = Worker(
        database,
        lambda: library,
        RealClock(),
        channels,
        _nobody_writes,
        plan=programs.plan,
        tell=neighbours.tell,
    )
    neighbours.join(database, async_url(url), Hub(), worker)
    worker.start()
    await stop.wait()
    await worker.stop()
    await neighbours.close()
    await database.close()


async def _nobody_writes(batch: Sequence[Inbound]) -> None:
    """Polls of the loopback platform bring nothing."""


if __name__ == "__main__":
    logs.configure("warning", as_json=False)
    asyncio.run(_work(*sys.argv[1:4]))
