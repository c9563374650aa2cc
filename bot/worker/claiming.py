"""Claims of all accounts of a worker: few transactions at a time, each with what has been waiting for its turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable, is_outage

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

AT_ONCE: Final = 2
"""Transactions. What a claim brings has to start within a quarter of a second: hundreds that are made at once on a
busy database would all be too late, and be made again."""
CLAIMS: Final = 3
_MESSAGES: Final = 100
"""In one transaction: nothing of it starts before the commit, and ten claims of a busy database were often too late."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    work: Work[Any]
    room: int
    done: asyncio.Future[Any]

    def succeed(self, result: object) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Claiming:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def claim(self, work: Work[T], room: int) -> T:
        """What `work`, which claims at most `room` messages, returned, after the commit. It must only touch the
        database, and is called once more when another's failure took it back. Raises what it raised, or
        DatabaseUnavailable when nobody knows whether it was committed."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(work, room, done))
        if self._running < AT_ONCE:
            self._running += 1
            task = asyncio.create_task(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await done

    async def _run(self) -> None:
        try:
            while group := self._next():
                await self._commit(group)
        finally:
            # Now, not when the task's callbacks run: whoever claims in between would wait for nobody.
            self._running -= 1

    def _next(self) -> Sequence[_Waiting]:
        group: list[_Waiting] = []
        room = 0
        while self._waiting and len(group) < CLAIMS:
            room += self._waiting[0].room
            if group and room > _MESSAGES:
                break
            first = self._waiting.popleft()
            if not first.done.cancelled():
                group.append(first)
        return group

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        async def claim_all(conn: AsyncConnection) -> list[Any]:
            return [await one.work(conn) for one in group]

        try:
            results = await self._database.write(claim_all, urgent=True)
        except Exception as problem:  # noqa: BLE001 -- whoever waits gets it
            if len(group) > 1 and not is_outage(problem):
                # All of it was taken back: one account's failure is no other's.
                for one in group:
                    await self._commit([one])
                return
            for one in group:
                one.fail(_of_its_own(problem))
        else:
            for one, result in zip(group, results, strict=True):
                one.succeed(result)


def _of_its_own(problem: Exception) -> Exception:
    """A shared exception would collect everybody's traceback."""
    if not isinstance(problem, DatabaseUnavailable):
        return problem
    unavailable = DatabaseUnavailable(str(problem))
    unavailable.__cause__ = problem
    return unavailable
