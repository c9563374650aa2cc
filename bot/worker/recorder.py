"""Outcomes of all accounts of a worker on their way to the database, in groups: of two hundred small accounts each has
one now and then, and a transaction costs more than what is in it. None is lost while the process lives: it is written
until it is."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from bot.clock import Clock
from bot.core.delivery import Message
from bot.core.retry import Transition
from bot.crash import crash_point, kind_and_place
from bot.store import outbox
from bot.store.database import Database
from bot.store.errors import is_outage
from bot.worker.tasks import kept_running

GATHERS: Final = 0.050
"""Real seconds that an outcome waits for others when nobody waits for it. Less than a send takes: it is in flight for
as long, and may become a duplicate when the process is killed."""
_ENOUGH: Final = 100
_GROUP: Final = 500
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
Outcome = tuple[Message, Transition]
Written = Callable[[Sequence[Outcome]], None]
_log = structlog.get_logger(__name__)


class Recorder:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._waiting: list[tuple[Outcome, Written]] = []
        self._hurry = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def add(self, outcome: Outcome, written: Written) -> None:
        """`written` is told once the outcome is committed, together with others of the same account."""
        self._waiting.append((outcome, written))
        if outcome[0].lane not in outbox.UNASKED_LANES or len(self._waiting) >= _ENOUGH:
            self._hurry.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(kept_running("record", self._run))

    def hurry(self) -> None:
        """Somebody waits for what was added so far."""
        self._hurry.set()

    async def stop(self) -> None:
        """What is not written by now stays `sending`; the next owner finds it as unknown."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        while self._waiting:
            await self._gather()
            self._hurry.clear()
            group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
            await self._write([outcome for outcome, _ in group])
            by_account: dict[Written, list[Outcome]] = defaultdict(list)
            for outcome, written in group:
                by_account[written].append(outcome)
            for written, outcomes in by_account.items():
                _tell(written, outcomes)

    async def _gather(self) -> None:
        if self.clock.is_demo:
            # Its time stands still for as long.
            return
        try:
            async with asyncio.timeout(GATHERS):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        crash_point("before-outcome")
        wait = _FIRST_WAIT
        while True:
            try:
                await self.database.write(lambda conn: outbox.record_outcomes(conn, outcomes, self.clock.now()))
            except Exception as problem:  # noqa: BLE001 -- a lost outcome would be a duplicate: write until it is written
                accounts = len({message.address.account for message, _ in outcomes})
                _log.error("outcomes_not_written", accounts=accounts, count=len(outcomes), **kind_and_place(problem))
                if not is_outage(problem):
                    await self._write_apart(outcomes)
                    return
                await asyncio.sleep(wait)
                wait = min(_LONGEST_WAIT, wait * 2)
            else:
                return

    async def _write_apart(self, outcomes: Sequence[Outcome]) -> None:
        """One of them can't be written at all: the others are, and that one stays `sending`, to be found as unknown."""
        if len(outcomes) > 1:
            for outcome in outcomes:
                await self._write([outcome])


def _tell(written: Written, outcomes: Sequence[Outcome]) -> None:
    try:
        written(outcomes)
    except Exception as problem:  # noqa: BLE001 -- a mistake at one account must not stop the others
        _log.error("outcomes_not_told", account=outcomes[0][0].address.account, **kind_and_place(problem))
