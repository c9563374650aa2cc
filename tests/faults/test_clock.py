"""The clock is set, or summer time comes and goes: nobody gets a lesson twice, and nobody's day is left out."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import bindparam, text, update

from bot.core.schedule import at_local, local
from bot.store.tables import EventRow, SubscriberRow
from tests.bench import people
from tests.bench.people import FIRST_CHAT, PRACTICE, ZONE, Crowd
from tests.faults.hooks import OFFSET, set_clock
from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import Serving, platform

JUMPS = (timedelta(hours=1), timedelta(days=1))
LOOKS_WITHIN = 2.0
"""Real seconds in which the bot has looked at everything after a jump."""


@dataclass(frozen=True, slots=True)
class Had:
    """A step that somebody got, as the bot's clock and calendar have it."""

    chat: int
    step: str
    at: datetime

    @property
    def day(self) -> date:
        return local(self.at, ZONE).date()


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_no_jump_of_the_clock_makes_a_lesson_come_twice(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    chance = random.Random("clock")
    jumps = fault_times(50)
    hours = [time(hour, minute) for hour in range(6, 22) for minute in (0, 30)]
    begins = at_local(local(datetime.now(UTC), ZONE).date() + timedelta(days=1), time(7, 59, 58), ZONE)
    offset = tmp_path / "offset"
    ahead = begins - datetime.now(UTC)
    offset.write_text(str(ahead.total_seconds()))
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        settings = {"CLOCK_START": "", "CLOCK_SPEED": ""}
        serving = Serving(tmp_path, stub, nursery, settings, practices=[PRACTICE], before=set_clock)
        await _settle(serving, begins, hours)
        gone = timedelta()
        async with serving.process(**{OFFSET: str(offset)}) as run:
            await serving.address(run)
            await stub.bell.until(lambda: stub.sent, 30)
            for _ in range(jumps):
                # A little more often forward, so that the days go by and bring lessons.
                gone += chance.choice(JUMPS) * (1 if chance.random() < 0.6 else -1)
                fresh = offset.with_suffix(".new")
                fresh.write_text(str((ahead + gone).total_seconds()))
                fresh.replace(offset)
                await asyncio.sleep(LOOKS_WITHIN)
            await serving.stops_by_itself(run)
        judged = serving.judged()
        had = _had(serving)
    judged.must_hold()
    _nobody_twice(had)
    seen = f"{len(had)} lessons to {len(hours)} people on {len({one.day for one in had})} dates"
    report(Figures(fault="clock ±1 h, ±1 day", times=jumps, judged=judged, seen=seen))


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize("changed", [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28)], ids=str)
async def test_a_change_of_summer_time_brings_one_lesson_a_local_date(
    changed: date, tmp_path: Path, nursery: Nursery, report: Report
) -> None:
    """The hour of 02:30 can't be chosen in a conversation; it may stand in a database all the same."""
    hours = [time(2, 30), time(8, 0)]
    dates = [changed, changed + timedelta(days=1)]
    begins, ends = at_local(changed - timedelta(days=1), time(23, 0), ZONE), at_local(dates[-1], time(9, 0), ZONE)
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        settings = {"CLOCK_START": begins.isoformat(), "CLOCK_SPEED": "20000"}
        serving = Serving(tmp_path, stub, nursery, settings, practices=[PRACTICE])
        await _settle(serving, begins, hours)
        async with serving.process() as run, aiohttp.ClientSession() as session:
            address = await serving.address(run)
            async with asyncio.timeout(120):
                while await _shown(session, address) < ends:  # noqa: ASYNC110 -- another process
                    await asyncio.sleep(0.2)
            await serving.stops_by_itself(run)
        judged = serving.judged()
        had = _had(serving)
    judged.must_hold()
    _nobody_twice(had)
    by_chat = defaultdict(list)
    for one in had:
        by_chat[one.chat].append(one.day)
    assert by_chat == {FIRST_CHAT + number: dates for number in range(1, len(hours) + 1)}
    at = sorted({f"{local(one.at, ZONE):%H:%M}" for one in had if one.day == changed})
    report(
        Figures(fault=f"summer time {changed}", times=len(hours), judged=judged, seen=f"on the day at {', '.join(at)}")
    )


async def _settle(serving: Serving, begins: datetime, hours: list[time]) -> None:
    """One person for each hour, whose next lesson is at the first such hour from `begins` on."""
    today = local(begins, ZONE).date()
    database = await people.opened(serving.database_url)
    try:
        await people.add_people(database, Crowd(len(hours), at_local(today, time(8, 0), ZONE)))
        rows = []
        for number, hour in enumerate(hours, 1):
            first = at_local(today, hour, ZONE)
            if first < begins:
                first = at_local(today + timedelta(days=1), hour, ZONE)
            rows.append({"its_id": number, "own_hour": hour, "at": first})
        each = update(SubscriberRow).where(SubscriberRow.id == bindparam("its_id"))
        to = each.values(hour=bindparam("own_hour"), next_at=bindparam("at"))
        await database.write(lambda conn: conn.execute(to, rows))
    finally:
        await database.close()
    for number in range(1, len(hours) + 1):
        serving.person(number)


def _had(serving: Serving) -> list[Had]:
    with serving.records.connected() as conn:
        found = conn.execute(
            text(
                "SELECT a.external_id, e.data, e.at FROM events e JOIN addresses a ON a.subscriber_id = e.subscriber_id"
                " WHERE e.kind = 'step' ORDER BY e.id"
            ).columns(at=EventRow.at.type)
        )
        return [Had(int(row.external_id), row.data, row.at) for row in found]


def _nobody_twice(had: list[Had]) -> None:
    assert had
    assert not [one for one, times in Counter((one.chat, one.step) for one in had).items() if times > 1]
    assert not [one for one, times in Counter((one.chat, one.day) for one in had).items() if times > 1]


async def _shown(session: aiohttp.ClientSession, address: str) -> datetime:
    async with session.get(f"{address}/healthz") as answer:
        return datetime.fromisoformat((await answer.json())["now"])
