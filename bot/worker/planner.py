"""The plan loop: takes subscribers whose moment has come, in batches, and records what `programs.plan` decides."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.core.content.model import Library, Practice
from bot.core.decision import Decision
from bot.core.subscriber import Subscriber
from bot.crash import kind_and_place
from bot.store import decisions, subscribers, visits
from bot.store.database import Database
from bot.store.due import put_off
from bot.store.errors import is_outage
from bot.store.inline import threads_hurried
from bot.store.visits import Planned, Rows, Visits
from bot.worker.horizon import Horizon

Plan = Callable[[Subscriber, Practice, datetime], Decision]

BATCH: Final = 256
"""Subscribers in one transaction, some 20 ms on SQLite; inbound messages wait for no more than that."""
ABREAST: Final = 3
"""Batches at the same time on PostgreSQL: one is being decided here, the server works on the others."""
POSTPONED: Final = timedelta(hours=1)
"""A subscriber whose plan raised is looked at again after this; the others go on."""
NOT_AGAIN_BEFORE: Final = timedelta(minutes=1)
"""A plan that wants to be asked again at once would never end."""

_IN_A_ROW: Final = 10
"""People who are decided before anybody else may run."""
_NAME: Final = "plan"
_LOOK_AGAIN: Final = 60.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Decided:
    """A batch that was read and decided before its turn to be written."""

    ids: Sequence[int]
    rows: Rows | None
    """The others of it are planned under the lock. None: nobody was read."""


_NOBODY: Final = _Decided((), None)


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
        self._plan = plan
        self._wake_accounts = wake_accounts
        self._wake = asyncio.Event()
        self._must_look = True
        self._next: datetime | None = None
        self._closing = False
        horizon.busy(_NAME)

    def look(self) -> None:
        """Somebody may be due whom nobody has told us about."""
        self._must_look = True
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
        if await self._plan_batch() == BATCH:
            if self._database.is_sqlite:
                await self._plan_ahead()
                await self._plan_batches()
            else:
                # PostgreSQL works on one batch while the next is being planned here; whom one transaction has locked
                # the other passes over.
                await _all_of(*(self._plan_batches() for _ in range(ABREAST)))
        async with self._database.read() as conn:
            found = await subscribers.next_due(conn, list(self._library().practices))
        self._must_look = False
        if found is not None:
            self._sooner(found)

    async def _plan_batches(self) -> None:
        while not self._closing and await self._plan_batch() == BATCH:
            pass

    async def _plan_ahead(self) -> None:
        """On SQLite, when there are many: while one batch is being written the next one, which was read just before,
        is decided. So it is recorded only if nobody of it has changed since; else it is planned anew, under the lock.
        Whoever is left when it ends is planned that way too."""
        batch: _Decided = _NOBODY
        with threads_hurried():
            while not self._closing:
                found: asyncio.Future[Visits] = asyncio.get_running_loop().create_future()
                _, batch = await _all_of(self._record_ahead(batch, found), self._decide_ahead(found))
                if not batch.ids:
                    return

    async def _decide_ahead(self, reading: asyncio.Future[Visits]) -> _Decided:
        try:
            found = await reading
        except asyncio.CancelledError:
            if reading.cancelled():
                return _NOBODY
            raise
        now = self._clock.now()
        practices = self._library().practices
        cause = _cause(now)
        rows = found.rows(now)
        for number, visit in enumerate(found, start=1):
            if number % _IN_A_ROW == 0:
                await asyncio.sleep(0)
            with suppress(Exception):  # who can't be planned is left to the lock, where that is told and recorded
                practice = practices[visit.subscriber.practice]
                decision = self._plan(visit.subscriber, practice, now)
                if not _spins(decision, now):
                    one = Planned(visit, decision, f"{cause}:{visit.subscriber.id}", practice.version)
                    rows.add(one, visits.as_read(visit.beside))
        return _Decided(found.ids, rows)

    async def _record_ahead(self, batch: _Decided, reading: asyncio.Future[Visits]) -> None:
        try:
            accounts = await self._database.write(partial(self._together_ahead, batch, reading))
        except visits.Changed:
            await self._plan_batch()
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error("plan_ahead_failed", **kind_and_place(problem))
            await self._plan_batch()
        else:
            self._wake_accounts(accounts)
        finally:
            reading.cancel()

    async def _together_ahead(
        self, batch: _Decided, reading: asyncio.Future[Visits], conn: AsyncConnection
    ) -> Collection[str]:
        found = await visits.ahead(conn, list(self._library().practices), self._clock.now(), BATCH, batch.ids)
        if not reading.done():
            reading.set_result(found)
        if batch.rows is None:
            return frozenset()
        await visits.record_ahead(conn, batch.rows)
        others = len(batch.ids) - len(batch.rows.states)
        if others == 0:
            return batch.rows.accounts
        # They are still due, and now the first.
        _, accounts = await self._together(others, conn)
        return accounts | batch.rows.accounts

    def _sooner(self, when: datetime) -> bool:
        is_sooner = self._next is None or when < self._next
        if is_sooner:
            self._next = when
        return is_sooner

    async def _plan_batch(self) -> int:
        try:
            seen, accounts = await self._database.write(partial(self._together, BATCH))
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error("plan_batch_failed", **kind_and_place(problem))
            return await self._plan_one_by_one()
        self._wake_accounts(accounts)
        return seen

    async def _together(self, limit: int, conn: AsyncConnection) -> tuple[int, set[str]]:
        now = self._clock.now()
        cause = _cause(now)
        practices = self._library().practices
        found = await visits.due(conn, list(practices), now, limit)
        rows = found.rows(now)
        for number, visit in enumerate(found, start=1):
            if number % _IN_A_ROW == 0:
                await asyncio.sleep(0)
            subscriber = visit.subscriber
            practice = practices[subscriber.practice]
            decision = await self._decided(conn, subscriber, practice, now)
            if decision is not None:
                rows.add(Planned(visit, decision, f"{cause}:{subscriber.id}", practice.version))
        await put_off(conn, found.unreadable, now)
        await visits.record(conn, rows)
        return len(found.ids), rows.accounts

    async def _plan_one_by_one(self) -> int:
        """One of the batch can't be recorded: each gets a transaction of its own, and that one waits."""
        seen = 0
        while seen < BATCH:
            found, accounts = await self._database.write(self._alone)
            if not found:
                break
            seen += 1
            self._wake_accounts(accounts)
        return seen

    async def _alone(self, conn: AsyncConnection) -> tuple[int, set[str]]:
        now = self._clock.now()
        practices = self._library().practices
        due = await subscribers.due(conn, list(practices), now, 1)
        accounts: set[str] = set()
        for subscriber in due:
            try:
                async with conn.begin_nested():
                    practice = practices[subscriber.practice]
                    decision = await self._decided(conn, subscriber, practice, now)
                    if decision is not None:
                        cause = f"{_cause(now)}:{subscriber.id}"
                        await decisions.record_many(conn, [(decision, cause)], now, practice.version)
                        if decision.messages:
                            accounts.add(decision.subscriber.address.account)
            except Exception as problem:
                if is_outage(problem):
                    raise
                await self._postpone(conn, subscriber, now, problem)
        return len(due), accounts

    async def _decided(
        self, conn: AsyncConnection, subscriber: Subscriber, practice: Practice, now: datetime
    ) -> Decision | None:
        """The plan's Decision; None when the plan raised, and the subscriber waits then."""
        try:
            decision = self._plan(subscriber, practice, now)
        except Exception as problem:  # noqa: BLE001 -- one person's state must not stop everybody's plan
            await self._postpone(conn, subscriber, now, problem)
            return None
        if _spins(decision, now):
            _log.error("plan_spins", subscriber=subscriber.id)
            return replace(decision, next_at=now + NOT_AGAIN_BEFORE)
        return decision

    async def _postpone(self, conn: AsyncConnection, subscriber: Subscriber, now: datetime, problem: Exception) -> None:
        _log.error("plan_failed", subscriber=subscriber.id, **kind_and_place(problem))
        await subscribers.postpone(conn, subscriber.practice, subscriber.id, now + POSTPONED)


def _spins(decision: Decision, now: datetime) -> bool:
    return decision.next_at is not None and decision.next_at <= now


async def _all_of(*works: Awaitable[Any]) -> list[Any]:
    """What they return. When one raises, the others have ended too."""
    ends = await asyncio.gather(*works, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return ends


def _cause(now: datetime) -> str:
    """What the causes of one transaction begin with; the subscriber's id makes each of them unique. It says more than
    the moment, since on a clock that stands still one person can be visited twice at the same moment. The moment comes
    first, so that causes of one batch lie together in their index."""
    return f"visit:{now.astimezone(UTC):%Y%m%dT%H%M%S}:{secrets.token_hex(4)}"
