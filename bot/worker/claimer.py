"""The claims of one account: tokens first, then only what starts now, under the epoch of the worker's holding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.core.delivery import Message
from bot.core.messages import Lane
from bot.core.pace import Pace
from bot.metrics import Metrics
from bot.store import outbox
from bot.store.database import Database
from bot.worker.claiming import Claiming
from bot.worker.holding import Holding
from bot.worker.horizon import at
from bot.worker.slots import Slots, unasked

_LONGEST_LOOK: Final = timedelta(minutes=1)
_MOST_IN_A_CLAIM: Final = 100
"""What is claimed starts at once: of a larger batch the last would start late, and the answers come all together."""
_MOST_DOUBLINGS: Final = 6
_LANES: Final = tuple(Lane)
_log = structlog.get_logger(__name__)

Start = Callable[[Message, float], None]
"""Starts to send a message, of which the claim began to check consent at the given real seconds."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a claim left to be claimed."""

    now: bool
    later: datetime | None = None
    """When to look again where nothing is left now; None when only a wake-up can bring something."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    messages: list[Message]
    checked_at: float
    """Real seconds at which the claim began to check consent."""
    moment: datetime
    next_due: datetime | None
    """Of what was left at `moment`; unknown, and None, when there was no room for more."""
    for_lessons: int
    """Tokens that lessons might take: fewer than were there, so that a reply finds one."""

    @property
    def left_lessons(self) -> bool:
        """There may be more of them, for which only tokens are lacking."""
        is_due = self.next_due is not None and self.next_due <= self.moment
        return is_due and unasked(self.messages) == self.for_lessons


class Claimer:
    """The holding's epoch fences its claims, and nothing is claimed when the holding no longer lasts."""

    def __init__(
        self,
        account: str,
        database: Database,
        clock: Clock,
        *,
        claiming: Claiming,
        holding: Holding,
        pace: Pace,
        slots: Slots,
        metrics: Metrics,
        start: Start,
        real_seconds: Callable[[], float],
    ) -> None:
        self._account = account
        self._database = database
        self._clock = clock
        self._claiming = claiming
        self._holding = holding
        self._pace = pace
        self._slots = slots
        self._metrics = metrics
        self._start = start
        self._real_seconds = real_seconds
        self._one_at_a_time = asyncio.Lock()
        self._closed = False
        self._passed_over = 0
        self.is_unclear = False
        """Nobody knows whether the last claim was committed: `begin_again` before the next."""
        self.somebody_waits = True
        """What the last claim brought, or was told of since it began, is more than lessons."""
        self.is_blocked = True
        """Something is due that could not be claimed: a finished send may make room for it."""
        self.waits_for_tokens = False

    def look(self) -> None:
        """What is due is to be found out anew."""
        self.is_blocked, self.waits_for_tokens = True, False

    async def claim(self, free: int) -> Left:
        """Claims and starts what there are tokens for, at most `free` messages. Raises DatabaseUnavailable: then it
        may be unclear."""
        now = self._clock.now().timestamp()
        room = self._pace.take(now, min(_MOST_IN_A_CLAIM, free), self._worth_while)
        if room == 0:
            return Left(now=False, later=None if free == 0 else self._next_token(now))
        claimed = await self._claim_and_start(room)
        if len(claimed.messages) < room and not claimed.left_lessons:
            return Left(now=False, later=self._next_moment(claimed.moment, claimed.next_due))
        return Left(now=True)

    async def begin_again(self) -> None:
        """After an unclear claim: under a new epoch, what it took is unknown, and resent as the contract says. What is
        really in flight has to be recorded by now."""
        self._holding.goes_on(await self._database.write(self._next_epoch))
        self.is_unclear = False

    async def close(self, until: float) -> None:
        """Claims nothing more. What is being claimed at this moment is given back, not left behind: but for a database
        that does not answer until then, by the loop's time."""
        self._closed = True
        try:
            async with asyncio.timeout_at(until), self._one_at_a_time:
                pass
        except TimeoutError:
            _log.warning("claim_cut_off", account=self._account)

    @property
    def _worth_while(self) -> int:
        """Tokens for which it claims: few large claims cost less than many small ones, where nobody waits."""
        return 1 if self.somebody_waits else self._pace.bulk + self._pace.kept_for_replies

    def _next_token(self, now: float) -> datetime:
        self.waits_for_tokens = True
        self._metrics.waited_for_rate(self._account)
        return at(self._pace.next_at(now, self._worth_while))

    async def _next_epoch(self, conn: AsyncConnection) -> int | None:
        epoch = await self._holding.next_epoch(conn)
        if epoch is not None:
            recovered = await outbox.recover(conn, self._account, epoch, self._clock.now())
            _log.warning("claim_was_unclear", account=self._account, epoch=epoch, messages=recovered)
        return epoch

    async def _claim_and_start(self, room: int) -> _Claimed:
        async with self._one_at_a_time:
            if self._closed or not self._holding.lasts:
                return _Claimed([], 0.0, self._clock.now(), None, 0)
            self.somebody_waits = False
            claimed = await self._claim(self._holding.epoch, room)
            for message in claimed.messages:
                self._start(message, claimed.checked_at)
        if unasked(claimed.messages) < len(claimed.messages):
            self.somebody_waits = True
        self._pace.give_back(room - len(claimed.messages))
        return claimed

    async def _claim(self, epoch: int, room: int) -> _Claimed:
        try:
            return await self._claiming.claim(lambda conn: self._claim_now(conn, epoch, room), room)
        except Exception:
            self._pace.give_back(room)
            self.somebody_waits = True
            # It may have been committed: those rows would be `sending` for ever under an epoch that goes on.
            self.is_unclear = True
            raise

    async def _claim_now(self, conn: AsyncConnection, epoch: int, room: int) -> _Claimed:
        checked_at = self._real_seconds()
        moment = self._clock.now()
        busy = self._slots.addresses()
        busy.update(self._pace.waiting_chats(moment.timestamp()))
        for_lessons = self._pace.for_lessons(room)
        room_for_unasked = min(self._slots.room_for_unasked(), for_lessons)
        claimed = await outbox.claim_from(conn, self._account, _LANES, moment, epoch, room, busy, room_for_unasked)
        # Asked in the same transaction: a look of its own costs more than the claim.
        left = await outbox.next_due(conn, (self._account,), moment) if len(claimed) < room else None
        return _Claimed(claimed, checked_at, moment, left, for_lessons)

    def _next_moment(self, now: datetime, due: datetime | None) -> datetime | None:
        """When something may be claimed that could not be claimed at `now`; the earliest of it is due at `due`."""
        chat = self._pace.next_chat_at(now.timestamp())
        moments = [at(chat)] if chat is not None else []
        if due is not None and due > now:
            moments.append(due)
        passed_over = due is not None and due <= now and not len(self._slots) and chat is None
        self._passed_over = self._passed_over + 1 if passed_over else 0
        if passed_over:
            # Somebody else had it locked for a moment: nothing tells us when that is over.
            moments.append(now + min(_LONGEST_LOOK, timedelta(seconds=2 ** min(self._passed_over, _MOST_DOUBLINGS))))
        self.is_blocked = due is not None and due <= now
        return min(moments, default=None)
