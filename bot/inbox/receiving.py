"""The flow in: `receive` takes a batch, handles each update once and alone, and returns after the commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import ChannelPort
from bot.clock import Clock
from bot.core.content.model import Library, Practice
from bot.core.decision import Decision
from bot.core.floods import Floods, Hearing
from bot.core.messages import Inbound, InboundKind, Lane
from bot.core.subscriber import Subscriber
from bot.crash import crash_point, kind_and_place
from bot.inbox import aside
from bot.inbox.core import Core, Crisis, ReachFor, Wake
from bot.inbox.direct import Direct
from bot.metrics import Metrics
from bot.store import decisions, erasure, subscribers
from bot.store import inbound as store
from bot.store.alerts import ALERTS
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable, is_outage
from bot.store.joining import join

RECENT_FOR: Final = timedelta(minutes=10)
DEFAULT_ZONE: Final = "Europe/Amsterdam"
_STOP_WITHIN: Final = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handled:
    """What follows outside the transaction from an update that was handled."""

    account: str = ""
    """Has something to send now; empty when nothing is."""
    next_at: datetime | None = None
    group: bool = False
    alerted: bool = False
    """The practice is to be told of an alarm."""
    in_danger: bool = False
    """What the account has to send is a crisis text."""


class Inbox:
    """Everything that comes in, of every practice and channel."""

    def __init__(
        self,
        database: Database,
        library: Callable[[], Library],
        clock: Clock,
        wake: Wake,
        reach: ReachFor,
        *,
        core: Core,
        channels: Mapping[str, ChannelPort],
        metrics: Metrics | None = None,
        real_seconds: Callable[[], float] = time.monotonic,
        help_waits: Callable[[Collection[str]], None] = lambda _: None,
    ) -> None:
        """`channels` by account, for what goes past the outbox. `wake` is called after each commit, and `help_waits`
        after it with the accounts that have a crisis text to send."""
        self._database = database
        self._library = library
        self._clock = clock
        self._wake = wake
        self._reach = reach
        self._core = core
        self._direct = Direct(channels, real_seconds)
        self._real_seconds = real_seconds
        self._metrics = metrics or Metrics()
        self._help_waits = help_waits
        self._floods = Floods()
        self._handling: set[asyncio.Future[None]] = set()

    async def deliver(self, batch: Sequence[Inbound]) -> None:
        """`receive` for a batch of one account, as channels call it (`bot.channels.protocol.Deliver`)."""
        if batch:
            await self.receive(batch[0].address.account.partition(":")[0], batch)

    async def receive(self, practice: str, batch: Sequence[Inbound]) -> None:
        """Handles the batch in one transaction; returns after its commit. Updates that were seen before, and those
        that can't be handled (stored as poison), count as handled.

        Raises DatabaseUnavailable when nothing was committed: the platform has to send the batch again. Whoever may
        be in danger has been answered then all the same. Raises ValueError for an account of another practice.
        """
        if any(inbound.address.account.partition(":")[0] != practice for inbound in batch):
            raise ValueError("an update of one practice came in for another")
        # Whoever posted may hang up meanwhile; what is committed must still wake the worker.
        handling = asyncio.ensure_future(self._receive(practice, batch))
        self._handling.add(handling)
        handling.add_done_callback(self._handling.discard)
        await asyncio.shield(handling)

    async def close(self) -> None:
        """Waits a moment for what is being handled and for taps that are being acknowledged."""
        if self._handling:
            await asyncio.wait(self._handling, timeout=_STOP_WITHIN)
        await self._direct.close(_STOP_WITHIN)

    async def _receive(self, practice: str, batch: Sequence[Inbound]) -> None:
        crash_point("after-receive")
        began, account = self._real_seconds(), batch[0].address.account
        with self._clock.hold():
            now = self._clock.now()
            try:
                handled = await self._database.write(
                    lambda conn: self._handle_all(conn, practice, batch, now), urgent=True
                )
            except DatabaseUnavailable:
                self._metrics.not_received(account)
                await self._answer_danger_directly(practice, batch, now)
                raise
            self._follow_up(handled)
        self._metrics.received(account, self._real_seconds() - began)
        for inbound, result in zip(batch, handled, strict=True):
            if inbound.kind is InboundKind.BUTTON:
                self._direct.acknowledge(inbound)
            if result is not None and result.group:
                self._direct.leave_group(inbound, practice, now)

    def _follow_up(self, handled: Sequence[_Handled | None]) -> None:
        accounts = {result.account for result in handled if result is not None and result.account}
        if any(result is not None and result.alerted for result in handled):
            accounts.add(ALERTS)
        moments = [result.next_at for result in handled if result is not None and result.next_at is not None]
        soonest = min(moments, default=None)
        if soonest is not None:
            self._clock.lower(soonest)
        if accounts or soonest is not None:
            self._wake(accounts, soonest)
        in_danger = {result.account for result in handled if result is not None and result.in_danger}
        if in_danger:
            self._help_waits(in_danger)

    async def _answer_danger_directly(self, practice: str, batch: Sequence[Inbound], now: datetime) -> None:
        content = self._library().practices.get(practice)
        for inbound in batch:
            if inbound.text and inbound.kind not in {InboundKind.GROUP, InboundKind.UNKNOWN}:
                crisis = self._crisis(inbound, (), content, now)
                if crisis is not None:
                    await self._direct.call_for_help(inbound, practice, crisis, now)

    async def _handle_all(
        self, conn: AsyncConnection, practice: str, batch: Sequence[Inbound], now: datetime
    ) -> list[_Handled | None]:
        results: list[_Handled | None] = [None] * len(batch)
        # By address, each address in its own order: two batches that lock the same people never wait in a circle.
        for index in sorted(range(len(batch)), key=lambda at: batch[at].address.external_id):
            results[index] = await self._handle_alone(conn, practice, batch[index], now)
        return results

    async def _handle_alone(
        self, conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime
    ) -> _Handled | None:
        """One update in a savepoint of its own; what raises becomes poison and leaves its neighbours alone."""
        try:
            async with conn.begin_nested():
                return await self._handle(conn, practice, inbound, now)
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error(
                "inbound_poison", account=inbound.address.account, kind=inbound.kind.value, **kind_and_place(problem)
            )
        return await self._poison(conn, practice, inbound, now)

    async def _handle(self, conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime) -> _Handled | None:
        row = await store.admit(conn, practice, None, inbound, now)
        if row is None:
            return None
        match inbound.kind:
            case InboundKind.UNKNOWN:
                _log.info("inbound_unknown_shape", account=inbound.address.account)
                return None
            case InboundKind.GROUP:
                return _Handled(group=True)
            case InboundKind.BLOCKED:
                address_id = await subscribers.address_id_of(conn, practice, inbound.address)
                if address_id is not None:
                    await subscribers.mark_unreachable(conn, practice, address_id, now)
                return None
        content = self._library().practices[practice]
        joined = await self._joined(conn, practice, inbound, now)
        subscriber = joined or await self._subscriber(conn, practice, content, inbound, now)
        await store.attach(conn, practice, row, subscriber)
        inbound = await self._with_action(conn, practice, inbound)
        if joined is not None:
            decision = self._core.joined(replace(joined, address=inbound.address), content, now)
        else:
            decision = self._decide(subscriber, inbound, content, now)
        return await self._record(conn, decision, inbound, now, content.version)

    def _decide(self, subscriber: Subscriber, inbound: Inbound, practice: Practice, now: datetime) -> Decision:
        hearing = self._floods.hear(hash(inbound.address), inbound.text or inbound.action, self._real_seconds())
        if hearing is Hearing.ANSWER or self._is_urgent(subscriber, inbound, practice, now):
            return self._core.respond(inbound, subscriber, practice, now, self._reach(practice.slug, inbound.address))
        words = (aside.TOO_MUCH,) if hearing is Hearing.SAY_ONCE else ()
        return aside.flooded(subscriber, inbound, now, self._core.next_at(subscriber, practice, now), *words)

    def _is_urgent(self, subscriber: Subscriber, inbound: Inbound, practice: Practice, now: datetime) -> bool:
        """A flood never hides danger, and STOP ends it."""
        if inbound.action == "stop" or self._core.is_stop(inbound.text):
            return subscriber.stopped_at is None
        recent = _recent(subscriber, now)
        return self._core.crisis(inbound.text, recent, practice, now) is not None and self._floods.may_answer_danger(
            hash(inbound.address), self._real_seconds()
        )

    async def _joined(self, conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime) -> Subscriber | None:
        if inbound.kind is not InboundKind.START or not inbound.payload:
            return None
        return await join(conn, practice, inbound.payload, inbound.address, now)

    async def _subscriber(
        self, conn: AsyncConnection, practice: str, content: Practice | None, inbound: Inbound, now: datetime
    ) -> Subscriber:
        zone = content.zone if content is not None else DEFAULT_ZONE
        found = await subscribers.find_or_create(conn, practice, inbound.address, zone=zone, now=now, name=inbound.name)
        return await erasure.comes_back(conn, found, now) if found.gone_at is not None else found

    async def _with_action(self, conn: AsyncConnection, practice: str, inbound: Inbound) -> Inbound:
        """A tap means what our own row says it means, never what a platform says."""
        if inbound.kind is not InboundKind.BUTTON or inbound.message_id is None or inbound.button is None:
            return replace(inbound, action="")
        action = await store.button_action(conn, practice, inbound.address, inbound.message_id, inbound.button)
        return replace(inbound, action=action or "")

    async def _record(
        self, conn: AsyncConnection, decision: Decision, inbound: Inbound, now: datetime, version: str
    ) -> _Handled:
        subscriber = decision.subscriber
        cause = f"in:{inbound.address.account}:{inbound.external_id}"
        await decisions.record_many(conn, [(decision, cause)], now, version)
        return _Handled(
            account=subscriber.address.account if decision.messages else "",
            next_at=decision.next_at,
            alerted=bool(decision.alerts),
            in_danger=any(message.lane is Lane.CRISIS for message in decision.messages),
        )

    async def _poison(self, conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime) -> _Handled | None:
        """Keeps the update for whoever mends it, and answers kindly where the person can be told apart at all."""
        async with conn.begin_nested():
            row = await store.poison(conn, practice, inbound, now)
        if row is None:
            return None
        if inbound.kind in {InboundKind.UNKNOWN, InboundKind.GROUP, InboundKind.BLOCKED}:
            return None
        content = self._library().practices.get(practice)
        try:
            async with conn.begin_nested():
                subscriber = await self._subscriber(conn, practice, content, inbound, now)
                # Whose it is: what belongs to nobody could not be erased with its person.
                await store.attach(conn, practice, row, subscriber)
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error("inbound_poison_nobodys", account=inbound.address.account, **kind_and_place(problem))
            await store.drop_text(conn, practice, row)
            return None
        try:
            async with conn.begin_nested():
                next_at = self._next_at(subscriber, content, now)
                # The numbers of where this person is, not of where the practice is.
                there = replace(content, zone=subscriber.zone) if content is not None else None
                crisis = self._crisis(inbound, _recent(subscriber, now), there, now)
                routes = self._reach(practice, inbound.address).alerts if crisis is not None else ()
                decision = aside.poisoned(subscriber, inbound, now, next_at, crisis, routes)
                return await self._record(conn, decision, inbound, now, content.version if content else "")
        except Exception as problem:
            if is_outage(problem):
                raise
            _log.error("inbound_poison_unanswered", account=inbound.address.account, **kind_and_place(problem))
            return None

    def _next_at(self, subscriber: Subscriber, content: Practice | None, now: datetime) -> datetime | None:
        """What broke the conversation may break this too; the plan then looks again in an hour."""
        try:
            return self._core.next_at(subscriber, content, now) if content is not None else None
        except Exception as problem:  # noqa: BLE001 -- pure code of ours; the log says what broke
            _log.error("next_at_failed", **kind_and_place(problem))
            return now + timedelta(hours=1)

    def _crisis(
        self, inbound: Inbound, recent: Sequence[str], content: Practice | None, now: datetime
    ) -> Crisis | None:
        """The safety check where everything else is broken: if it breaks as well, the person is not left alone."""
        try:
            return self._core.crisis(inbound.text, recent, content, now) if inbound.text else None
        except Exception as problem:  # noqa: BLE001 -- the kind line that follows carries 112 and 113
            _log.error("safety_check_failed", account=inbound.address.account, **kind_and_place(problem))
            return None


def _recent(subscriber: Subscriber, now: datetime) -> tuple[str, ...]:
    return tuple(text for at, text in subscriber.recent if now - at <= RECENT_FOR)
