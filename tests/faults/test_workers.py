"""Four workers on PostgreSQL; one is killed or frozen: its accounts move within the lease, and no two owners claim."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from bot.worker.share import LEASE
from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import STOPS_WITHIN, comes_true
from tests.faults.team import PRACTICES, WORD, Team, token_of
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Fault

BOTS: Final = {token_of(practice): practice for practice in PRACTICES}
WORKERS: Final = 4
LATENCY: Final = 0.1
EVERY: Final = 0.5
"""Real seconds between two newcomers at every practice."""
NOTICED_WITHIN: Final = LEASE.total_seconds() + 5.0
"""The lease, and what a busy machine needs to act on its end."""

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


@pytest.mark.timeout(3600)
async def test_the_accounts_of_a_killed_or_frozen_worker_move_within_the_lease_and_no_two_owners_claim(
    tmp_path: Path, postgres_database_url: str, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    """A round kills one and freezes another at the same moment."""
    chance = random.Random("workers")
    times = fault_times(50)
    moved: list[float] = []
    kills = freezes = in_flight = 0
    async with TelegramStub(BOTS, ledger=tmp_path / "ledger", latency=LATENCY) as stub:
        team = Team(tmp_path, stub, nursery, postgres_database_url)
        try:
            await team.begins(WORKERS)
            async with newcomers(stub):
                while kills + freezes < times:
                    await asyncio.sleep(chance.uniform(0.5, 2))
                    killed, frozen = chance.sample(team.runs, 2)
                    victims = [killed, frozen] if kills + freezes + 2 <= times else [killed]
                    killed.send(signal.SIGKILL)
                    kills += 1
                    if frozen in victims:
                        frozen.send(signal.SIGSTOP)
                        freezes += 1
                    in_flight += team.in_flight_of(victims)
                    team.runs.remove(killed)
                    moved.append(await team.takes_over_from(victims, NOTICED_WITHIN))
                    frozen.send(signal.SIGCONT)
                    await team.grows()
                    await team.shares_fairly(WORKERS)
            await team.serving.drains(60 + LEASE.total_seconds())
            claims, judged = team.claims(), team.serving.judged()
            await team.ends()
        finally:
            await team.is_killed()
    judged.must_hold()
    assert (claims.by_two, claims.too_late) == (0, 0), claims
    seen = (
        f"{freezes} frozen; moved after {sorted(moved)[len(moved) // 2]:.1f} s, at most {max(moved):.1f};"
        f" {claims.number:,} claims, {claims.takings} takings, two owners {claims.by_two}, too late {claims.too_late}"
    )
    report(
        Figures(
            fault="4 workers, kill or freeze one",
            times=times,
            kills=kills,
            in_flight=in_flight,
            judged=judged,
            seen=seen,
        )
    )


@pytest.mark.timeout(1200)
async def test_a_worker_that_is_asked_to_stop_hands_over_at_once_and_leaves_nothing_unknown(
    tmp_path: Path, postgres_database_url: str, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    times = fault_times(20)
    moved: list[float] = []
    async with TelegramStub(BOTS, ledger=tmp_path / "ledger", latency=LATENCY) as stub:
        team = Team(tmp_path, stub, nursery, postgres_database_url)
        try:
            await team.begins(2)
            async with newcomers(stub):
                for _ in range(times):
                    stops = team.runs.pop(0)
                    stops.send(signal.SIGTERM)
                    moved.append(await team.takes_over_from([stops], STOPS_WITHIN))
                    assert await stops.end() == 0, team.serving.end_of_log()
                    await team.grows()
                    await team.shares_fairly(2)
            await team.serving.drains()
            claims, judged = team.claims(), team.serving.judged()
            await team.ends()
        finally:
            await team.is_killed()
    judged.must_hold()
    assert judged.unknown == judged.duplicates == claims.by_two == claims.too_late == 0
    assert max(moved) < LEASE.total_seconds(), "nobody waits for the lease of one that said that it goes"
    seen = f"moved after {sorted(moved)[len(moved) // 2]:.1f} s, at most {max(moved):.1f}"
    report(Figures(fault="a worker stops (SIGTERM)", times=times, judged=judged, seen=seen))


@pytest.mark.timeout(300)
async def test_a_platform_that_hangs_keeps_no_worker_from_stopping_in_time_and_a_second_signal_stops_at_once(
    tmp_path: Path, postgres_database_url: str, nursery: Nursery
) -> None:
    async with TelegramStub(BOTS, ledger=tmp_path / "ledger") as stub:
        team = Team(tmp_path, stub, nursery, postgres_database_url)
        try:
            await team.begins(2)
            stub.always["sendMessage"] = Fault(delay=60.0)
            for practice in PRACTICES:
                stub.user(1, bot=practice).says(WORD)
            patient, impatient = team.runs
            both_send = lambda: all(team.in_flight_of([run]) for run in (patient, impatient))  # noqa: E731
            await comes_true(both_send, 30, team.serving.story_so_far)
            began = asyncio.get_running_loop().time()
            patient.send(signal.SIGTERM)
            impatient.send(signal.SIGTERM)
            await asyncio.sleep(0.5)
            assert not patient.ended.done() and not impatient.ended.done()
            impatient.send(signal.SIGTERM)
            async with asyncio.timeout(2):
                assert await impatient.end() == -signal.SIGTERM
            async with asyncio.timeout(STOPS_WITHIN - (asyncio.get_running_loop().time() - began)):
                assert await patient.end() == 0, team.serving.end_of_log()
            team.runs.clear()
            stub.always.clear()
            await team.grows()
            await team.serving.drains(60 + LEASE.total_seconds())
            judged = team.serving.judged()
            await team.ends()
        finally:
            await team.is_killed()
    judged.must_hold()


@asynccontextmanager
async def newcomers(stub: TelegramStub) -> AsyncIterator[None]:
    async def come() -> None:
        for chat in count(1):
            for practice in PRACTICES:
                stub.user(chat, bot=practice).says(WORD)
            await asyncio.sleep(EVERY)

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        coming.cancel()
        await asyncio.wait([coming])
