"""PostgreSQL stops at once, connections are killed, and commits are cut off from their answer: what was committed all
the same is found by reading again, and nothing comes of it twice."""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.cluster import cluster, wire
from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import STOPS_WITHIN, Load, Serving, comes_true, platform

LATENCY = 0.05
_KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


@pytest.mark.timeout(1200)
async def test_a_server_that_stops_at_once_loses_nothing(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    chance = random.Random("stopped")
    stops = fault_times(20)
    async with cluster() as server, platform(tmp_path, LATENCY) as stub:
        serving = Serving(tmp_path, stub, nursery, database_url=_url(server.home))
        lessons = 40 * stops
        await serving.settle(lessons, lessons)
        async with serving.process() as run:
            await serving.address(run)
            async with Load(serving, leavers=iter(range(lessons, 0, -1))).coming():
                for _ in range(stops):
                    await _something_is_sent(serving)
                    await asyncio.sleep(chance.uniform(0, 0.5))
                    await server.stop_at_once()
                    await asyncio.sleep(chance.uniform(0, 1.5))
                    await server.start()
            await serving.drains(300)
            await serving.stops_by_itself(run)
        judged = serving.judged()
        judged.must_hold()
    report(Figures(fault="PostgreSQL stopped at once", times=stops, judged=judged))


@pytest.mark.timeout(1200)
async def test_killed_connections_and_unanswered_commits_make_no_second_effect(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    """By turns: the server ends every connection, the wire is cut, or the answer to a COMMIT never comes."""
    chance = random.Random("killed")
    kills = fault_times(50)
    killed = 0
    async with cluster() as server, wire(server) as between, platform(tmp_path, LATENCY) as stub:
        serving = Serving(tmp_path, stub, nursery, database_url=_url(server.home))
        lessons = 20 * kills
        await serving.settle(lessons, lessons)
        serving.environment["NABIJ_DATABASE_URL"] = (
            f"postgresql+psycopg://postgres@127.0.0.1:{between.port}/postgres?sslmode=disable"
        )
        async with serving.process() as run:
            await serving.address(run)
            async with Load(serving, leavers=iter(range(lessons, 0, -1))).coming():
                for number in range(kills):
                    await _something_is_sent(serving)
                    await asyncio.sleep(chance.uniform(0, 0.3))
                    match number % 3:
                        case 0:
                            killed += server.ask(_KILL)
                        case 1:
                            killed += between.cut_all()
                        case _:
                            before = between.cut_commits
                            between.cut_next_commit()
                            cut = lambda: between.cut_commits > before  # noqa: B023, E731 -- used within the loop
                            await comes_true(cut, 30, serving.story_so_far)
            await serving.drains(300)
            await serving.stops_by_itself(run)
        judged = serving.judged()
        judged.must_hold()
    assert between.cut_commits == kills // 3
    seen = f"{killed} connections, {between.cut_commits} commits without an answer"
    report(Figures(fault="PostgreSQL connections killed", times=kills, judged=judged, seen=seen))


@pytest.mark.timeout(180)
async def test_a_server_that_answers_nothing_keeps_no_stop_from_ending_in_time(
    tmp_path: Path, nursery: Nursery
) -> None:
    async with cluster() as server, platform(tmp_path, LATENCY) as stub:
        serving = Serving(tmp_path, stub, nursery, database_url=_url(server.home))
        await serving.settle(40, 40)
        async with serving.process() as run:
            await serving.address(run)
            await _something_is_sent(serving)
            with server.frozen():
                # Whatever looks now and then has begun to wait as well.
                await asyncio.sleep(6)
                run.send(signal.SIGTERM)
                async with asyncio.timeout(STOPS_WITHIN):
                    await run.end()
        serving.buried()
        async with serving.process() as run:
            await serving.drains(300)
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()


async def _something_is_sent(serving: Serving) -> None:
    """The bot has found its way back, so that the next blow hits it at work."""
    heard = len(serving.stub.sent)
    assert await serving.stub.bell.until(lambda: len(serving.stub.sent) >= heard + 5, 60), serving.story_so_far()


def _url(home: Path) -> str:
    return f"postgresql+psycopg://postgres@/postgres?host={home}"
