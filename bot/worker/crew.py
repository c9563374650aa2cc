"""The worker: one planner, one sender and one receiver for each account, and the recurring housekeeping."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.channels.protocol import AccountRefused, ChannelPort, Deliver
from bot.clock import Clock
from bot.core.content.model import Library
from bot.crash import kind_and_place
from bot.metrics import Metrics
from bot.store import outbox
from bot.store.database import Database
from bot.worker.horizon import Horizon
from bot.worker.planner import Plan, Planner
from bot.worker.sender import Sender
from bot.worker.status import AccountStatus

SAFETY_TICK: Final = 30
"""Real seconds between two looks at everything, for whatever no wake-up told about."""
ALONE_TICK: Final = 5
"""The same where another process takes in what people send, and nothing tells us of it yet (LISTEN: issue C)."""
FINISH_WITHIN: Final = 30.0
"""Real seconds that sends in flight have when the worker stops."""

_EXPIRED_AT_ONCE: Final = 1000
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_FLUSH_WITHIN: Final = 3.0
_log = structlog.get_logger(__name__)


class Worker:
    """Owns every account it is given. Place of the leases between several workers: `Sender._take_over`."""

    def __init__(
        self,
        database: Database,
        library: Callable[[], Library],
        clock: Clock,
        channels: Sequence[ChannelPort],
        deliver: Deliver,
        *,
        plan: Plan,
        metrics: Metrics | None = None,
        look_every: int = SAFETY_TICK,
    ) -> None:
        """`deliver` is the inbox's; channels that poll hand it what they get. Raises nothing; begins with `start`."""
        self._database = database
        self._clock = clock
        self._deliver = deliver
        self._metrics = metrics or Metrics()
        self._look_every = look_every
        self._horizon = Horizon(clock)
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._senders = {
            channel.account: Sender(channel, database, clock, self._horizon, owner=owner, metrics=self._metrics)
            for channel in channels
        }
        self._planner = Planner(database, library, clock, self._horizon, plan, self._wake_accounts)
        self._scheduler: Any = AsyncIOScheduler(timezone="UTC")
        self._keeping_house = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._receivers: list[asyncio.Task[None]] = []
        self._recorders: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to plan, send, receive and keep house, in the running event loop."""
        self._tasks.append(asyncio.create_task(_kept_running("plan", self._planner.run)))
        for account, sender in self._senders.items():
            self._tasks.append(asyncio.create_task(_kept_running(account, sender.run)))
            self._recorders.append(asyncio.create_task(sender.record()))
            self._receivers.append(asyncio.create_task(self._receive(sender)))
        recurring = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler.add_job(self._look_at_everything, "interval", seconds=self._look_every, **recurring)
        self._scheduler.add_job(self._keep_house, "interval", seconds=SAFETY_TICK, **recurring)
        self._scheduler.start()

    async def stop(self) -> None:
        """Takes in and begins nothing more, and lets what is in flight finish: within 35 real seconds."""
        if self._scheduler.running:
            self._scheduler.pause()
            # Shutting down cancels what runs; let it finish first.
            async with self._keeping_house:
                self._scheduler.shutdown(wait=False)
        for receiver in self._receivers:
            receiver.cancel()
        self._planner.close()
        await asyncio.gather(*self._receivers, return_exceptions=True)
        await asyncio.gather(*(sender.close(FINISH_WITHIN) for sender in self._senders.values()))
        await _finished(self._recorders, _FLUSH_WITHIN)
        await _finished(self._tasks, 1.0)
        await asyncio.gather(*(sender.channel.stop() for sender in self._senders.values()), return_exceptions=True)

    def wake(self, accounts: Collection[str], next_at: datetime | None) -> None:
        """After a commit: these accounts have something to send now, and somebody is due at `next_at`."""
        self._wake_accounts(accounts)
        if next_at is not None:
            self._planner.expect(next_at)

    def accounts(self) -> list[AccountStatus]:
        return [sender.status for sender in self._senders.values()]

    def _wake_accounts(self, accounts: Collection[str]) -> None:
        for account in accounts:
            sender = self._senders.get(account)
            if sender is not None:
                sender.look()

    async def _look_at_everything(self) -> None:
        self._planner.look()
        self._wake_accounts(self._senders)

    async def _keep_house(self) -> None:
        """Ends what has expired, so that it is visible; it would not be sent anyway."""
        async with self._keeping_house:
            try:
                while await self._expire() == _EXPIRED_AT_ONCE:
                    pass
            except Exception as problem:  # noqa: BLE001 -- comes again in half a minute
                _log.warning("housekeeping_failed", **kind_and_place(problem))

    async def _expire(self) -> int:
        now = self._clock.now()
        by_lane = await self._database.write(lambda conn: outbox.expire_by_lane(conn, now, _EXPIRED_AT_ONCE))
        for (account, lane), count in by_lane.items():
            self._metrics.expired(account, lane, count)
        expired = by_lane.total()
        if expired:
            _log.info("expired", messages=expired)
        return expired

    async def _receive(self, sender: Sender) -> None:
        """Polls for as long as the account works; a channel that is pushed to returns at once."""

        async def receive() -> None:
            try:
                await sender.channel.receive(self._deliver)
            except AccountRefused as refusal:
                await sender.switch_off(str(refusal))

        await sender.asked()
        if sender.works:
            await _kept_running(f"{sender.channel.account}:receive", receive)


async def _kept_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Until `run` returns by itself. What it raises is logged, and it is begun again after a growing wait."""
    wait = _FIRST_WAIT
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await run()
        except Exception as problem:  # noqa: BLE001 -- a worker that ended silently would lose everything after it
            if loop.time() - began > _LONGEST_WAIT:
                wait = _FIRST_WAIT
            _log.error("begun_again", task=name, seconds=wait, **kind_and_place(problem))
            await asyncio.sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 2)
        else:
            return


async def _finished(tasks: Sequence[asyncio.Task[None]], within: float) -> None:
    """Waits real seconds for the tasks, then cancels the rest."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=within)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
