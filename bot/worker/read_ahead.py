"""The plan of many on SQLite: while one batch is being written, the next one is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.crash import kind_and_place
from bot.store import visits
from bot.store.errors import is_outage
from bot.store.visits import Planned, Rows, Visits
from bot.worker.batches import BATCH, IN_A_ROW, Batches, cause_of, spins
from bot.worker.tasks import all_of

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Decided:
    """A batch that was read and decided before its turn to be written."""

    ids: Sequence[int]
    rows: Rows | None
    """The others of it are planned under the lock. None: nobody was read."""


NOBODY: Final = Decided((), None)


@dataclass(frozen=True, slots=True)
class ReadAhead:
    """A batch is read just before the one in front of it is written. So it is recorded only if nobody of it has changed
    since; else it is planned anew, under the lock."""

    batches: Batches

    async def next(self, batch: Decided) -> Decided:
        """Records `batch`, and meanwhile decides the one behind it. Raises DatabaseUnavailable."""
        found: asyncio.Future[Visits] = asyncio.get_running_loop().create_future()
        behind: Decided
        _, behind = await all_of(self._record(batch, found), self._decide(found))
        return behind

    async def _decide(self, reading: asyncio.Future[Visits]) -> Decided:
        try:
            found = await reading
        except asyncio.CancelledError:
            if reading.cancelled():
                return NOBODY
            raise
        now = self.batches.clock.now()
        practices = self.batches.library().practices
        cause = cause_of(now)
        rows = found.rows(now)
        for number, visit in enumerate(found, start=1):
            if number % IN_A_ROW == 0:
                await asyncio.sleep(0)
            with suppress(Exception):  # who can't be planned is left to the lock, where that is told and recorded
                practice = practices[visit.subscriber.practice]
                decision = self.batches.plan(visit.subscriber, practice, now)
                if not spins(decision, now):
                    one = Planned(visit, decision, f"{cause}:{visit.subscriber.id}", practice.version)
                    rows.add(one, visits.as_read(visit.beside))
        return Decided(found.ids, rows)

    async def _record(self, batch: Decided, reading: asyncio.Future[Visits]) -> None:
        try:
            accounts = await self.batches.database.write(partial(self._together, batch, reading))
        except visits.Changed:
            await self.batches.next()
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error("plan_ahead_failed", **kind_and_place(problem))
            await self.batches.next()
        else:
            self.batches.wake_accounts(accounts)
        finally:
            reading.cancel()

    async def _together(
        self, batch: Decided, reading: asyncio.Future[Visits], conn: AsyncConnection
    ) -> Collection[str]:
        found = await visits.ahead(
            conn, list(self.batches.library().practices), self.batches.clock.now(), BATCH, batch.ids
        )
        if not reading.done():
            reading.set_result(found)
        if batch.rows is None:
            return frozenset()
        await visits.record_ahead(conn, batch.rows)
        others = len(batch.ids) - len(batch.rows.states)
        if others == 0:
            return batch.rows.accounts
        # They are still due, and now the first.
        _, accounts = await self.batches.together(others, conn)
        return accounts | batch.rows.accounts
