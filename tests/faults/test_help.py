"""The worker that sends for an account is killed and somebody in danger writes at that moment: the text with the lines
to call comes from the process that took the message in, long before the account has another owner."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from bot.worker.share import LEASE
from tests.bench.people import PRACTICE
from tests.faults.nursery import Nursery, Run
from tests.faults.posting import Poster, poster, webhooks_at
from tests.faults.reporting import Figures, Report
from tests.faults.serving import Serving, account, comes_true, platform
from tests.stubs.telegram_world import Person

DANGER: Final = "ik wil niet meer leven"
HELP_WITHIN: Final = 5.0
"""Real seconds; the machine may be busy with other tests. It takes little more than one."""
UNHEARD_WITHIN: Final = LEASE.total_seconds()
TAKEN_WITHIN: Final = 45.0
_OWNER: Final = """
SELECT a.owner FROM accounts a JOIN workers w ON w.name = a.owner AND w.lease_until > now() WHERE a.account = :account
"""

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


class House:
    """One process that takes in, and workers on the same PostgreSQL."""

    def __init__(self, serving: Serving, telegram: Poster, web: Run) -> None:
        self.serving = serving
        self.telegram = telegram
        self.runs = [web]
        self._chats = count(1)

    async def employs(self, **environment: str) -> Run:
        run = await self.serving.nursery.run(
            ["serve", "--role", "worker"], self.serving.environment | environment, self.serving.log
        )
        self.runs.append(run)
        return run

    async def owner(self) -> Run:
        """The worker that has the account now, once one has."""
        found: list[Run] = []

        def owned() -> bool:
            with self.serving.records.connected() as conn:
                name = conn.scalar(text(_OWNER), {"account": account(PRACTICE)}) or "::"
            found[:] = [run for run in self.runs if str(run.pid) == name.split(":")[1]]
            return bool(found)

        await comes_true(owned, TAKEN_WITHIN, self.serving.end_of_log)
        return found[0]

    async def somebody_in_danger(self) -> tuple[Person, float]:
        """Who wrote, and when it was safe, in the event loop's seconds."""
        person = self.serving.stub.user(next(self._chats))
        person.says(DANGER)
        [update] = self.telegram.taken(PRACTICE)
        assert await self.telegram.post(PRACTICE, update) == 200
        return person, asyncio.get_running_loop().time()

    async def waits_for_help(self, person: Person, since: float, within: float) -> float:
        assert await self.serving.stub.bell.until(lambda: person.received, within), self.serving.story_so_far()
        assert "113" in person.received[0].text
        return asyncio.get_running_loop().time() - since

    async def ends(self) -> None:
        for run in self.runs:
            run.send(signal.SIGTERM)
            await run.end()


@asynccontextmanager
async def house(folder: Path, database_url: str, nursery: Nursery) -> AsyncIterator[House]:
    settings = webhooks_at([PRACTICE]) | {"CLOCK_START": "", "CLOCK_SPEED": ""}
    async with platform(folder, practices=[PRACTICE]) as stub:
        serving = Serving(folder, stub, nursery, settings, database_url=database_url, practices=[PRACTICE])
        await serving.command("migrate")
        web = await nursery.run(["serve", "--role", "web"], serving.environment, serving.log)
        async with poster(stub, await serving.address(web)) as telegram:
            opened = House(serving, telegram, web)
            try:
                yield opened
            finally:
                for run in opened.runs:
                    run.send(signal.SIGKILL)
                    await run.end()


@pytest.mark.timeout(1800)
async def test_somebody_in_danger_does_not_wait_for_the_lease_of_a_killed_worker(
    tmp_path: Path, postgres_database_url: str, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    times = fault_times(20)
    waited: list[float] = []
    async with house(tmp_path, postgres_database_url, nursery) as opened:
        for _ in range(2):
            await opened.employs()
        for _ in range(times):
            killed = await opened.owner()
            os.kill(killed.pid, signal.SIGKILL)
            person, since = await opened.somebody_in_danger()
            waited.append(await opened.waits_for_help(person, since, HELP_WITHIN))
            opened.runs.remove(killed)
            await killed.end()
            await opened.employs()
        await opened.serving.drains(60 + LEASE.total_seconds())
        judged = opened.serving.judged()
        await opened.ends()
    judged.must_hold()
    assert judged.duplicates == judged.unknown == 0
    seen = f"help came after {sorted(waited)[times // 2]:.2f} s, at most {max(waited):.2f}"
    report(Figures(fault="owner killed, then a crisis", times=times, kills=times, judged=judged, seen=seen))


@pytest.mark.timeout(1800)
async def test_a_crisis_text_that_its_worker_took_along_into_death_is_sent_before_the_lease_is_over(
    tmp_path: Path, postgres_database_url: str, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    """Killed between the claim and the send: the row says that it is being sent, and nobody sends it."""
    times = fault_times(20)
    waited: list[float] = []
    async with house(tmp_path, postgres_database_url, nursery) as opened:
        for _ in range(times):
            dies = await opened.employs(NABIJ_CRASH_AT="after-claim")
            assert await opened.owner() is dies
            person, since = await opened.somebody_in_danger()
            waited.append(await opened.waits_for_help(person, since, UNHEARD_WITHIN))
            await opened.serving.dies(dies)
            opened.runs.remove(dies)
        await opened.employs()
        await opened.serving.drains(60 + LEASE.total_seconds())
        judged = opened.serving.judged()
        await opened.ends()
    judged.must_hold()
    seen = f"help came after {sorted(waited)[times // 2]:.2f} s, at most {max(waited):.2f}"
    report(Figures(fault="owner killed with a crisis text in hand", times=times, kills=times, judged=judged, seen=seen))
