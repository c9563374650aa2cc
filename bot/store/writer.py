"""SQLite's one writer: a task with one connection that commits what is waiting in groups.

A commit costs SQLite an fsync, whatever is in it. So the units of work that wait are run one after the other, each so
that it can be taken back alone, for at most 20 ms, and committed together; whoever comes alone is committed alone, at
once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from bot.crash import crash_point
from bot.store.errors import DatabaseUnavailable, is_outage, sentence_of

T = TypeVar("T")

GROUP_SECONDS: Final = 0.020
PATIENCE_SECONDS: Final = 0.250
"""Urgent work goes first, but what has waited this long is not passed by any more: under a flood of inbound messages
the outcomes of sends have to be written too."""


@dataclass(frozen=True, slots=True)
class _Unit:
    work: Callable[[AsyncConnection], Awaitable[Any]]
    done: asyncio.Future[Any]
    waits_since: float

    def succeed(self, result: object) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _GroupLost(Exception):
    """SQLite has rolled back more than the unit that failed."""


class Writer:
    """Runs units of work against `engine`, whose transactions begin with BEGIN IMMEDIATE."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._urgent: deque[_Unit] = deque()
        self._ordinary: deque[_Unit] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._conn: AsyncConnection | None = None
        self._task = asyncio.create_task(self._run(), name="nabij-writer")

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]], *, urgent: bool) -> T:
        """What `work` returned, after the commit; see `Database.write`."""
        if self._closing:
            raise DatabaseUnavailable("the database is being closed")
        if asyncio.current_task() is self._task:
            raise RuntimeError("a unit of work waits for another write: it would wait for ever")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        (self._urgent if urgent else self._ordinary).append(_Unit(work, done, loop.time()))
        self._wake.set()
        return await done

    async def close(self) -> None:
        """Commits what is waiting, then closes the connection. Later writes are refused."""
        self._closing = True
        self._wake.set()
        await self._task

    async def _run(self) -> None:
        try:
            while True:
                if self._urgent or self._ordinary:
                    await self._commit_a_group()
                elif self._closing:
                    return
                else:
                    self._wake.clear()
                    await self._wake.wait()
        finally:
            self._closing = True
            self._fail_all_waiting(DatabaseUnavailable("the database was closed"))
            await self._drop_connection()

    async def _commit_a_group(self) -> None:
        try:
            conn, transaction = await self._begin()
        except Exception as error:  # noqa: BLE001 -- every caller gets it
            await self._drop_connection()
            self._fail_all_waiting(error)
            return
        finished: list[tuple[_Unit, object]] = []
        try:
            await self._run_units(conn, transaction, finished)
            if transaction.is_active:
                crash_point("before-commit")
                await transaction.commit()
                crash_point("after-commit")
        except Exception as error:  # noqa: BLE001 -- every unit of the group gets it
            await self._drop_connection()
            for unit, _ in finished:
                unit.fail(_unavailable(error))
            return
        except BaseException:
            for unit, _ in finished:
                unit.done.cancel()
            raise
        for unit, result in finished:
            unit.succeed(result)

    async def _run_units(
        self, conn: AsyncConnection, transaction: AsyncTransaction, finished: list[tuple[_Unit, object]]
    ) -> None:
        """Until nothing waits or the time is over. The first unit needs no savepoint: it can only take back itself,
        and then the group is over; most groups are of one."""
        loop = asyncio.get_running_loop()
        until = loop.time() + GROUP_SECONDS
        while (unit := self._next(loop.time())) is not None:
            part = await conn.begin_nested() if finished else transaction
            try:
                result = await unit.work(conn)
                if part is not transaction:
                    await part.commit()
            except asyncio.CancelledError as error:
                if self._task.cancelling():
                    unit.done.cancel()
                    raise
                await self._undo(conn, part.rollback, unit, error)
            except Exception as error:  # noqa: BLE001 -- its caller gets it
                await self._undo(conn, part.rollback, unit, error)
            else:
                finished.append((unit, result))
            if loop.time() >= until or not transaction.is_active:
                return
            # Statements run without letting anybody else run (`bot.store.inline`): between units everybody may.
            await asyncio.sleep(0)

    async def _undo(
        self,
        conn: AsyncConnection,
        rollback: Callable[[], Awaitable[None]],
        unit: _Unit,
        error: BaseException,
    ) -> None:
        """Takes back one unit and tells its caller why; raises when the whole group went with it."""
        if isinstance(error, asyncio.CancelledError):
            unit.done.cancel()
        else:
            unit.fail(_unavailable(error) if is_outage(error) else error)
        # On a full disk or an I/O error SQLite may end the transaction by itself, savepoints and all.
        if not await _in_transaction(conn):
            raise _GroupLost("the database rolled back by itself") from error
        await rollback()

    def _next(self, now: float) -> _Unit | None:
        while self._urgent or self._ordinary:
            patient = self._urgent and not (self._ordinary and now - self._ordinary[0].waits_since > PATIENCE_SECONDS)
            unit = (self._urgent if patient else self._ordinary).popleft()
            if not unit.done.cancelled():
                return unit
        return None

    async def _begin(self) -> tuple[AsyncConnection, AsyncTransaction]:
        if self._conn is None:
            self._conn = await self._engine.connect()
        return self._conn, await self._conn.begin()

    async def _drop_connection(self) -> None:
        """Rolls back by closing; the next group opens a new connection, so that a mended disk is noticed."""
        conn, self._conn = self._conn, None
        if conn is None:
            return
        try:
            await conn.invalidate()
            await conn.close()
        except Exception as error:  # noqa: BLE001 -- it is thrown away because it is broken
            del error

    def _fail_all_waiting(self, error: Exception) -> None:
        for queue in (self._urgent, self._ordinary):
            while queue:
                queue.popleft().fail(_unavailable(error))


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    """A new one for each caller: a shared exception would collect everybody's traceback."""
    unavailable = DatabaseUnavailable(sentence_of(error))
    unavailable.__cause__ = error
    return unavailable


async def _in_transaction(conn: AsyncConnection) -> bool:
    raw = await conn.get_raw_connection()
    driver: Any = raw.driver_connection
    return bool(driver.in_transaction)
