"""How fast lessons that are due become rows, and what a wake-up for ten of them costs among more people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import func, select, update

from bot.core import programs
from bot.core.schedule import at_local
from bot.server import look_for_garbage_again
from bot.store.database import Database
from bot.store.tables import MessageRow, SubscriberRow
from bot.worker.horizon import Horizon
from bot.worker.planner import Planner
from tests.bench import people
from tests.bench.databases import DATABASES
from tests.bench.people import Crowd
from tests.bench.report import Compared, Figure, Say, Size, Target, median

_RUNS: Final = 3
_DUE: Final = 10
_WAKE_UPS: Final = 150
_WARM_UPS: Final = 5
_EIGHT: Final = at_local(datetime.fromisoformat("2026-03-02").date(), people.HOUR, people.ZONE)
_TOMORROW: Final = _EIGHT + timedelta(days=1)
_JOBS_WITHIN: Final = 600.0


def plan(size: Size, say: Say) -> Sequence[Figure]:
    jobs = size.of(2_000, 100)
    say(f"{jobs:,} APScheduler jobs")
    reference = median([asyncio.run(_jobs_fired(jobs)) for _ in range(_RUNS)])
    figures: list[Figure] = []
    for name in DATABASES:
        rounds = [asyncio.run(_planned_on(name, size, say)) for _ in range(_RUNS)]
        rate, cpu = median([rate for rate, _ in rounds]), median([cpu for _, cpu in rounds])
        what = f"lessons planned, {name}; ref: APScheduler's SQL store"
        note = f"{cpu * 1e3:.2f} ms of CPU of this process a lesson"
        figures += [
            Figure(what=what, value=rate, unit="/s", target=Target(10_000, at_least=True), note=note),
            Figure(
                what=what,
                value=rate,
                unit="/s",
                reference=reference,
                target=Target(10, at_least=True, compared=Compared.RATIO),
            ),
        ]
    return figures


def flat(size: Size, say: Say) -> Sequence[Figure]:
    few, many, most = size.of(10_000, 1_000), size.of(1_000_000, 5_000), size.of(5_000_000, 10_000)
    figures: list[Figure] = []
    for name in DATABASES:
        with DATABASES[name]() as small, DATABASES[name]() as large:
            say(f"{name}: settling {few:,} people")
            people.settle(small, Crowd(few, _TOMORROW))
            for count in (many, most):
                say(f"{name}: settling {count:,} people")
                if count == many:
                    people.settle(large, Crowd(count, _TOMORROW))
                else:
                    people.grow(large, Crowd(count, _TOMORROW), many)
                among_few, among_count = asyncio.run(_wake_ups({small: few, large: count}, name, say))
                figures.append(
                    Figure(
                        what=f"wake-up for {_DUE} among {count:,}, {name}; ref: {few:,}",
                        value=among_count * 1e3,
                        unit="ms",
                        reference=among_few * 1e3,
                        target=Target(1.5, compared=Compared.RATIO),
                    )
                )
    return figures


class _Eight:
    """A clock on which it stays eight in the morning; it knows when the planner has nothing more to do."""

    is_demo: Final = True

    def __init__(self) -> None:
        self.at_rest = asyncio.Event()

    def now(self) -> datetime:
        return _EIGHT

    async def wait_until(self, _when: datetime | None, wake: asyncio.Event, _at_most: float) -> None:
        self.at_rest.set()
        await wake.wait()

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    def limit(self, when: datetime | None) -> None:
        """It does not move."""

    def lower(self, when: datetime) -> None:
        """It does not move."""


async def _planned_on(name: str, size: Size, say: Say) -> tuple[float, float]:
    """Lessons a second, and CPU seconds of this process for each."""
    count = size.of(100_000, 500)
    with DATABASES[name]() as url:
        say(f"{name}: settling {count:,} people")
        database = await people.opened(url)
        try:
            await people.add_people(database, Crowd(count, _EIGHT, places=people.every_place()))
            say(f"{name}: planning")
            # As a bot that serves does it, once it stands.
            look_for_garbage_again()
            cpu = time.process_time()
            async with asyncio.timeout(_JOBS_WITHIN):
                took = await _round(database)
            cpu = time.process_time() - cpu
            async with database.read() as conn:
                rows = await conn.scalar(select(func.count()).select_from(MessageRow)) or 0
        finally:
            await database.close()
    if rows != count:
        raise RuntimeError(f"{rows} lessons were planned for {count} people")
    return rows / took, cpu / rows


async def _round(database: Database) -> float:
    """Seconds from waking the planner until it rests."""
    clock = _Eight()
    planner = _planner(database, clock)
    began = time.perf_counter()
    running = asyncio.create_task(planner.run())
    await clock.at_rest.wait()
    took = time.perf_counter() - began
    planner.close()
    await running
    return took


def _planner(database: Database, clock: _Eight) -> Planner:
    library = people.content()
    return Planner(database, lambda: library, clock, Horizon(clock), programs.plan, lambda _: None)


async def _wake_ups(counts: Mapping[str, int], name: str, say: Say) -> list[float]:
    """Median seconds of a wake-up in each of the databases, which hold so many people, measured by turns."""
    async with AsyncExitStack() as stack:
        planned = [await stack.enter_async_context(_planned_among(url, count)) for url, count in counts.items()]
        waits: list[list[float]] = [[] for _ in planned]
        for number in range(_WARM_UPS + _WAKE_UPS):
            say(f"{name}: wake-up {number + 1} of {_WARM_UPS + _WAKE_UPS}")
            for among, one in zip(waits, planned, strict=True):
                among.append(await _wake_up(one, number))
        return [median(among[_WARM_UPS:]) for among in waits]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A database with a planner that rests."""

    database: Database
    planner: Planner
    clock: _Eight
    count: int


