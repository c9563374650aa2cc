"""Batches of the plan: those who are due are read, planned and recorded in one transaction."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
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
from bot.store.due import put_off
from bot.store.errors import is_outage
from bot.store.visits import Planned

Plan = Callable[[Subscriber, Practice, datetime], Decision]

BATCH: Final = 256
"""Subscribers in one transaction, some 20 ms on SQLite; inbound messages wait for no more than that."""
IN_A_ROW: Final = 10
"""People who are decided before anybody else may run."""
POSTPONED: Final = timedelta(hours=1)
"""A subscriber whose plan raised is looked at again after this; the others go on."""
NOT_AGAIN_BEFORE: Final = timedelta(minutes=1)
"""A plan that wants to be asked again at once would never end."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batches:
    database: Database
    library: Callable[[], Library]
    clock: Clock
    plan: Plan
    wake_accounts: Callable[[Collection[str]], None]

    async def next(self) -> int:
        """Plans the BATCH who are due longest, and returns how many there were: with fewer, nobody else is due. Raises
        DatabaseUnavailable."""
        try:
            seen, accounts = await self.database.write(partial(self.together, BATCH))
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error("plan_batch_failed", **kind_and_place(problem))
            return await self._one_by_one()
        self.wake_accounts(accounts)
        return seen

    async def together(self, limit: int, conn: AsyncConnection) -> tuple[int, set[str]]:
        """How many were due, at most `limit`, and the accounts that have something to send once it is committed."""
        now = self.clock.now()
        cause = cause_of(now)
        practices = self.library().practices
        found = await visits.due(conn, list(practices), now, limit)
        rows = found.rows(now)
        for number, visit in enumerate(found, start=1):
            if number % IN_A_ROW == 0:
                await asyncio.sleep(0)
            subscriber = visit.subscriber
            practice = practices[subscriber.practice]
            decision = await self._decided(conn, subscriber, practice, now)
            if decision is not None:
                rows.add(Planned(visit, decision, f"{cause}:{subscriber.id}", practice.version))
        await put_off(conn, found.unreadable, now)
        await visits.record(conn, rows)
        return len(found.ids), rows.accounts

    async def _one_by_one(self) -> int:
        """One of the batch can't be recorded: each gets a transaction of its own, and that one waits."""
        seen = 0
        while seen < BATCH:
            found, accounts = await self.database.write(self._alone)
            if not found:
                break
            seen += 1
            self.wake_accounts(accounts)
        return seen

    async def _alone(self, conn: AsyncConnection) -> tuple[int, set[str]]:
        now = self.clock.now()
        practices = self.library().practices
        due = await subscribers.due(conn, list(practices), now, 1)
        accounts: set[str] = set()
        for subscriber in due:
            try:
                async with conn.begin_nested():
                    practice = practices[subscriber.practice]
                    decision = await self._decided(conn, subscriber, practice, now)
                    if decision is not None:
                        cause = f"{cause_of(now)}:{subscriber.id}"
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
            decision = self.plan(subscriber, practice, now)
        except Exception as problem:  # noqa: BLE001 -- one person's state must not stop everybody's plan
            await self._postpone(conn, subscriber, now, problem)
            return None
        if spins(decision, now):
            _log.error("plan_spins", subscriber=subscriber.id)
            return replace(decision, next_at=now + NOT_AGAIN_BEFORE)
        return decision

    async def _postpone(self, conn: AsyncConnection, subscriber: Subscriber, now: datetime, problem: Exception) -> None:
        _log.error("plan_failed", subscriber=subscriber.id, **kind_and_place(problem))
        await subscribers.postpone(conn, subscriber.practice, subscriber.id, now + POSTPONED)


def spins(decision: Decision, now: datetime) -> bool:
    """Whether the plan would be asked again at once."""
    return decision.next_at is not None and decision.next_at <= now


def cause_of(now: datetime) -> str:
    """What the causes of one transaction begin with; the subscriber's id makes each of them unique. It says more than
    the moment, since on a clock that stands still one person can be visited twice at the same moment. The moment comes
    first, so that causes of one batch lie together in their index."""
    return f"visit:{now.astimezone(UTC):%Y%m%dT%H%M%S}:{secrets.token_hex(4)}"
