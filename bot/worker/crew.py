"""The worker: one planner, the accounts that it owns with their senders, and the recurring housekeeping."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.channels.protocol import ChannelPort, Deliver
from bot.clock import Clock
from bot.core.content.model import Library
from bot.core.decision import AlertRoute
from bot.crash import kind_and_place
from bot.metrics import Metrics
from bot.store import outbox
from bot.store.alerts import ALERTS
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.store.notices import Notice
from bot.worker import hands
from bot.worker.alerter import Alerter, Tell
from bot.worker.alone import Alone
from bot.worker.batches import Plan
from bot.worker.claiming import Claiming
from bot.worker.hands import Hands
from bot.worker.holding import Holding
from bot.worker.horizon import Horizon
from bot.worker.keeper import Keeper
from bot.worker.leases import Leases
from bot.worker.planner import Planner
from bot.worker.recorder import Recorder
from bot.worker.sender import Sender
from bot.worker.status import AccountStatus
from bot.worker.tasks import finished, kept_running

SAFETY_TICK: Final = 30
"""Real seconds between two looks at everything, for whatever no wake-up told about."""
ALONE_TICK: Final = 5
"""The same while no other process can tell us of its commits."""

_TIDIES_UP_WITHIN: Final = 2.0
"""Real seconds that housekeeping has at a stop: it is idempotent, and a database may never answer."""
_ENDS_WITHIN: Final = 1.0
_EXPIRED_AT_ONCE: Final = 1000
_LEFT_AFTER: Final = timedelta(minutes=1)
"""No send of somebody who lives takes so long."""
_log = structlog.get_logger(__name__)


class Ownership(Protocol):
    """How a worker comes by its accounts."""

    async def run(self) -> None:
        """Takes accounts, and gives them back, until there is nothing more to decide."""

    def look(self) -> None:
        """Somebody came, went or gave something back."""

    async def end(self) -> None:
        """Lets what is in flight finish, within 32 real seconds, and gives everything back."""


class Worker:
    """One process that plans and sends: alone on SQLite, one of several on PostgreSQL."""

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
        tell: Callable[[Notice], None] = lambda _: None,
        alert_ways: Mapping[tuple[str, AlertRoute], Tell] | None = None,
    ) -> None:
        """`deliver` is the inbox's; channels that poll hand it what they get. `tell` reaches the other processes.
        `alert_ways`: how practices that opted in are told of an alarm. Raises nothing; begins with `start`."""
        self._database = database
        self._clock = clock
        self._channels = channels
        self._metrics = metrics or Metrics()
        self._tell = tell
        self._horizon = Horizon(clock)
        self._claiming = Claiming(database)
        self._recorder = Recorder(database, clock)
        by_account = {channel.account: channel for channel in channels}
        self._hands = Hands(by_account, self._horizon, deliver, self._sender)
        name = f"{socket.gethostname()}:{os.getpid()}"
        self._ownership: Ownership = (
            Alone(database, clock, self._hands, name)
            if database.is_sqlite
            else Leases(database, clock, self._hands, name, lambda: tell(Notice(workers=True)))
        )
        self._planner = Planner(database, library, clock, self._horizon, plan, self._wake_accounts)
        self._alerter = (
            Alerter(database, library, clock, self._horizon, alert_ways, self._metrics) if alert_ways else None
        )
        self._scheduler: Any = AsyncIOScheduler(timezone="UTC")
        self._looking: Any = None
        self._keeper = Keeper(database, library, clock)
        self._keeping_house = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._alerting: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to own, plan, send, receive and keep house, in the running event loop."""
        self._tasks.append(asyncio.create_task(kept_running("own", self._ownership.run)))
        self._tasks.append(asyncio.create_task(kept_running("plan", self._planner.run)))
        self._keeper.start(self._scheduler)
        if self._alerter is not None:
            alerting = kept_running("alerts", self._alerter.run, self._alerter.woken)
            self._alerting.append(asyncio.create_task(alerting))
        recurring = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        tick = SAFETY_TICK if self._database.is_sqlite else ALONE_TICK
        self._looking = self._scheduler.add_job(self._look_at_everything, "interval", seconds=tick, **recurring)
        self._scheduler.add_job(self._keep_house, "interval", seconds=SAFETY_TICK, **recurring)
        self._scheduler.start()

    async def stop(self) -> None:
        """Takes in and begins nothing more, and lets what is in flight finish: within 35 real seconds."""
        if self._scheduler.running:
            self._scheduler.pause()
        self._hands.stop_receiving()
        self._planner.close()
        if self._alerter is not None:
            self._alerter.close()
        await asyncio.gather(self._ownership.end(), self._tidied_up(), finished(self._alerting, hands.FINISH_WITHIN))
        await self._recorder.stop()
        await finished(self._tasks, _ENDS_WITHIN)
        await asyncio.gather(*(channel.stop() for channel in self._channels), return_exceptions=True)

    async def _tidied_up(self) -> None:
        """Shutting down cancels what runs; housekeeping may finish first."""
        try:
            async with asyncio.timeout(_TIDIES_UP_WITHIN), self._keeping_house:
                pass
        except TimeoutError:
            _log.warning("housekeeping_cut_off")
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _sender(self, channel: ChannelPort, holding: Holding) -> Sender:
        return Sender(
            channel,
            self._database,
            self._clock,
            self._horizon,
            holding=holding,
            metrics=self._metrics,
            recorder=self._recorder,
            claiming=self._claiming,
        )

    def wake(self, accounts: Collection[str], next_at: datetime | None) -> None:
        """After a commit: these accounts have something to send now, and somebody is due at `next_at`."""
        self._wake_accounts(accounts)
        if self._alerter is not None and ALERTS in accounts:
            self._alerter.look()
        if next_at is not None:
            self._planner.expect(next_at)

    def heard(self, notice: Notice) -> None:
        """Another process tells of a commit of its own."""
        self._hands.look(notice.accounts)
        if self._alerter is not None and ALERTS in notice.accounts:
            self._alerter.look()
        if notice.next_at is not None:
            self._planner.expect(notice.next_at)
        if notice.workers:
            self._ownership.look()

    def is_told(self, is_told: bool) -> None:  # noqa: FBT001 -- a fact
        """Whether other processes can tell us of their commits from now on; what they told before may be missed."""
        if self._looking is not None:
            self._looking.reschedule("interval", seconds=SAFETY_TICK if is_told else ALONE_TICK)
        self._planner.look()
        self._hands.look(list(self._hands))
        self._ownership.look()

    def has_in_hand(self, account: str) -> bool:
        return account in self._hands

    def accounts(self) -> list[AccountStatus]:
        return self._hands.statuses()

    def _wake_accounts(self, accounts: Collection[str]) -> None:
        self._hands.look(accounts)
        elsewhere = frozenset(account for account in accounts if account not in self._hands)
        if elsewhere:
            self._tell(Notice(accounts=elsewhere))

    async def _look_at_everything(self) -> None:
        """One question for all accounts, however many they are."""
        self._planner.look()
        try:
            async with self._database.read() as conn:
                waiting = await outbox.accounts_waiting(conn)
        except DatabaseUnavailable as problem:
            _log.warning("not_looked", **kind_and_place(problem))
        else:
            self._hands.look(waiting)
        if self._alerter is not None:
            self._alerter.look()

    async def _keep_house(self) -> None:
        """Ends what has expired, so that it is visible; it would not be sent anyway. And finds what somebody who stood
        in for us left behind when it was killed: our own epoch does not end with it."""
        async with self._keeping_house:
            try:
                while await self._expire() == _EXPIRED_AT_ONCE:
                    pass
                await self._take_over_from_nobody()
            except Exception as problem:  # noqa: BLE001 -- comes again in half a minute
                _log.warning("housekeeping_failed", **kind_and_place(problem))

    async def _take_over_from_nobody(self) -> None:
        now = self._clock.now()
        before = now - _LEFT_AFTER
        async with self._database.read() as conn:
            left = await outbox.left_by_nobody(conn, list(self._hands), before)
        for account in left:
            recover = partial(outbox.recover_nobodys, account=account, started_before=before, now=now)
            count = await self._database.write(recover)
            _log.warning("recovered", account=account, messages=count)
        self._hands.look(left)

    async def _expire(self) -> int:
        now = self._clock.now()
        by_lane = await self._database.write(lambda conn: outbox.expire_by_lane(conn, now, _EXPIRED_AT_ONCE))
        for (account, lane), count in by_lane.items():
            self._metrics.expired(account, lane, count)
        expired = by_lane.total()
        if expired:
            _log.info("expired", messages=expired)
        return expired
