"""The plan loop: waits until somebody is due, and then has everybody planned who is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from bot.clock import Clock
from bot.core.content.model import Library
from bot.store import subscribers
from bot.store.database import Database
from bot.store.inline import threads_hurried
from bot.worker.batches import BATCH, Batches, Plan
from bot.worker.horizon import Horizon
from bot.worker.read_ahead import NOBODY, ReadAhead
from bot.worker.tasks import all_of

ABREAST: Final = 3
"""Batches at the same time on PostgreSQL: one is being decided here, the server works on the others."""

_NAME: Final = "plan"
_LOOK_AGAIN: Final = 60.0


class Planner:
    def __init__(
        self,
        database: Database,
        library: Callable[[], Library],
        clock: Clock,
        horizon: Horizon,
        plan: Plan,
        wake_accounts: Callable[[Collection[str]], None],
    ) -> None:
        self._database = database
        self._library = library
        self._clock = clock
        self._horizon = horizon
        self._batches = Batches(database, library, clock, plan, wake_accounts)
        self._wake = asyncio.Event()
        self._must_look = True
        self._asked_again = False
        self._next: datetime | None = None
        self._closing = False
        horizon.busy(_NAME)

    def look(self) -> None:
        """Somebody may be due whom nobody has told us about."""
        self._must_look = self._asked_again = True
        self._horizon.busy(_NAME)
        self._wake.set()

    def expect(self, when: datetime) -> None:
        """A commit made somebody due at `when`."""
        if self._sooner(when):
            self._horizon.due(_NAME, self._clock.now() if self._must_look else when)
            self._wake.set()

    def close(self) -> None:
        """Ends `run` after the batch in hand."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        while not self._closing:
            self._wake.clear()
            if self._must_look or (self._next is not None and self._next <= self._clock.now()):
                await self._round()
            if not self._must_look:
                self._horizon.due(_NAME, self._next)
                await self._clock.wait_until(self._next, self._wake, _LOOK_AGAIN)

    async def _round(self) -> None:
        """Plans everybody who is due now, then finds out who is next. What is expected meanwhile only comes sooner."""
        self._must_look, self._next = True, None
        self._horizon.busy(_NAME)
        # Most rounds are of a few, whom the first batch holds.
        if await self._batches.next() == BATCH:
            if self._database.is_sqlite:
                await self._plan_ahead()
                await self._plan_batches()
            else:
                # PostgreSQL works on one batch while the next is being planned here; whom one transaction has locked
                # the other passes over.
                await all_of(*(self._plan_batches() for _ in range(ABREAST)))
        self._asked_again = False
        async with self._database.read() as conn:
            found = await subscribers.next_due(conn, list(self._library().practices))
        # Who asked while that was read may mean somebody whom it did not see yet.
        self._must_look = self._asked_again
        if found is not None:
            self._sooner(found)

    async def _plan_batches(self) -> None:
        while not self._closing and await self._batches.next() == BATCH:
            pass

    async def _plan_ahead(self) -> None:
        """Most of those who are many; whoever is left when it ends is planned batch by batch."""
        ahead, batch = ReadAhead(self._batches), NOBODY
        with threads_hurried():
            while not self._closing:
                batch = await ahead.next(batch)
                if not batch.ids:
                    return

    def _sooner(self, when: datetime) -> bool:
        is_sooner = self._next is None or when < self._next
        if is_sooner:
            self._next = when
        return is_sooner
