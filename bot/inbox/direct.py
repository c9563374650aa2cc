"""What goes straight to a channel, past the outbox: a line to a group, taps seen, and a crisis text without a database.

None of it is a message of the delivery contract: it is best effort, sent at most once, and a failure is logged.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.channels.protocol import ChannelPort
from bot.core.delivery import Accepted, Handed, Message, NotSent, Outcome
from bot.core.messages import Address, Inbound, Kind, Lane
from bot.crash import kind_and_place
from bot.inbox.aside import PRIVATE_ONLY
from bot.inbox.core import Crisis

GROUP_LINE_EVERY: Final = 86_400.0
CRISIS_EVERY: Final = 600.0
"""Real seconds. While the database is away a platform posts the same update again and again."""
GROUP_LINES_A_MINUTE: Final = 10
"""For all groups of an account together, so that they never use up what its subscribers may get."""
_KEPT: Final = 10_000
_log = structlog.get_logger(__name__)


class Direct:
    """`real_seconds` is real time: none of this follows the bot's clock."""

    def __init__(self, channels: Mapping[str, ChannelPort], real_seconds: Callable[[], float]) -> None:
        self._channels = channels
        self._real_seconds = real_seconds
        self._said: OrderedDict[tuple[str, int], float] = OrderedDict()
        """By the address's hash, which Python salts anew for each process: nobody is kept here by name."""
        self._group_lines: dict[str, list[float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def acknowledge(self, inbound: Inbound) -> None:
        """Lets the platform show that the tap was seen, without waiting for it."""
        channel = self._channels.get(inbound.address.account)
        if channel is not None:
            self._begin(channel.acknowledge(inbound))

    def leave_group(self, inbound: Inbound, practice: str, now: datetime) -> None:
        """One kind line to a group, at most once a day, and then out of it."""
        channel = self._channels.get(inbound.address.account)
        if channel is None or not self._may_say("group", inbound.address, GROUP_LINE_EVERY):
            return
        lines = self._group_lines.setdefault(channel.account, [])
        lines[:] = [at for at in lines if self._real_seconds() - at < 60]
        if len(lines) < GROUP_LINES_A_MINUTE:
            lines.append(self._real_seconds())
            self._begin(self._say_and_leave(channel, inbound, _message(inbound.address, practice, PRIVATE_ONLY, now)))

    async def _say_and_leave(self, channel: ChannelPort, inbound: Inbound, line: Message) -> None:
        await self._send(channel, line, "group_line")
        await channel.acknowledge(inbound)

    async def call_for_help(self, inbound: Inbound, practice: str, crisis: Crisis, now: datetime) -> None:
        """The built-in crisis text, at once, because nothing can be stored. Once in ten minutes for an address."""
        channel = self._channels.get(inbound.address.account)
        if channel is None or not self._may_say("crisis", inbound.address, CRISIS_EVERY):
            return
        plain = _message(inbound.address, practice, crisis.text, now)
        outcome = await self._send(channel, replace(plain, kind=Kind.ALARM, lane=Lane.CRISIS), "crisis_text")
        if isinstance(outcome, NotSent):
            # The platform posts the update again.
            self._said.pop(("crisis", hash(inbound.address)), None)

    async def close(self, within: float) -> None:
        """Waits real seconds for what was begun, then drops the rest."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _may_say(self, what: str, address: Address, every: float) -> bool:
        now = self._real_seconds()
        whom = (what, hash(address))
        said = self._said.get(whom)
        if said is not None and now - said < every:
            return False
        self._said[whom] = now
        self._said.move_to_end(whom)
        if len(self._said) > _KEPT:
            self._said.popitem(last=False)
        return True

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as problem:  # noqa: BLE001 -- best effort by contract; the log says what it was
            _log.warning("direct_failed", **kind_and_place(problem))

    async def _send(self, channel: ChannelPort, message: Message, what: str) -> Outcome:
        try:
            outcome = await channel.send(message)
        except Exception as problem:  # noqa: BLE001 -- best effort by contract; the log says what it was
            _log.error("direct_failed", account=channel.account, what=what, **kind_and_place(problem))
            return NotSent("crashed")
        arrived = isinstance(outcome, Accepted | Handed)
        _log.info("direct", account=channel.account, what=what, outcome=type(outcome).__name__, arrived=arrived)
        return outcome


def _message(address: Address, practice: str, text: str, now: datetime) -> Message:
    """A message without a row (id 0) and so without buttons: a channel sends it, and nothing records the outcome."""
    return Message(
        id=0,
        practice=practice,
        subscriber_id=0,
        address_id=0,
        address=address,
        kind=Kind.NOTICE,
        lane=Lane.REPLY,
        text=text,
        due_at=now,
        expires_at=now + timedelta(minutes=5),
        created_at=now,
    )
