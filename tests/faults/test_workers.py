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
from tests.faults.team import PRACTICES, WORD, Team, token_of
from tests.stubs.telegram import TelegramStub

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
    bots = {token_of(practice): practice for practice in PRACTICES}
    async with TelegramStub(bots, ledger=tmp_path / "ledger", latency=LATENCY) as stub:
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
