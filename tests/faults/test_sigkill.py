"""The process is killed at every named point and at random, again and again: nothing is lost, and no copy is silent."""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import DRAINED_WITHIN, Load, Serving, platform

POINTS = {
    "after-receive": 3,
    "before-commit": 12,
    "after-commit": 12,
    "after-claim": 20,
    "after-send": 20,
    "before-outcome": 10,
}
"""Each point, and up to how many passings of it may go by before the kill."""
BETWEEN_SEND_AND_COMMIT = {"after-send", "before-outcome"}
"""Killed here, the platform has the message and the database does not know it: there must be copies to be counted."""
LATENCY = 0.05
"""Real seconds in which a message is on its way, so that kills find some there."""


@pytest.mark.faults
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_point_loses_nothing_and_hides_no_copy(
    point: str, tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    chance = random.Random(point)
    kills = fault_times(50)
    in_flight = 0
    async with platform(tmp_path, LATENCY) as stub:
        serving = Serving(tmp_path, stub, nursery)
        lessons = 20 * kills
        await serving.settle(lessons, lessons)
        load = Load(serving, leavers=iter(range(lessons, 0, -1)))
        for _ in range(kills):
            nth = chance.randint(1, POINTS[point])
            async with serving.process(NABIJ_CRASH_AT=f"{point}:{nth}") as run, load.coming():
                await serving.dies(run)
            in_flight += serving.in_flight()
        async with serving.process() as run:
            drained = await serving.drains(DRAINED_WITHIN)
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert judged.duplicates <= in_flight
    if point in BETWEEN_SEND_AND_COMMIT:
        assert judged.duplicates > 0
    report(
        Figures(
            fault=f"SIGKILL {point}",
            times=kills,
            kills=kills,
            in_flight=in_flight,
            judged=judged,
            seen=f"drained in {drained:.1f} s, {len(serving.stops)} STOPs",
        )
    )


@pytest.mark.faults
@pytest.mark.timeout(2400)
async def test_a_kill_at_any_moment_loses_nothing_and_hides_no_copy(
    database_url: str,
    tmp_path: Path,
    fault_times: Callable[[int], int],
    nursery: Nursery,
    report: Report,
) -> None:
    on_sqlite = database_url.startswith("sqlite")
    chance = random.Random(database_url.partition(":")[0])
    kills = fault_times(250 if on_sqlite else 50)
    in_flight = 0
    async with platform(tmp_path, LATENCY) as stub:
        serving = Serving(tmp_path, stub, nursery, database_url="" if on_sqlite else database_url)
        lessons = 20 * kills
        await serving.settle(lessons, lessons)
        load = Load(serving, leavers=iter(range(lessons, 0, -1)))
        for _ in range(kills):
            async with serving.process() as run, load.coming():
                if chance.random() < 0.8:
                    await serving.address(run)
                await asyncio.sleep(chance.uniform(0, 0.8))
                run.send(signal.SIGKILL)
                await serving.dies(run)
            in_flight += serving.in_flight()
            serving.buried()
        async with serving.process() as run:
            drained = await serving.drains(DRAINED_WITHIN)
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert judged.duplicates <= in_flight
    report(
        Figures(
            fault=f"SIGKILL at random, {'SQLite' if on_sqlite else 'PostgreSQL'}",
            times=kills,
            kills=kills,
            in_flight=in_flight,
            judged=judged,
            seen=f"drained in {drained:.1f} s, {len(serving.stops)} STOPs",
        )
    )