@asynccontextmanager
async def _planned_among(url: str, count: int) -> AsyncIterator[_Planned]:
    database = await people.opened(url)
    try:
        clock = _Eight()
        planner = _planner(database, clock)
        running = asyncio.create_task(planner.run())
        await clock.at_rest.wait()
        yield _Planned(database, planner, clock, count)
        planner.close()
        await running
    finally:
        await database.close()


async def _wake_up(of: _Planned, number: int) -> float:
    """Makes ten people due who were not, spread over the whole table, and times the planner until it rests."""
    ids = range(number + 1, of.count, of.count // _DUE)[:_DUE]
    due = update(SubscriberRow).where(SubscriberRow.id.in_(ids)).values(next_at=_EIGHT)
    await of.database.write(lambda conn: conn.execute(due))
    of.clock.at_rest.clear()
    began = time.perf_counter()
    of.planner.look()
    await of.clock.at_rest.wait()
    return time.perf_counter() - began


_fired: list[int] = []


async def lesson(number: int) -> None:
    """The reference's job, found by its name: it does nothing but count, which is in its favour."""
    _fired.append(number)


async def _jobs_fired(count: int) -> float:
    """Jobs a second, from starting the scheduler with all of them due until the last one ran."""
    _fired.clear()
    with TemporaryDirectory() as folder:
        scheduler: Any = AsyncIOScheduler(
            jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{Path(folder) / 'jobs.sqlite3'}")}, timezone="UTC"
        )
        scheduler.start(paused=True)
        now = datetime.now(UTC)
        for number in range(count):
            scheduler.add_job(
                lesson, "cron", hour=8, args=[number], next_run_time=now, misfire_grace_time=None, coalesce=True
            )
        began = time.perf_counter()
        scheduler.resume()
        async with asyncio.timeout(_JOBS_WITHIN):
            while len(_fired) < count:  # noqa: ASYNC110 -- a stored job can't hold an event of this loop
                await asyncio.sleep(0.01)
        took = time.perf_counter() - began
        scheduler.shutdown(wait=False)
    return count / took
