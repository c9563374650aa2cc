"""A stop under load: everything in flight finishes and the next start has nothing to guess about. A second one is
obeyed at once."""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import STOPS_WITHIN, Load, Serving, platform
from tests.stubs.telegram_world import Fault

AT_ONCE = 2.0
"""Real seconds; the machine may be busy with other tests."""


@pytest.mark.faults
@pytest.mark.timeout(1200)
async def test_a_stop_under_load_leaves_nothing_unknown(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    chance = random.Random("sigterm")
    stops = fault_times(50)
    took: list[float] = []
    async with platform(tmp_path, latency=0.2) as stub:
        serving = Serving(tmp_path, stub, nursery)
        lessons = 20 * stops
        await serving.settle(lessons, lessons)
        load = Load(serving, leavers=iter(range(lessons, 0, -1)))
        for _ in range(stops):
            async with serving.process() as run, load.coming():
                await serving.address(run)
                await asyncio.sleep(chance.uniform(0, 1))
                took.append(await serving.stops_by_itself(run))
            assert serving.in_flight() == 0
        async with serving.process() as run:
            await serving.drains()
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert judged.unknown == judged.duplicates == 0
    assert max(took) <= STOPS_WITHIN
    report(Figures(fault="SIGTERM under load", times=stops, judged=judged, seen=f"longest stop {max(took):.1f} s"))


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_second_stop_waits_for_nothing(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    times = fault_times(10)
    took: list[float] = []
    in_flight = 0
    async with platform(tmp_path) as stub:
        serving = Serving(tmp_path, stub, nursery)
        load = Load(serving)
        for _ in range(times):
            stub.always["sendMessage"] = Fault(delay=30.0)
            heard = len(stub.sent)
            async with serving.process() as run, load.coming():
                assert await stub.bell.until(lambda: len(stub.sent) > heard, 60), serving.story_so_far()  # noqa: B023 -- used within the loop
                run.send(signal.SIGTERM)
                await asyncio.sleep(0.5)
                assert not run.ended.done()
                began = asyncio.get_running_loop().time()
                run.send(signal.SIGTERM)
                async with asyncio.timeout(STOPS_WITHIN):
                    assert await run.end() == -signal.SIGTERM
                took.append(asyncio.get_running_loop().time() - began)
            in_flight += serving.in_flight()
        stub.always.clear()
        async with serving.process() as run:
            await serving.drains()
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert judged.duplicates <= in_flight
    assert max(took) < AT_ONCE
    seen = f"longest after the second {max(took):.2f} s"
    report(Figures(fault="SIGTERM twice", times=times, in_flight=in_flight, judged=judged, seen=seen))


@pytest.mark.faults
@pytest.mark.timeout(120)
async def test_a_platform_that_hangs_does_not_keep_a_stop_from_ending_in_time(tmp_path: Path, nursery: Nursery) -> None:
    async with platform(tmp_path) as stub:
        serving = Serving(tmp_path, stub, nursery)
        stub.always["sendMessage"] = Fault(delay=300.0)
        async with serving.process() as run:
            newcomers = Load(serving).newcomer()
            assert await stub.bell.until(lambda: len(stub.sent) == len(newcomers), 60), serving.story_so_far()
            await serving.stops_by_itself(run)
        # It may have arrived: known as such, and resent once by the next process.
        assert [row.duplicate_possible for row in serving.records.rows()] == [True, False] * len(newcomers)
