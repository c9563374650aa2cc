"""Several workers on one PostgreSQL: who owns what, when one joins, leaves, dies, freezes and wakes up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import Deliver, PolledElsewhere
from bot.clock import RealClock
from bot.core.messages import Inbound, Lane
from bot.store import accounts, outbox
from bot.store.database import Database
from bot.store.notices import Notice
from bot.store.tables import AccountRow, WorkerRow
from bot.worker import Worker
from bot.worker.leases import Leases
from bot.worker.share import LEASE
from bot.worker.status import AccountMode
from tests.fakes import PRACTICE, TELEGRAM, FakeChannel, database_at, library, nothing_due, outbox_rows
from tests.web.house import eventually
from tests.world import NOW, World

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ACCOUNTS = [f"practice-{number}:telegram" for number in range(12)]


async def nobody_listens(batch: Sequence[Inbound]) -> None:
    raise AssertionError("nothing comes in here")


@dataclass
class Stopwatch:
    """Real seconds as one worker sees them: a frozen one sees none, and all of them when it wakes."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead


@dataclass
class Office:
    """Workers on one database, each with a platform of its own for every account."""

    database: Database
    workers: list[Worker] = field(default_factory=list)
    stopwatches: list[Stopwatch] = field(default_factory=list)

    @asynccontextmanager
    async def worker(self, *channels: FakeChannel) -> AsyncIterator[Worker]:
        stopwatch = Stopwatch()

        def tell(notice: Notice) -> None:
            for other in self.workers:
                if other is not worker:
                    other.heard(notice)

        worker = Worker(
            self.database,
            lambda: library(PRACTICE),
            RealClock(),
            channels or [FakeChannel(account) for account in ACCOUNTS],
            nobody_listens,
            plan=nothing_due,
            tell=tell,
        )
        assert isinstance(worker._ownership, Leases)
        worker._ownership._real_seconds = stopwatch
        self.workers.append(worker)
        self.stopwatches.append(stopwatch)
        worker.start()
        try:
            yield worker
        finally:
            if worker in self.workers:
                self.workers.remove(worker)
            await worker.stop()

    async def owners(self) -> Counter[str]:
        async with self.database.read() as conn:
            return Counter(await conn.scalars(select(AccountRow.owner)))

    async def shares(self, *sizes: int) -> None:
        """Until the accounts are shared like this, each in the hands of its one owner."""

        async def shared() -> bool:
            in_hand = sorted(len(worker._hands) for worker in self.workers)
            in_rows = sorted((await self.owners()).values())
            return in_hand == in_rows == sorted(sizes)

        await eventually(shared, within=20)


@pytest.fixture
async def office(postgres_database_url: str) -> AsyncIterator[Office]:
    async with database_at(postgres_database_url) as database:
        yield Office(database)


def world_at(office: Office) -> World:
    """A hand that puts messages into the outbox, at the real time of the workers."""
    world = World(office.database, [FakeChannel()], nothing_due)
    world.clock = RealClock()  # type: ignore[assignment]
    return world


def kill(worker: Worker) -> None:
    """All its tasks end in the middle of whatever they do; nothing is given back."""
    for task in [*worker._tasks, *(t for hand in worker._hands._held.values() for t in tasks_of(hand))]:
        task.cancel()


def tasks_of(hand: object) -> list[asyncio.Task[None]]:
    return [task for name in ("_sending", "_recording", "_receiving") if (task := getattr(hand, name)) is not None]


async def lease_runs_out(office: Office, name: str) -> None:
    """As if its seconds had passed."""
    await office.database.write(
        lambda conn: conn.execute(
            update(WorkerRow).where(WorkerRow.name == name).values(lease_until=text("now() - interval '1 ms'"))
        )
    )


def name_of(worker: Worker) -> str:
    assert isinstance(worker._ownership, Leases)
    return worker._ownership._name


