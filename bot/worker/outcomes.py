"""Outcomes on their way to the database, in groups. None is lost while the process lives: it is written until it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.core.delivery import Message
from bot.core.retry import Transition
from bot.crash import crash_point, kind_and_place
from bot.store import outbox, subscribers
from bot.store.database import Database
from bot.store.errors import is_outage

_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
_GROUP: Final = 500
Outcome = tuple[Message, Transition]
_log = structlog.get_logger(__name__)


class Outcomes:
    """Of one account. `recorded` is told of messages once their outcomes are committed."""

    def __init__(
        self, database: Database, clock: Clock, account: str, recorded: Callable[[Sequence[Outcome]], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._account = account
        self._recorded = recorded
        self._waiting: list[Outcome] = []
        self._arrived = asyncio.Event()
        self._settled = asyncio.Event()
        self._closing = False

    def add(self, message: Message, transition: Transition) -> None:
        self._waiting.append((message, transition))
        self._arrived.set()

    def close(self) -> None:
        """Ends `run` when everything that was added is written."""
        self._closing = True
        self._arrived.set()
        self._settled.set()

    async def settled(self) -> None:
        """Returns when the next group has been written."""
        self._settled.clear()
        await self._settled.wait()

    async def run(self) -> None:
        while self._waiting or not self._closing:
            self._arrived.clear()
            if not self._waiting:
                await self._arrived.wait()
                continue
            group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
            await self._write(group)
            for message, transition in group:
                await self._learn_address(message, transition)
            self._recorded(group)
            self._settled.set()

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        crash_point("before-outcome")
        wait = _FIRST_WAIT
        while True:
            try:
                await self._database.write(lambda conn: outbox.record_outcomes(conn, outcomes, self._clock.now()))
            except Exception as problem:  # noqa: BLE001 -- a lost outcome would be a duplicate: write until it is written
                _log.error(
                    "outcomes_not_written", account=self._account, count=len(outcomes), **kind_and_place(problem)
                )
                if not is_outage(problem):
                    await self._write_apart(outcomes)
                    return
                await asyncio.sleep(wait)
                wait = min(_LONGEST_WAIT, wait * 2)
            else:
                return

    async def _learn_address(self, message: Message, transition: Transition) -> None:
        """A transaction of its own, since it locks the person. Lost in a crash, the next send finds out again."""
        try:
            if transition.address_gone:
                await self._database.write(lambda conn: self._mark_unreachable(conn, message))
            elif transition.moved_to:
                await self._database.write(lambda conn: self._move(conn, message, transition.moved_to))
        except Exception as problem:  # noqa: BLE001 -- what it would have said is said again by the next send
            _log.error("address_not_written", account=self._account, **kind_and_place(problem))

    async def _mark_unreachable(self, conn: AsyncConnection, message: Message) -> None:
        await subscribers.mark_unreachable(conn, message.practice, message.address_id, self._clock.now())

    async def _move(self, conn: AsyncConnection, message: Message, external_id: str) -> None:
        moved = await subscribers.move_address(conn, message.practice, message.address_id, external_id)
        if not moved:
            # The new chat is known as somebody's already: the old one leads nowhere, and nothing unasked goes there.
            await self._mark_unreachable(conn, message)

    async def _write_apart(self, outcomes: Sequence[Outcome]) -> None:
        """One of them can't be written at all: the others are, and that one stays `sending`, to be found as unknown."""
        if len(outcomes) > 1:
            for outcome in outcomes:
                await self._write([outcome])
