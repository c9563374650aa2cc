"""Crisis texts of an account whose owner does not come: sent by the process that took the message in.

The owner is woken after the commit and takes such a text within milliseconds; when it was killed or froze, its accounts
move only with the end of its lease. Somebody in danger does not wait for that. It is the row's one claim all the same,
so the text comes once; only an attempt of which nothing is heard for long is taken for unknown, and made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.protocol import ChannelPort
from bot.clock import Clock
from bot.core.delivery import Message, NotSent
from bot.core.messages import Lane
from bot.core.retry import Transition, after
from bot.crash import crash_point, kind_and_place
from bot.metrics import Metrics
from bot.store import outbox
from bot.store.database import Database
from bot.worker.outcomes import Outcomes
from bot.worker.recorder import Outcome, Recorder
from bot.worker.share import LEASE
from bot.worker.waits import Waits, asked_for

PATIENCE: Final = 1.0
"""Real seconds that the owner has before somebody else looks, and between two looks."""
UNHEARD: Final = timedelta(seconds=3)
"""After which an attempt that its owner began and did not end may be one of somebody who is dead."""
WATCHES_FOR: Final = LEASE.total_seconds() + 10.0
"""Real seconds after which somebody living has the account again."""
_AT_ONCE: Final = 20
_NO_SPREAD: Final = 0.0
_log = structlog.get_logger(__name__)


class StandIn:
    """`is_ours` tells whether this process has the account in hand itself."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, ChannelPort],
        is_ours: Callable[[str], bool],
        metrics: Metrics,
        patience: float = PATIENCE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._is_ours = is_ours
        self._metrics = metrics
        self._patience = patience
        self._recorder = Recorder(database, clock)
        self._until: dict[str, float] = {}
        """By account that is watched: until when, in the event loop's seconds."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def look(self, accounts: Collection[str]) -> None:
        """A crisis text was committed for these accounts: sees to it that it goes out, whoever owns them."""
        for account in [one for one in accounts if one in self._channels and not self._closing.is_set()]:
            is_watched = account in self._until
            self._until[account] = asyncio.get_running_loop().time() + WATCHES_FOR
            if not is_watched:
                task = asyncio.create_task(self._watch(account))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def close(self, within: float) -> None:
        """Gives what is being sent so many real seconds; what then is not recorded, the owner finds as unknown."""
        self._closing.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._recorder.stop()

    async def _watch(self, account: str) -> None:
        try:
            while self._goes_on(account):
                await self._rest()
                if not self._goes_on(account) or not await self._is_still_wanted(account):
                    return
        finally:
            del self._until[account]

    def _goes_on(self, account: str) -> bool:
        if self._closing.is_set() or self._is_ours(account):
            return False
        return asyncio.get_running_loop().time() < self._until[account]

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _is_still_wanted(self, account: str) -> bool:
        """Sends what waits, and returns whether to look again."""
        try:
            await self._database.write(lambda conn: self._give_up(conn, account), urgent=True)
            while claimed := await self._database.write(lambda conn: self._claim(conn, account), urgent=True):
                _log.warning("stood_in", account=account, messages=len(claimed))
                if not await self._send(self._channels[account], claimed):
                    return False
            now = self._clock.now()
            until = now + timedelta(seconds=WATCHES_FOR)
            async with self._database.read() as conn:
                return await outbox.unfinished(conn, account, Lane.CRISIS, now, until)
        except Exception as problem:  # noqa: BLE001 -- somebody is in danger: looked at again, whatever it was
            _log.warning("not_stood_in", account=account, **kind_and_place(problem))
            return True

    async def _give_up(self, conn: AsyncConnection, account: str) -> int:
        now = self._clock.now()
        return await outbox.give_up(conn, account, Lane.CRISIS, now - UNHEARD, now)

    async def _claim(self, conn: AsyncConnection, account: str) -> list[Message]:
        return await outbox.claim_beside_owner(conn, account, Lane.CRISIS, self._clock.now(), _AT_ONCE)

    async def _send(self, channel: ChannelPort, messages: Sequence[Message]) -> bool:
        """False when the platform refuses the account: to go on would help nobody."""
        outcomes = Outcomes(self._recorder, channel.account, self._recorded)
        transitions = await asyncio.gather(*(self._attempt(channel, message) for message in messages))
        for message, transition in zip(messages, transitions, strict=True):
            outcomes.add(message, transition)
        outcomes.close()
        await outcomes.run()
        return not any(transition.account_down for transition in transitions)

    async def _attempt(self, channel: ChannelPort, message: Message) -> Transition:
        crash_point("after-claim")
        try:
            outcome = await channel.send(message)
        except Exception as problem:  # noqa: BLE001 -- one message that can't be rendered must not stop the others
            _log.error("send_crashed", account=channel.account, message=message.id, **kind_and_place(problem))
            outcome = NotSent("crashed")
        crash_point("after-send")
        if isinstance(outcome, NotSent) and outcome.whole_account:
            await Waits(self._database, self._clock, channel.practice, channel.account).note(asked_for(outcome))
        return after(message, outcome, self._clock.now(), _NO_SPREAD)

    def _recorded(self, outcomes: Sequence[Outcome]) -> None:
        now = self._clock.now()
        for message, transition in outcomes:
            self._metrics.ended(message, transition, now)
