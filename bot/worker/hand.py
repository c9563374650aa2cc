"""One account in hand: its sender, the recorder of its outcomes, and whoever receives for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.channels.protocol import AccountRefused, Deliver, PolledElsewhere
from bot.worker.holding import Holding
from bot.worker.sender import Sender
from bot.worker.tasks import finished, kept_running

YIELDS_FOR: Final = 2.0
"""Real seconds that an owner does not poll after it met somebody else; doubles up to the longest."""
_YIELDS_AT_MOST: Final = 30.0
_ANOTHER_TIME: Final = 300.0
"""Real seconds of undisturbed polling after which a conflict is a new one, told again."""
_FLUSH_WITHIN: Final = 3.0
_log = structlog.get_logger(__name__)

IsMine = Callable[[Holding], Awaitable[bool]]
"""Whether the database still has this worker as the account's owner."""


class Hand:
    def __init__(self, sender: Sender, holding: Holding, deliver: Deliver, is_mine: IsMine) -> None:
        self.sender = sender
        self.holding = holding
        self._deliver = deliver
        self._is_mine = is_mine
        self._sending: asyncio.Task[None] | None = None
        self._recording: asyncio.Task[None] | None = None
        self._receiving: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to send and to receive, in the running event loop."""
        account = self.holding.account
        self._sending = asyncio.create_task(kept_running(account, self.sender.run, self.sender.woken))
        self._recording = asyncio.create_task(self.sender.record())
        self._receiving = asyncio.create_task(kept_running(f"{account}:receive", self._receive))

    def stop_receiving(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()

    async def close(self, within: float) -> None:
        """Receives and begins nothing more, and lets what is in flight finish for so many real seconds and be recorded
        in what is left of them, and a little more."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + within + _FLUSH_WITHIN
        self.stop_receiving()
        if self._receiving is not None:
            await asyncio.wait([self._receiving])
        await self.sender.close(within)
        await finished([task for task in (self._recording,) if task is not None], ends - loop.time())
        await finished([task for task in (self._sending,) if task is not None], 1.0)

    async def _receive(self) -> None:
        """For as long as the account works and is ours; a channel that is pushed to returns at once."""
        await self.sender.asked()
        wait, loop = YIELDS_FOR, asyncio.get_running_loop()
        while self.sender.works and self.holding.lasts:
            began = loop.time()
            try:
                await self.sender.channel.receive(self._deliver)
            except AccountRefused as refusal:
                await self.sender.switch_off(str(refusal))
            except PolledElsewhere:
                if not await self._is_mine(self.holding):
                    self.holding.lose()
                    _log.warning("polling_yielded", account=self.holding.account, reason="another worker owns it now")
                    return
                if loop.time() - began > _ANOTHER_TIME:
                    wait = YIELDS_FOR
                if wait == YIELDS_FOR:
                    _log.error(
                        "polling_conflict",
                        account=self.holding.account,
                        reason="another program polls with this token, or a webhook was set: stop it there",
                    )
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
                wait = min(_YIELDS_AT_MOST, wait * 2)
            else:
                return
