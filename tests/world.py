"""A worker with everything around it, on a clock that only moves when nothing is due."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import ChannelPort
from bot.clock import SteppingClock
from bot.core.decision import Decision
from bot.core.messages import Inbound, Kind, Lane, Outgoing
from bot.core.subscriber import Subscriber
from bot.metrics import Metrics
from bot.store import decisions, subscribers
from bot.store.database import Database
from bot.worker import Worker
from bot.worker.batches import Plan
from bot.worker.holding import Holding
from bot.worker.horizon import Horizon
from bot.worker.sender import Sender
from tests.fakes import (
    PRACTICE,
    TELEGRAM,
    FakeChannel,
    Row,
    address,
    library,
    outbox_rows,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
STANDING_STILL = 0.000_001
OTHER = "hersenz:telegram"


async def nobody_listens(batch: Sequence[Inbound]) -> None:
    raise AssertionError("nothing comes in here")


class World:
    """A worker with a platform for each account, and a hand that puts messages into the outbox."""

    def __init__(self, database: Database, channels: Sequence[FakeChannel], plan: Plan) -> None:
        self.database = database
        self.clock = SteppingClock(NOW, STANDING_STILL)
        self.channels = channels
        self._plan = plan
        self._causes = 0
        self.worker = self.another_worker()
        for channel in channels:
            channel.now = self.clock.now

    @property
    def channel(self) -> FakeChannel:
        return self.channels[0]

    def another_worker(self) -> Worker:
        ports: Sequence[ChannelPort] = self.channels
        return Worker(
            self.database,
            lambda: library(PRACTICE, "hersenz"),
            self.clock,
            ports,
            nobody_listens,
            plan=self._plan,
        )

    def sender(self, **given: Any) -> Sender:
        """Of the first channel alone, held by nobody's worker. It does not run yet."""
        return Sender(
            self.channel,
            self.database,
            self.clock,
            Horizon(self.clock),
            holding=Holding(PRACTICE, self.channel.account, "test", 1, lambda: True),
            metrics=Metrics(),
            **given,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.worker.start()
        try:
            yield
        finally:
            await self.worker.stop()

    async def passes(self, **time: float) -> None:
        async with asyncio.timeout(30):
            await self.clock.advance(timedelta(**time))

    async def decided(
        self,
        *texts: str,
        to: str = "4711",
        account: str = TELEGRAM,
        kind: Kind = Kind.REPLY,
        lane: Lane = Lane.REPLY,
        unasked: bool = False,
        expires: datetime | None = None,
        next_at: datetime | None = None,
    ) -> Subscriber:
        """Commits a Decision with these messages and wakes the worker, as the inbox does."""
        self._causes += 1
        cause = f"in:test:{self._causes}"
        practice = account.partition(":")[0]
        now = self.clock.now()

        async def record(conn: AsyncConnection) -> Subscriber:
            who = await subscribers.find_or_create(
                conn, practice, address(to, account), zone="Europe/Amsterdam", now=now
            )
            messages = tuple(
                Outgoing(text=text, kind=kind, lane=lane, unasked=unasked, expires=expires) for text in texts
            )
            decision = Decision(subscriber=who, messages=messages, next_at=next_at)
            await decisions.record(conn, practice, decision, cause, now, "v1")
            return who

        with self.clock.hold():
            subscriber = await self.database.write(record)
            self.worker.wake({account} if texts else (), next_at)
        return subscriber

    async def rows(self) -> list[Row]:
        return await outbox_rows(self.database)

    async def states(self) -> Counter[str]:
        return Counter(row.state for row in await self.rows())

    async def state_of(self, subscriber: Subscriber) -> Subscriber:
        return await self.database.write(lambda conn: subscribers.load(conn, subscriber.practice, subscriber.id))


MakeWorld = Callable[..., World]
"""Takes the channels, one fake Telegram account when none is given, and `plan=`."""
