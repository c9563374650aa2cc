"""The platform says "too many" thousands of times: until the wait that it asks for is over, nothing is asked of it."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram import TelegramAccount
from bot.clock import Clock, SteppingClock
from bot.core import programs
from bot.core.delivery import Message, NotSent, Outcome
from bot.store.crypt import Keys
from bot.store.database import Database
from bot.worker import Worker
from tests.bench import people
from tests.bench.people import FIRST_CHAT, KEY, PRACTICE, Crowd
from tests.faults.oracle import OPEN, Records, Truth, judge, read_ledger
from tests.faults.reporting import Figures, Report
from tests.faults.serving import BOTS, platform
from tests.stubs.telegram_world import Fault

FASTER = 2_000.0


class Watched(TelegramAccount):
    """Notes what is started within a window that the bot knows of: what was on its way already is not to blame."""

    def __init__(self, clock: Clock, url: str) -> None:
        super().__init__(PRACTICE, BOTS[PRACTICE], api_url=url, rate=100)
        self._clock = clock
        self._closed_until = clock.now()
        self.windows = 0
        self.early: list[timedelta] = []

    async def send(self, message: Message) -> Outcome:
        if (now := self._clock.now()) < self._closed_until:
            self.early.append(self._closed_until - now)
        outcome = await super().send(message)
        if isinstance(outcome, NotSent) and outcome.retry_after is not None:
            self.windows += 1
            self._closed_until = max(self._closed_until, self._clock.now() + timedelta(seconds=outcome.retry_after))
        return outcome


@pytest.mark.faults
@pytest.mark.timeout(1200)
async def test_nothing_is_sent_inside_a_window(
    tmp_path: Path, fault_times: Callable[[int], int], report: Report
) -> None:
    storms, lessons = fault_times(5_000), fault_times(2_000)
    chance = random.Random(429)
    left = storms

    def too_many(method: str, parameters: dict[str, Any]) -> Fault | None:
        nonlocal left
        if method != "sendMessage" or not left or chance.random() < 0.1:
            return None
        left -= 1
        return Fault(status=429, retry_after=chance.randint(1, 30))

    url = people.sqlite_in(tmp_path)
    database = await people.opened(url)
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        stub.decide = too_many
        stub.clock_speed = FASTER
        await people.add_people(database, Crowd(lessons, people.tomorrow_at_eight(datetime.now(UTC)) + timedelta(30)))
        await people.queue_lessons(database, lessons, timedelta(days=20))
        for number in range(1, lessons + 1):
            stub.user(FIRST_CHAT + number)
        channel, records = await _send_all(database, stub.url, Records(url, Keys([KEY])))
        judged = judge(
            Truth(
                rows=records.rows(),
                ledger=read_ledger(tmp_path / "ledger"),
                practices={PRACTICE: PRACTICE},
                confirmed={},
                received=frozenset(),
                stops={},
            )
        )
    judged.must_hold()
    assert not left
    assert channel.windows >= storms
    assert not channel.early, f"{len(channel.early)} inside a window, as early as {max(channel.early)}"
    assert judged.unknown == judged.duplicates == 0
    assert {row.state for row in records.rows()} == {"accepted"}
    report(Figures(fault="429 storm", times=storms, judged=judged, seen=f"{channel.windows:,} windows, none entered"))


async def _send_all(database: Database, url: str, records: Records) -> tuple[Watched, Records]:
    clock = SteppingClock(datetime.now(UTC), FASTER)
    channel = Watched(clock, url)
    library = people.content()
    worker = Worker(database, lambda: library, clock, [channel], _nobody_writes, plan=programs.plan)
    worker.start()
    try:
        async with asyncio.timeout(1_000):
            while OPEN & records.states().keys():  # noqa: ASYNC110 -- the database has no event
                await asyncio.sleep(0.1)
    finally:
        await worker.stop()
        await database.close()
    return channel, records


async def _nobody_writes(batch: object) -> None:
    """Polls of the loopback platform bring nothing."""
