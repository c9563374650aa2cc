"""The send loop of one account: claim what starts now, send it, learn from how that ends, record it in groups."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from bot.channels.protocol import AccountRefused, ChannelPort
from bot.clock import Clock
from bot.core.delivery import Ambiguous, Message, MessageState, NotSent, Outcome, Refused
from bot.core.pace import Pace
from bot.core.retry import POISON, Transition, after, not_started
from bot.crash import crash_point, kind_and_place
from bot.metrics import Metrics
from bot.store import accounts, outbox
from bot.store.accounts import AccountState
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.worker.claimer import Claimer
from bot.worker.claiming import Claiming
from bot.worker.health import Health
from bot.worker.holding import Holding
from bot.worker.horizon import Horizon
from bot.worker.outcomes import Outcomes
from bot.worker.recorder import Recorder
from bot.worker.slots import Slots
from bot.worker.status import AccountStatus
from bot.worker.waits import Waits, asked_for

STARTS_WITHIN: Final = 0.250
"""Real seconds from the claim's check of consent to the start of the send; what is later is not started at all."""
CRASHES: Final = 3
"""A message that raises this often is dead; a channel promises to raise only before anything was sent."""

_LOOK_AGAIN: Final = math.inf
"""Not by itself: the worker looks for all its accounts at once."""
_log = structlog.get_logger(__name__)


