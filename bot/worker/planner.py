"""The plan loop: takes subscribers whose moment has come, in batches, and records what `programs.plan` decides."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.core.content.model import Library, Practice
from bot.core.decision import Decision
from bot.core.subscriber import Subscriber
from bot.crash import kind_and_place
from bot.store import decisions, subscribers, visits
from bot.store.database import Database
from bot.store.errors import is_outage
from bot.store.visits import Planned
from bot.worker.horizon import Horizon

Plan = Callable[[Subscriber, Practice, datetime], Decision]

BATCH: Final = 300
"""Subscribers in one transaction, less than 30 ms on SQLite; inbound messages wait for no more than that."""
ABREAST: Final = 2
"""Batches at the same time on PostgreSQL."""
POSTPONED: Final = timedelta(hours=1)
"""A subscriber whose plan raised is looked at again after this; the others go on."""
NOT_AGAIN_BEFORE: Final = timedelta(minutes=1)
"""A plan that wants to be asked again at once would never end."""

_NAME: Final = "plan"
_LOOK_AGAIN: Final = 60.0
_log = structlog.get_logger(__name__)


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
        # SQLite has one writer. PostgreSQL works on one batch while the next is being planned here; whom one
        # transaction has locked the other passes over.
        abreast = 1 if self._database.is_sqlite else ABREAST
        ends = await asyncio.gather(*(self._plan_batches() for _ in range(abreast)), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        async with self._database.read() as conn:
            found = await subscribers.next_due(conn, list(self._library().practices))
        self._must_look = False
        if found is not None:
            self._sooner(found)

    async def _plan_batches(self) -> None:
        while not self._closing and await self._plan_batch() == BATCH:
            pass

    def _sooner(self, when: datetime) -> bool:
        is_sooner = self._next is None or when < self._next
        if is_sooner:
            self._next = when
        return is_sooner

    async def _plan_batch(self) -> int:
        try:
            seen, accounts = await self._database.write(self._together)
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error("plan_batch_failed", **kind_and_place(problem))
            return await self._plan_one_by_one()
        self._wake_accounts(accounts)
        return seen

    async def _together(self, conn: AsyncConnection) -> tuple[int, set[str]]:
        now = self._clock.now()
        cause = _cause(now)
        practices = self._library().practices
        due = await visits.due(conn, list(practices), now, BATCH)
        planned: list[Planned] = []
        accounts: set[str] = set()
        for visit in due:
            subscriber = visit.subscriber
            practice = practices[subscriber.practice]
            decision = await self._decided(conn, subscriber, practice, now)
            if decision is not None:
                planned.append(Planned(visit, decision, f"{cause}:{subscriber.id}", practice.version))
                if decision.messages:
                    accounts.add(decision.subscriber.address.account)
        await visits.record(conn, planned, now)
        return len(due), accounts

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
        if decision.next_at is not None and decision.next_at <= now:
            _log.error("plan_spins", subscriber=subscriber.id)
            return replace(decision, next_at=now + NOT_AGAIN_BEFORE)
        return decision

    async def _postpone(self, conn: AsyncConnection, subscriber: Subscriber, now: datetime, problem: Exception) -> None:
        _log.error("plan_failed", subscriber=subscriber.id, **kind_and_place(problem))
        await subscribers.postpone(conn, subscriber.practice, subscriber.id, now + POSTPONED)


def _cause(now: datetime) -> str:
    """What the causes of one transaction begin with; the subscriber's id makes each of them unique. It says more than
    the moment, since on a clock that stands still one person can be visited twice at the same moment. The moment comes
    first, so that causes of one batch lie together in their index."""
    return f"visit:{now.astimezone(UTC):%Y%m%dT%H%M%S}:{secrets.token_hex(4)}"
