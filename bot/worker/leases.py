"""One of several workers on PostgreSQL: its lease, renewed well within its length, and its fair share of the accounts.

Leases follow real time: the database's clock decides when one is over, and this process stops claiming by its own
stopwatch before that moment. It never waits for the others: who dies or freezes is passed by when its lease is over.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.crash import kind_and_place
from bot.store import accounts, outbox, workers
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.worker.hands import Hands
from bot.worker.holding import Holding
from bot.worker.share import LEASE, Change, change, living, next_end
from bot.worker.tasks import kept_running

BEAT: Final = 4.0
"""Real seconds between two renewals."""
MARGIN: Final = 2.0
"""Real seconds before the end of its lease at which a worker that could not renew it claims and starts nothing."""

_SWEEP: Final = 30.0
_TRY_AGAIN: Final = 1.0
_CROWDED: Final = 0.3
_LAST_WORD_WITHIN: Final = 1.5
_log = structlog.get_logger(__name__)


def stopwatch() -> float:
    """Real seconds that go on while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class _Seen:
    change: Change
    mine: int
    """Accounts that are ours by their rows."""
    living: frozenset[str]
    orphans: list[str]
    ends_in: float
    """Real seconds until the first of the leases ends, if it is not renewed."""


class Leases:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        hands: Hands,
        prefix: str,
        changed: Callable[[], None] = lambda: None,
        real_seconds: Callable[[], float] = stopwatch,
    ) -> None:
        """`prefix` is the process's part of its name as a worker. `changed` is told when accounts became free, or this
        worker came: others may have something to do."""
        self._database = database
        self._clock = clock
        self._hands = hands
        self._prefix = prefix
        self._changed = changed
        self._real_seconds = real_seconds
        self._name = ""
        self._former = ""
        """The name under which the lease was lost."""
        self._ends = float("-inf")
        self._free: set[str] = set()
        """Closed, and to be given back in the database."""
        self._swept_at = float("-inf")
        self._is_leaving = False
        self._has_ended = asyncio.Event()
        self._wake = asyncio.Event()

    def look(self) -> None:
        """Somebody came, went or gave something back."""
        self._wake.set()

    async def run(self) -> None:
        """Until `end`. Raises nothing that passes."""
        renewing = asyncio.create_task(kept_running("lease", self._keep_lease))
        try:
            while not self._has_ended.is_set():
                self._wake.clear()
                try:
                    wait = await self._beat()
                except DatabaseUnavailable as problem:
                    _log.warning("accounts_not_shared", **kind_and_place(problem))
                    wait = _TRY_AGAIN
                await self._sleep(wait)
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _keep_lease(self) -> None:
        """Beside everything else, so that nothing else makes it late."""
        while True:
            wait = BEAT
            if self._name:
                try:
                    await self._renew()
                except (DatabaseUnavailable, TimeoutError) as problem:
                    _log.warning("lease_not_renewed", **kind_and_place(problem))
                    wait = _TRY_AGAIN
                if not self._holds:
                    self._lose()
            await asyncio.sleep(max(0.0, min(wait, self._ends - self._real_seconds()) if self._name else wait))

    async def end(self) -> None:
        """Lets what is in flight finish and gives everything back, each account as soon as it can be; within the time
        that a stop may take."""
        self._is_leaving = True
        self._give_back(list(self._hands))
        self.look()
        await self._hands.emptied()
        try:
            async with asyncio.timeout(_LAST_WORD_WITHIN):
                await self._has_ended.wait()
        except TimeoutError:
            # Their lease ends by itself.
            _log.warning("accounts_not_given_back", count=len(self._free))

    @property
    def _holds(self) -> bool:
        """The lease runs, by the stopwatch."""
        return self._real_seconds() < self._ends

    async def _beat(self) -> float:
        """Gives and takes; returns after how many real seconds to look again."""
        if not self._name:
            await self._join()
        self._drop_lost()
        await self._give_back_free()
        if self._is_leaving and not (len(self._hands) or self._hands.closing or self._free):
            await self._database.write(lambda conn: workers.gone(conn, self._name))
            self._changed()
            self._has_ended.set()
        if self._is_leaving:
            return 0.0 if self._free else BEAT
        return await self._share()

    async def _share(self) -> float:
        async with self._database.read() as conn:
            seen = await self._see(conn)
        if seen.mine != self._accounted_for():
            await self._reconcile()
        if seen.change.give:
            giving = self._hands.idlest(seen.change.give)
            _log.info("accounts_given_back", count=len(giving), workers=len(seen.living))
            self._give_back(giving)
        wants = bool(seen.change.take and seen.orphans)
        took = await self._take() if wants else 0
        if self._real_seconds() - self._swept_at > _SWEEP:
            await self._sweep()
        self._hands.settled()
        if wants and not took:
            return _CROWDED * random.uniform(0.5, 1.5)
        return min(BEAT, seen.ends_in)

    async def _renew(self) -> None:
        """Raises TimeoutError where the database says nothing: our stopwatch goes on."""
        name, before = self._name, self._real_seconds()
        async with asyncio.timeout(BEAT):
            is_renewed = await self._database.write_aside(lambda conn: workers.renew(conn, name, LEASE))
        if name == self._name:
            # What has stopped once, by the stopwatch, is not begun again under the same name.
            self._ends = self._end_of(before) if is_renewed and self._holds else float("-inf")

    async def _join(self) -> None:
        await self._database.write(lambda conn: accounts.register(conn, self._hands.channels))
        name, before = f"{self._prefix}:{secrets.token_hex(4)}", self._real_seconds()
        former = self._former

        async def join(conn: AsyncConnection) -> None:
            await workers.join(conn, name, LEASE)
            # Nothing is claimed under that name any more: nobody has to wait for the end of its lease.
            await workers.gone(conn, former)

        await self._database.write_aside(join)
        self._name, self._ends, self._former = name, self._end_of(before), ""
        self._changed()

    def _end_of(self, began: float) -> float:
        return began + LEASE.total_seconds() - MARGIN

    def _lose(self) -> None:
        """What we had may be somebody else's. Who comes back is somebody new."""
        if len(self._hands):
            _log.warning("lease_lost", accounts=len(self._hands))
        self._hands.lose(lambda _: self.look())
        self._free.clear()
        self._former = self._name or self._former
        self._name, self._ends = "", float("-inf")
        self.look()

    def _drop_lost(self) -> None:
        lost = self._hands.lost() if self._holds else []
        if lost:
            self._hands.give_back(lost, lambda _: self.look())

    def _give_back(self, giving: Collection[str]) -> None:
        name = self._name

        def closed(account: str) -> None:
            # Under another name it is not ours to give.
            if name == self._name:
                self._free.add(account)
            self.look()

        self._hands.give_back(giving, closed)

    async def _give_back_free(self) -> None:
        free, name = frozenset(self._free), self._name
        if not free and not self._is_leaving:
            return

        async def give_back(conn: AsyncConnection) -> None:
            await accounts.release(conn, free, name)
            if self._is_leaving:
                await workers.leave(conn, name)

        await self._database.write(give_back)
        self._free -= free
        self._changed()

    async def _see(self, conn: AsyncConnection) -> _Seen:
        members, now = await workers.members(conn)
        held = await accounts.held(conn)
        alive = living(members, now)
        found = await accounts.orphans(conn, alive) if held.keys() - alive else []
        known = [account for account in found if account in self._hands.channels]
        change_now = change(self._name, members, now, held, len(known), self._hands.closing + len(self._free))
        end = next_end(members, now)
        ends_in = (end - now).total_seconds() if end is not None else BEAT
        mine = held.get(self._name, 0)
        return _Seen(change_now, mine, alive, [account for account in known if self._may_take(account)], ends_in)

    def _may_take(self, account: str) -> bool:
        return account not in self._free and self._hands.is_free(account)

    def _accounted_for(self) -> int:
        return len(self._hands) + self._hands.closing + len(self._free)

    async def _reconcile(self) -> None:
        """After a commit of which nobody knew: what is ours by its row and not in hand is anybody's, and what is in
        hand and not ours by its row is let go."""
        name = self._name

        async def disown(conn: AsyncConnection) -> list[str]:
            owned = await accounts.owned_by(conn, name)
            await accounts.release(conn, [one for one in owned if self._may_take(one)], name)
            return owned

        owned = frozenset(await self._database.write(disown))
        if name == self._name:
            self._hands.lose_all_but(owned)
            self._drop_lost()

    async def _take(self) -> int:
        name = self._name
        epochs = await self._database.write(self._take_now)
        if epochs and not self._is_leaving:
            await self._sweep()
        if self._is_leaving:
            self._free.update(epochs)
        elif epochs and name == self._name:
            _log.info("accounts_taken", count=len(epochs))
            for account, epoch in epochs.items():
                practice = self._hands.channels[account].practice
                self._hands.take(Holding(practice, account, name, epoch, lambda: self._runs(name)), self._is_mine)
        return len(epochs)

    async def _take_now(self, conn: AsyncConnection) -> dict[str, int]:
        """Looks again, since only one worker at a time takes anything."""
        if not await workers.may_change(conn):
            return {}
        seen = await self._see(conn)
        wanted = random.sample(seen.orphans, min(seen.change.take, len(seen.orphans)))
        taken = await accounts.take(conn, wanted, self._name, seen.living) if wanted else {}
        await workers.forget(conn, seen.living)
        return taken

    async def _sweep(self) -> int:
        """What somebody who is gone, or froze in the middle of a claim, left behind as being sent is unknown."""
        recovered = await self._database.write(self._recover)
        self._swept_at = self._real_seconds()
        if recovered:
            _log.warning("recovered", messages=recovered)
        return recovered

    async def _recover(self, conn: AsyncConnection) -> int:
        now = self._clock.now()
        behind = await accounts.left_behind(conn, self._name)
        return sum([await outbox.recover(conn, account, epoch, now) for account, epoch in behind.items()])

    def _runs(self, name: str) -> bool:
        return self._name == name and self._holds

    async def _is_mine(self, holding: Holding) -> bool:
        try:
            async with self._database.read() as conn:
                owner = await accounts.owner_of(conn, self._hands.channels[holding.account].practice, holding.account)
        except DatabaseUnavailable:
            return True
        return owner == self._name

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._wake.wait()
        except TimeoutError:
            return
