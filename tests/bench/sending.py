"""How fast queued lessons reach the platform, and how late lessons are that are due one by one."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import bindparam, func, select, update
from telegram import Bot

from bot.channels.telegram import TelegramAccount
from bot.clock import RealClock
from bot.core import programs
from bot.core.messages import Inbound
from bot.core.schedule import at_local, local
from bot.store.database import Database
from bot.store.rows import is_ready
from bot.store.tables import MessageRow, SubscriberRow
from bot.worker import Worker
from tests.bench import people
from tests.bench.bot_api import TOKEN, Platform, platform
from tests.bench.databases import DATABASES
from tests.bench.people import Crowd
from tests.bench.report import Compared, Figure, Say, Size, Target, percentile
from tests.bench.served import served

_LATENCY: Final = 0.100
_PACED: Final = 1_000.0
_UNPACED: Final = 1_000_000.0
_AT_ONCE: Final = 256
"""Calls in flight of the reference: what its connection pool holds."""
_SPREAD: Final = 30.0
"""Seconds over which the lessons of `punctual` are due."""
_WITHIN: Final = 1_200.0


@dataclass(frozen=True, slots=True)
class Drained:
    """A queue that was sent to its end."""

    rate: float
    """Messages a second, from the first at the platform to the last outcome that is committed."""
    cores: float
    """CPU seconds of the sending process for each second of it."""
    milliseconds: float
    """Of CPU a message."""


def throughput(size: Size, say: Say) -> Sequence[Figure]:
    count, calls = size.of(20_000, 500), size.of(2_000, 500)
    with platform(_LATENCY) as telegram:
        say(f"{calls:,} messages through python-telegram-bot's own backend")
        reference = asyncio.run(_bare_bot(telegram, calls))
    figures: list[Figure] = []
    for name in DATABASES:
        say(f"{name}: {count:,} lessons at 1,000/s")
        paced = asyncio.run(_drain(name, count, _PACED))
        say(f"{name}: {count:,} lessons as fast as they go")
        unpaced = asyncio.run(_drain(name, count, _UNPACED))
        fast = unpaced.rate
        note = f"{unpaced.milliseconds:.2f} ms of CPU a message; paced {paced.milliseconds:.2f}"
        bare = f"unpaced, {name}; ref: python-telegram-bot's backend"
        four_times = Target(4, at_least=True, compared=Compared.RATIO)
        figures += [
            Figure(what=f"paced at 1,000/s, {name}", value=paced.rate, unit="/s", target=Target(980, at_least=True)),
            Figure(what=f"CPU at that, {name}", value=paced.cores, unit="cores", target=Target(1)),
            Figure(what=f"unpaced, {name}", value=fast, unit="/s", target=Target(2_000, at_least=True), note=note),
            Figure(what=bare, value=fast, unit="/s", reference=reference, target=four_times),
        ]
    return figures


def punctual(size: Size, say: Say) -> Sequence[Figure]:
    """Due at moments that are spread evenly, the first one some seconds after the bot is ready."""
    count = size.of(1_000, 50)
    with TemporaryDirectory() as folder, platform(0.0) as telegram:
        say(f"settling {count:,} people")
        url = people.sqlite_in(Path(folder))
        first = datetime.now(UTC) + timedelta(seconds=20)
        moments = [first + timedelta(seconds=_SPREAD * size.part * number / count) for number in range(count)]
        asyncio.run(_settle_at(url, moments))
        with served(Path(folder), telegram.url):
            if datetime.now(UTC) >= first:
                raise RuntimeError("the first lesson was due before the bot was ready")
            until = time.monotonic() + _WITHIN
            while (sent := telegram.count()) < count and time.monotonic() < until:
                say(f"{sent:,} of {count:,} sent")
                time.sleep(0.5)
            came = {one.chat: one.came for one in telegram.sent()}
    monotonic_began = time.monotonic() - time.time()
    late = [
        came[people.FIRST_CHAT + number] - (moment.timestamp() + monotonic_began)
        for number, moment in enumerate(moments, 1)
    ]
    note = f"p50 {percentile(late, 50) * 1e3:.0f} ms, latest {max(late) * 1e3:.0f} ms"
    return [
        Figure(
            what=f"lateness p99 of {count:,} lessons",
            value=percentile(late, 99) * 1e3,
            unit="ms",
            target=Target(250),
            note=note,
        )
    ]


async def _bare_bot(telegram: Platform, count: int) -> float:
    """Messages a second through a Bot as it comes, nothing stored, as many at once as its pool holds."""
    at_once = asyncio.Semaphore(_AT_ONCE)
    async with Bot(TOKEN, base_url=f"{telegram.url}/bot") as bot:

        async def send(chat: int) -> None:
            async with at_once:
                await bot.send_message(chat, "Een klein moment voor jezelf.")

        began = time.monotonic()
        async with asyncio.TaskGroup() as sends:
            for chat in range(count):
                sends.create_task(send(chat))
        return count / (time.monotonic() - began)


async def _drain(name: str, count: int, rate: float) -> Drained:
    """The whole durable path in this process: claim, render, send, record; the platform is another process."""
    with DATABASES[name]() as url, platform(_LATENCY) as telegram:
        database = await people.opened(url)
        try:
            await people.add_people(database, Crowd(count, _tomorrow()))
            await people.queue_lessons(database, count)
            return await _sent(database, telegram, count, rate)
        finally:
            await database.close()


async def _sent(database: Database, telegram: Platform, count: int, rate: float) -> Drained:
    library = people.content()
    # As `nabij serve` does once everything stands (bot/server.py).
    gc.collect()
    gc.freeze()
    channel = TelegramAccount(people.PRACTICE, TOKEN, api_url=telegram.url, rate=rate)
    worker = Worker(database, lambda: library, RealClock(), [channel], _nobody_writes, plan=programs.plan)
    cpu = time.process_time()
    worker.start()
    try:
        async with asyncio.timeout(_WITHIN):
            # Another process and a database are looked at: neither has an event to wait for.
            while await asyncio.to_thread(telegram.count) < count or await _open(database):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        ended, cpu = time.monotonic(), time.process_time() - cpu
        await worker.stop()
    sent = telegram.sent()
    if len(sent) != count:
        raise RuntimeError(f"{len(sent)} messages came in for {count} lessons")
    took = ended - min(one.came for one in sent)
    return Drained(count / took, cpu / took, cpu / count * 1e3)


async def _open(database: Database) -> int:
    async with database.read() as conn:
        not_ended = MessageRow.ended_at.is_(None)
        ready = await conn.scalar(select(func.count()).select_from(MessageRow).where(is_ready()))
        return ready or await conn.scalar(select(func.count()).select_from(MessageRow).where(not_ended)) or 0


async def _nobody_writes(batch: Sequence[Inbound]) -> None:
    """Polls of the loopback platform bring nothing."""


async def _settle_at(url: str, moments: Sequence[datetime]) -> None:
    """One person for each moment, in a zone where it is about noon now, so that no quiet hour is in the way."""
    hours = 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
    eight = at_local(local(moments[0], zone).date(), people.HOUR, zone)
    database = await people.opened(url)
    try:
        await people.add_people(database, Crowd(len(moments), eight, zone))
        rows = [
            {"its_id": number, "at": moment, "own_hour": local(moment, zone).time()}
            for number, moment in enumerate(moments, 1)
        ]
        to_each = (
            update(SubscriberRow)
            .where(SubscriberRow.id == bindparam("its_id"))
            .values(next_at=bindparam("at"), hour=bindparam("own_hour"))
        )
        await database.write(lambda conn: conn.execute(to_each, rows))
    finally:
        await database.close()


def _tomorrow() -> datetime:
    return people.tomorrow_at_eight(datetime.now(UTC))
