"""What is erased by itself: the rest of who asked for it, within a minute; and each night what has been kept long
enough. All of it in small batches, since on SQLite everybody else's writes wait for one, and all of it idempotent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from bot.clock import Clock
from bot.core.content.model import Library
from bot.core.retention import Retention
from bot.crash import kind_and_place
from bot.store import erasure, export_links, retention
from bot.store.copies import drop_old_copies
from bot.store.database import Database
from bot.store.retention import Doings, Job

LOOK_EVERY: Final = 30
"""Real seconds; with `erasure.RECEIPT_WITHIN` less than the minute that a person is promised."""
NIGHT_HOUR: Final = 2
"""UTC: between three and four in the Netherlands."""
CLEANING: Final = 0x6E61636874
"""Of the advisory lock that a worker holds meanwhile."""
_log = structlog.get_logger(__name__)


class Keeper:
    """Runs in each worker; of several one does the night's work. Two that do it at once do no harm, nor does a stop in
    the middle."""

    def __init__(self, database: Database, library: Callable[[], Library], clock: Clock) -> None:
        self._database = database
        self._library = library
        self._clock = clock
        self._last_run = ""

    def start(self, scheduler: Any) -> None:
        """Looks at once, for what a crash interrupted, and then for as long as `scheduler` (APScheduler's) runs."""
        recurring = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        now = datetime.now(UTC)
        scheduler.add_job(self.keep_to_the_days, "interval", seconds=LOOK_EVERY, **recurring)
        scheduler.add_job(self.finish_erasures, "interval", seconds=LOOK_EVERY, next_run_time=now, **recurring)

    async def finish_erasures(self) -> None:
        """Erases the addresses whose receipt has had its time."""
        try:
            await self._finish()
        except Exception as problem:  # noqa: BLE001 -- comes again in half a minute
            _log.warning("erasing_failed", **kind_and_place(problem))

    async def keep_to_the_days(self) -> None:
        """Once a night by the bot's clock (or as soon as the machine is on again): what was kept long enough goes."""
        try:
            now = self._clock.now().astimezone(UTC)
            today = now.date().isoformat()
            if now.hour < NIGHT_HOUR or self._last_run == today:
                return
            async with self._database.alone_at(CLEANING) as is_ours:
                if is_ours:
                    await self._clean_once(now, today)
        except Exception as problem:  # noqa: BLE001 -- comes again in half a minute, and goes on where it was
            _log.warning("cleaning_failed", **kind_and_place(problem))

    async def _clean_once(self, now: datetime, today: str) -> None:
        async with self._database.read() as conn:
            self._last_run = await retention.last_run(conn)
        if self._last_run != today:
            await self._clean(now)
            await self._database.write(lambda conn: retention.note_run(conn, today))
            self._last_run = today

    async def _clean(self, now: datetime) -> None:
        done, real_now = Doings(), datetime.now(UTC)
        days = {practice.slug: practice.retention for practice in self._library().practices.values()}
        async with self._database.read() as conn:
            days = {slug: Retention() for slug in await retention.practices_with_people(conn)} | days
        for slug, its_days in days.items():
            done += await Job(self._database, slug, its_days, now, real_now).run()
        copies = 0
        if self._database.file is not None:
            shortest = min((its_days.backups for its_days in days.values()), default=Retention().backups)
            before = real_now - timedelta(days=shortest)
            copies = await asyncio.to_thread(drop_old_copies, self._database.file, before)
        await self._database.empty_log()
        _log.info("kept_long_enough", **asdict(done), copies=copies)

    async def _finish(self) -> None:
        async with self._database.read() as conn:
            waiting = await erasure.any_due(conn, datetime.now(UTC))
        if not waiting:
            return
        erased = 0
        while some := await self._database.write(lambda conn: erasure.finish(conn, datetime.now(UTC))):
            erased += some
        await self._database.write(lambda conn: export_links.drop_old(conn, datetime.now(UTC)))
        await self._database.empty_log()
        _log.info("erased", count=erased)
