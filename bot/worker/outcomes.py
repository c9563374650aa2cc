"""Outcomes of one account: from the end of a send until they are committed and what they say of an address is too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import Message
from bot.core.retry import Transition
from bot.crash import kind_and_place
from bot.store import subscribers
from bot.worker.recorder import Outcome, Recorder
from bot.worker.tasks import kept_running

_log = structlog.get_logger(__name__)


class Outcomes:
    """`recorded` is told of messages once their outcomes are committed."""

    def __init__(self, recorder: Recorder, account: str, recorded: Callable[[Sequence[Outcome]], None]) -> None:
        self._recorder = recorder
        self._account = account
        self._recorded = recorded
        self._unwritten = 0
        self._to_learn: list[Sequence[Outcome]] = []
        self._learning: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._closing = False

    def add(self, message: Message, transition: Transition) -> None:
        self._unwritten += 1
        self._recorder.add((message, transition), self._written)

    def close(self) -> None:
        """Ends `run` when everything that was added is written."""
        self._closing = True
        self._recorder.hurry()
        self._settled.set()

    async def settled(self) -> None:
        """Returns when the next group has been written."""
        self._settled.clear()
        await self._settled.wait()

    async def run(self) -> None:
        """Cancelled, it learns no more addresses; what is not written yet is the recorder's."""
        try:
            while self._unwritten or not self._closing:
                await self.settled()
        finally:
            if self._learning is not None:
                self._learning.cancel()

    def _written(self, outcomes: Sequence[Outcome]) -> None:
        if not any(transition.address_gone or transition.moved_to for _, transition in outcomes):
            self._tell(outcomes)
            return
        # In turns and beside the other accounts: one that many people have left holds up nobody else.
        self._to_learn.append(outcomes)
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(kept_running(f"{self._account}:addresses", self._learn))

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        self._unwritten -= len(outcomes)
        self._recorded(outcomes)
        self._settled.set()

    async def _learn(self) -> None:
        while self._to_learn:
            outcomes = self._to_learn.pop(0)
            for message, transition in outcomes:
                await self._learn_address(message, transition)
            self._tell(outcomes)

    async def _learn_address(self, message: Message, transition: Transition) -> None:
        """A transaction of its own, since it locks the person. Lost in a crash, the next send finds out again."""
        database = self._recorder.database
        try:
            if transition.address_gone:
                await database.write(lambda conn: self._mark_unreachable(conn, message))
            elif transition.moved_to:
                await database.write(lambda conn: self._move(conn, message, transition.moved_to))
        except Exception as problem:  # noqa: BLE001 -- what it would have said is said again by the next send
            _log.error("address_not_written", account=self._account, **kind_and_place(problem))

    async def _mark_unreachable(self, conn: AsyncConnection, message: Message) -> None:
        now = self._recorder.clock.now()
        await subscribers.mark_unreachable(conn, message.practice, message.address_id, now)

    async def _move(self, conn: AsyncConnection, message: Message, external_id: str) -> None:
        moved = await subscribers.move_address(conn, message.practice, message.address_id, external_id)
        if not moved:
            # The new chat is known as somebody's already: the old one leads nowhere, and nothing unasked goes there.
            await self._mark_unreachable(conn, message)
