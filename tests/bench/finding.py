"""Whether finding and planning ten people who are due takes longer among more people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import subscribers
from bot.store.database import Database
from bot.store.tables import SubscriberRow
from tests.bench import people
from tests.bench.databases import DATABASES
from tests.bench.people import Crowd
from tests.bench.report import Compared, Figure, Say, Size, Target, median

_DUE: Final = 10
_LIMIT: Final = 100
_ROUNDS: Final = 200
_FEW: Final = 10_000
_MANY: Final = 1_000_000
_EVENING: Final = datetime.fromisoformat("2026-03-02T20:00:00+01:00")
_TOMORROW: Final = people.tomorrow_at_eight(_EVENING)


def due(size: Size, say: Say) -> Sequence[Figure]:
    return [asyncio.run(_due_on(name, size, say)) for name in DATABASES]


async def _due_on(name: str, size: Size, say: Say) -> Figure:
    """Few and many people, each in a database of their own, measured by turns."""
    few, many, rounds = size.of(_FEW, 1_000), size.of(_MANY, 10_000), size.of(_ROUNDS, 20)
    open_database = DATABASES[name]
    with open_database() as small_url, open_database() as large_url:
        say(f"{name}: settling {few:,} and {many:,} people")
        small, large = await _with_ten_due(small_url, few), await _with_ten_due(large_url, many)
        try:
            say(f"{name}: {rounds} rounds")
            among_few: list[float] = []
            among_many: list[float] = []
            for _ in range(rounds):
                among_few.append(await _find(small))
                among_many.append(await _find(large))
        finally:
            await small.close()
            await large.close()
    return Figure(
        what=f"{_DUE} due among {many:,}, {name}; ref: among {few:,}",
        value=median(among_many) * 1e3,
        unit="ms",
        reference=median(among_few) * 1e3,
        target=Target(1.5, compared=Compared.RATIO),
    )


async def _with_ten_due(url: str, count: int) -> Database:
    database = await people.opened(url)
    await people.add_people(database, Crowd(count, _TOMORROW))
    await database.write(lambda conn: _make_due(conn, count))
    return database


async def _make_due(conn: AsyncConnection, count: int) -> None:
    """Ten who are spread over the whole table."""
    ids = [count * (place + 1) // (_DUE + 1) for place in range(_DUE)]
    moment = _EVENING - timedelta(minutes=1)
    await conn.execute(update(SubscriberRow).where(SubscriberRow.id.in_(ids)).values(next_at=moment))


async def _find(database: Database) -> float:
    """Seconds for what a wake-up asks: who is due now, locked and whole, and when the next one is."""
    began = time.perf_counter()
    found = await database.write(lambda conn: subscribers.due(conn, [people.PRACTICE], _EVENING, _LIMIT))
    async with database.read() as conn:
        await subscribers.next_due(conn, [people.PRACTICE])
    took = time.perf_counter() - began
    if len(found) != _DUE:
        raise RuntimeError(f"{len(found)} people were due instead of {_DUE}")
    return took