async def test_who_joins_gets_a_fair_share_and_who_leaves_gives_it_back(office: Office) -> None:
    async with AsyncExitStack() as later:
        await later.enter_async_context(office.worker())
        await office.shares(12)
        async with office.worker():
            await office.shares(6, 6)
            async with office.worker():
                await office.shares(4, 4, 4)
            await office.shares(6, 6)
        await office.shares(12)
    assert await office.owners() == {"": 12}
    async with office.database.read() as conn:
        assert not list(await conn.scalars(select(WorkerRow.name)))


async def test_twelve_accounts_for_five_workers_that_come_at_once(office: Office) -> None:
    async with AsyncExitStack() as later:
        for _ in range(5):
            await later.enter_async_context(office.worker())
        await shares_are_fair(office, 3)


async def shares_are_fair(office: Office, most: int) -> None:
    async def fair() -> bool:
        owners = await office.owners()
        in_hand = sum(len(worker._hands) for worker in office.workers)
        return "" not in owners and max(owners.values(), default=99) <= most and in_hand == len(ACCOUNTS)

    await eventually(fair, within=20)


async def test_the_accounts_of_a_dead_worker_are_taken_when_its_lease_is_over(office: Office) -> None:
    async with office.worker(), office.worker() as dies:
        await office.shares(6, 6)
        before = await office.owners()
        name = name_of(dies)
        kill(dies)
        office.workers.remove(dies)
        office.workers[0]._ownership.look()
        await asyncio.sleep(0.2)
        assert await office.owners() == before
        await lease_runs_out(office, name)
        office.workers[0]._ownership.look()
        await office.shares(12)
        async with office.database.read() as conn:
            assert list(await conn.scalars(select(WorkerRow.name))) == [name_of(office.workers[0])]


async def test_a_frozen_worker_claims_nothing_when_it_wakes_and_comes_back_as_somebody_new(office: Office) -> None:
    world = world_at(office)
    there, here = FakeChannel(), FakeChannel()
    async with office.worker(there) as freezes:
        await office.shares(1)
        frozen = name_of(freezes)
        # Its tasks stand still: what wakes first finds the stopwatch far ahead.
        [hand] = freezes._hands._held.values()
        office.stopwatches[0].ahead = LEASE.total_seconds()
        await lease_runs_out(office, frozen)
        async with office.worker(here) as takes:
            await eventually(lambda: in_hand(takes, TELEGRAM), within=10)
            await world.decided("na het bevriezen")
            hand.sender.look()
            takes.wake({TELEGRAM}, None)
            await here.until(lambda: here.texts == ["na het bevriezen"])
            assert there.texts == []
            assert not hand.holding.lasts
            freezes._ownership.look()
            await eventually(lambda: renamed(freezes, frozen), within=10)
            assert TELEGRAM not in freezes._hands
            assert [status.mode for status in freezes.accounts()] == [AccountMode.ELSEWHERE]


async def in_hand(worker: Worker, account: str) -> bool:
    return account in worker._hands


async def renamed(worker: Worker, before: str) -> bool:
    return name_of(worker) not in {"", before}


async def test_what_a_dead_worker_had_in_flight_is_unknown_and_sent_once_more(office: Office) -> None:
    world = world_at(office)
    channel = FakeChannel()
    await world.decided("onderweg")

    async def claimed_by_a_worker_that_died(conn: AsyncConnection) -> None:
        epoch = await accounts.own(conn, PRACTICE, TELEGRAM, "dead", NOW)
        assert await outbox.claim(conn, TELEGRAM, Lane.REPLY, world.clock.now(), epoch, 10)

    await office.database.write(claimed_by_a_worker_that_died)
    async with office.worker(channel):
        await channel.until(lambda: channel.texts == ["onderweg"])
        await eventually(lambda: has_states(office, {"accepted": 1}))
    [row] = await outbox_rows(office.database)
    assert (row.attempt, row.duplicate_possible) == (2, True)


async def has_states(office: Office, states: dict[str, int]) -> bool:
    return Counter(row.state for row in await outbox_rows(office.database)) == states