class Sender:
    """One account, for as long as this worker holds it: nothing is claimed or started when the holding no longer
    lasts."""

    def __init__(
        self,
        channel: ChannelPort,
        database: Database,
        clock: Clock,
        horizon: Horizon,
        *,
        holding: Holding,
        metrics: Metrics,
        recorder: Recorder | None = None,
        claiming: Claiming | None = None,
        jitter: Callable[[], float] = random.random,
        real_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.channel = channel
        self._database = database
        self._clock = clock
        self._horizon = horizon
        self._holding = holding
        self._metrics = metrics
        self._jitter = jitter
        self._real_seconds = real_seconds
        self._pace = Pace(channel.rate, clock.now().timestamp())
        self._slots = Slots(channel.rate)
        self._claimer = Claimer(
            channel.account,
            database,
            clock,
            claiming=claiming or Claiming(database),
            holding=holding,
            pace=self._pace,
            slots=self._slots,
            metrics=metrics,
            start=self._start,
            real_seconds=real_seconds,
        )
        self._health = Health()
        self._waits = Waits(database, clock, channel.practice, channel.account)
        self._wake = asyncio.Event()
        self._known = asyncio.Event()
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._next: datetime | None = None
        self._crashes: dict[int, int] = {}
        self._outcomes = Outcomes(recorder or Recorder(database, clock), channel.account, self._recorded)
        horizon.busy(channel.account)

    @property
    def status(self) -> AccountStatus:
        return AccountStatus(self.channel.account, self._health.mode, self._health.reason)

    @property
    def works(self) -> bool:
        return not self._health.is_off

    @property
    def in_flight(self) -> int:
        return len(self._slots)

    async def asked(self) -> None:
        """Returns once the platform has been asked for the first time whether it accepts this account."""
        await self._known.wait()

    @property
    def woken(self) -> asyncio.Event:
        """Set when there may be something new to do, until `run` looks."""
        return self._wake

    def look(self) -> None:
        """There may be something new to send now, for which somebody waits."""
        self._claimer.somebody_waits = True
        self._look_again()

    def _look_again(self) -> None:
        if self.works:
            self._wake.set()
            self._tell_horizon()

    def _tell_horizon(self) -> None:
        """Time stands still while a send is out, unless more could go and only waits for tokens."""
        if not self.works:
            self._horizon.gone(self.channel.account)
        elif self._wake.is_set() or (len(self._slots) and not self._claimer.waits_for_tokens):
            self._horizon.busy(self.channel.account)
        else:
            self._horizon.due(self.channel.account, self._next)

    async def run(self) -> None:
        """Until `close`, until the platform refuses the account or somebody else has it. Raises DatabaseUnavailable:
        call it again."""
        left = await self._waits.left()
        if left:
            self._pace.pause(self._clock.now().timestamp(), left)
        while not self._closing and self.works and self._holding.lasts:
            self._wake.clear()
            self._horizon.busy(self.channel.account)
            self._claimer.look()
            self._next = await self._round()
            self._tell_horizon()
            await self._clock.wait_until(self._next, self._wake, _LOOK_AGAIN)

    async def record(self) -> None:
        """Returns when all sends of a closed sender are recorded."""
        await self._outcomes.run()

    async def close(self, within: float) -> None:
        """Claims nothing more and gives what is in flight so many real seconds to finish and be recorded.

        What is then still out stays `sending`; the next owner finds it as unknown.
        """
        self._closing = True
        self._wake.set()
        ends = asyncio.get_running_loop().time() + within
        await self._claimer.close(ends)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=max(0.0, ends - asyncio.get_running_loop().time()))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            if late:
                _log.warning("sends_cut_off", account=self.channel.account, count=len(late))
        self._outcomes.close()

    async def switch_off(self, reason: str) -> None:
        """The platform refuses this account: nothing more is sent or asked until the next start."""
        if not self.works:
            return
        self._health.refused(reason)
        await self._tell_health()

    async def _tell_health(self) -> None:
        """What the account may do has changed: for the log, the clock, and the row that others see."""
        practice, account = self.channel.practice, self.channel.account
        state, reason = AccountState(self._health.mode.value), self._health.reason
        if state is not AccountState.ON:
            _log.error("account_stopped", account=account, state=state.value, reason=reason)
        self._wake.set()
        self._known.set()
        self._tell_horizon()
        try:
            await self._database.write(lambda conn: accounts.set_state(conn, practice, account, state, reason))
        except Exception as problem:  # noqa: BLE001 -- what counts is held here; the row only shows it to others
            _log.warning("account_state_not_written", account=account, **kind_and_place(problem))

    async def _round(self) -> datetime | None:
        """Sends all that may go now; returns when to look again, None when only a wake-up can bring something."""
        if self._claimer.is_unclear:
            # What is really in flight is recorded first: only the rest is unknown.
            while len(self._slots) and not self._closing:
                await self._outcomes.settled()
            if self._closing:
                # What is in flight may still end clearly; the next owner settles the rest.
                return None
            await self._claimer.begin_again()
        if not self._health.may_send:
            if not self._health.may_probe(self._clock.now()):
                return self._health.probe_at
            await self._probe()
        while not self._closing and self._health.may_send and self._holding.lasts:
            left = await self._claimer.claim(self._slots.free(on_trial=self._health.on_trial))
            if not left.now:
                return left.later
        return self._health.probe_at

    async def _probe(self) -> None:
        """Asks the platform whether it knows us, at the start and before anything is sent after a pause."""
        try:
            with self._clock.hold():
                is_known = await self.channel.start()
        except AccountRefused as refusal:
            await self.switch_off(str(refusal))
            return
        if is_known:
            self._health.probed()
        else:
            self._health.unanswered(self._clock.now())
        await self._tell_health()

    def _start(self, message: Message, checked_at: float) -> None:
        self._slots.fill(message)
        self._pace.sent_to(message.address_id, self._clock.now().timestamp())
        task = asyncio.create_task(self._attempt(message, checked_at))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attempt(self, message: Message, checked_at: float) -> None:
        try:
            transition = await self._outcome(message, checked_at)
        except Exception as problem:  # noqa: BLE001 -- an attempt without an end would hold its slot and its row for ever
            _log.error("outcome_lost", account=self.channel.account, message=message.id, **kind_and_place(problem))
            transition = after(message, Ambiguous("outcome lost"), self._clock.now(), self._jitter())
        self._outcomes.add(message, transition)

    async def _outcome(self, message: Message, checked_at: float) -> Transition:
        crash_point("after-claim")
        await self.channel.prepare(message)
        if self._is_late(message, checked_at):
            checked_at = self._real_seconds()
            if not await self._is_still_wanted(message):
                checked_at = -math.inf
        if self._must_not_start(message, checked_at):
            self._pace.not_sent_to(message.address_id)
            return not_started(message)
        try:
            outcome = await self.channel.send(message)
        except Exception as problem:  # noqa: BLE001 -- one message that can't be rendered must not stop the others
            outcome = self._crashed(message, problem)
        else:
            self._crashes.pop(message.id, None)
        crash_point("after-send")
        await self._learn(outcome)
        return after(message, outcome, self._clock.now(), self._jitter())

    def _must_not_start(self, message: Message, checked_at: float) -> bool:
        """The claim took a moment, in which the platform may have asked for a wait or the account may be lost."""
        if self._closing or not self.works or not self._holding.lasts:
            return True
        return self._pace.is_paused(self._clock.now().timestamp()) or self._is_late(message, checked_at)

    def _is_late(self, message: Message, checked_at: float) -> bool:
        """A STOP may have come since. What the person asked for is never late, however slow the disk is."""
        return message.unasked and self._real_seconds() - checked_at > STARTS_WITHIN

    async def _is_still_wanted(self, message: Message) -> bool:
        """Whether the claim would take it again. A picture takes a while, a disk may be slow: to give it back and to
        claim it anew would only take as long again."""
        try:
            async with self._database.read() as conn:
                return await outbox.is_wanted(conn, message, self._holding.epoch, self._clock.now())
        except DatabaseUnavailable as problem:
            _log.warning("not_looked", account=self.channel.account, **kind_and_place(problem))
            return False

    def _crashed(self, message: Message, problem: Exception) -> Outcome:
        crashes = self._crashes[message.id] = self._crashes.get(message.id, 0) + 1
        _log.error("send_crashed", account=self.channel.account, message=message.id, **kind_and_place(problem))
        if crashes < CRASHES:
            return NotSent("crashed")
        del self._crashes[message.id]
        return Refused(POISON)

    async def _learn(self, outcome: Outcome) -> None:
        """What an outcome says about the account: too fast, gone, or no longer to be understood."""
        now = self._clock.now()
        if isinstance(outcome, NotSent) and outcome.whole_account:
            seconds = asked_for(outcome)
            self._pace.pause(now.timestamp(), seconds)
            self._metrics.paused_by_platform(self.channel.account, seconds)
            await self._waits.note(seconds)
        before = self._health.mode
        self._health.learn(outcome, now)
        if self._health.mode is not before:
            await self._tell_health()

    def _recorded(self, outcomes: Sequence[tuple[Message, Transition]]) -> None:
        now = self._clock.now()
        for message, transition in outcomes:
            self._slots.empty(message)
            self._metrics.ended(message, transition, now)
        if self._claimer.is_blocked or any(transition.state is MessageState.READY for _, transition in outcomes):
            self._look_again()
        else:
            self._tell_horizon()