async def test_an_account_is_given_back_only_when_what_is_in_flight_has_ended(office: Office) -> None:
    world = world_at(office)
    gives, takes = FakeChannel(), FakeChannel()
    async with office.worker(gives) as first:
        await office.shares(1)
        gives.gate.clear()
        await world.decided("onderweg")
        first.wake({TELEGRAM}, None)
        await gives.until(lambda: gives.in_flight == 1)
        async with office.worker(takes):
            stopping = asyncio.create_task(first.stop())
            await world.decided("daarna")
            await asyncio.sleep(0.3)
            assert takes.texts == [] and not stopping.done()
            gives.gate.set()
            await takes.until(lambda: takes.texts == ["daarna"])
            await stopping
    assert gives.texts == ["onderweg"]
    assert {row.state for row in await outbox_rows(office.database)} == {"accepted"}
    assert not any(row.duplicate_possible for row in await outbox_rows(office.database))


async def test_what_was_taken_without_an_answer_to_the_commit_is_found_again(office: Office) -> None:
    """Its row says that it is ours, and nobody here knows of it."""
    async with office.worker() as worker:
        await office.shares(12)
        [lost, *_] = list(worker._hands)
        hand = worker._hands._held.pop(lost)
        worker._ownership.look()
        await office.shares(12)
        assert worker._hands._held[lost] is not hand
        await hand.close(1)


async def test_what_is_in_hand_and_anothers_by_its_row_is_let_go(office: Office) -> None:
    async with office.worker() as worker:
        await office.shares(12)
        account = ACCOUNTS[3]
        await office.database.write(
            lambda conn: conn.execute(
                update(AccountRow).where(AccountRow.account == account).values(owner=name_of(worker) + "'s successor")
            )
        )
        hand = worker._hands._held[account]
        worker._ownership.look()
        await eventually(lambda: let_go(hand), within=10)


async def test_who_could_not_renew_in_time_comes_back_as_somebody_new_at_once(office: Office) -> None:
    async with office.worker() as worker:
        await office.shares(12)
        before = name_of(worker)
        office.stopwatches[0].ahead = LEASE.total_seconds()
        await eventually(lambda: renamed(worker, before), within=10)
        await office.shares(12)
        assert set(await office.owners()) == {name_of(worker)}


@dataclass
class Polled(FakeChannel):
    """Somebody else polls each time, until `conflicts` are used up."""

    conflicts: int = 1
    polls: int = 0

    async def receive(self, deliver: Deliver) -> None:
        self.polls += 1
        self._tell()
        if self.conflicts:
            self.conflicts -= 1
            raise PolledElsewhere(self.account)
        await asyncio.Event().wait()


async def test_a_conflict_makes_the_owner_wait_and_poll_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.worker.hand.YIELDS_FOR", 0.01)
    channel = Polled()
    async with office.worker(channel):
        await channel.until(lambda: channel.polls == 2)
        await office.shares(1)


async def test_a_conflict_makes_whoever_is_owner_no_more_let_go(office: Office) -> None:
    channel = Polled(conflicts=1000)
    async with office.worker(channel) as worker:
        await channel.until(lambda: channel.polls >= 1)
        [hand] = worker._hands._held.values()
        await office.database.write(
            lambda conn: conn.execute(update(AccountRow).values(owner="another", epoch=AccountRow.epoch + 1))
        )
        await eventually(lambda: let_go(hand), within=10)


async def let_go(hand: object) -> bool:
    return not hand.holding.lasts  # type: ignore[attr-defined]


async def test_a_stop_while_accounts_are_being_taken_begins_nothing_with_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind, begun, goes_on = accounts.left_behind, asyncio.Event(), asyncio.Event()

    async def slowly(conn: AsyncConnection, owner: str) -> dict[str, int]:
        begun.set()
        await goes_on.wait()
        return await left_behind(conn, owner)

    monkeypatch.setattr(accounts, "left_behind", slowly)
    async with office.worker() as worker, asyncio.timeout(20):
        await begun.wait()
        stopping = asyncio.create_task(worker.stop())
        await asyncio.sleep(0.05)
        goes_on.set()
        await stopping
    assert len(worker._hands) == 0
    assert await office.owners() == {"": 12}
