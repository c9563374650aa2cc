"""The waits that a platform asks an account for, written down for whoever sends for it next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.clock import Clock
from bot.core.delivery import NotSent
from bot.crash import kind_and_place
from bot.store import accounts
from bot.store.database import Database

LONGEST_WAIT: Final = 86_400.0
"""Seconds: what a platform asks for beyond that is no sensible number."""
_UNSAID: Final = 1.0
_NEAR: Final = timedelta(seconds=1)
"""The answers to what was in flight ask for the same, a little later each."""
_log = structlog.get_logger(__name__)


class Waits:
    """Of one account."""

    def __init__(self, database: Database, clock: Clock, practice: str, account: str) -> None:
        self._database = database
        self._clock = clock
        self._practice = practice
        self._account = account
        self._noted: datetime | None = None

    async def left(self) -> float:
        """Seconds that the platform wants to be asked nothing, because of what was noted, by whoever sent. Raises
        DatabaseUnavailable."""
        now = self._clock.now()
        async with self._database.read() as conn:
            until = await accounts.paused_until(conn, self._practice, self._account, now)
        return (until - now).total_seconds() if until is not None else 0.0

    async def note(self, seconds: float) -> None:
        """That it asked for so many seconds. Where that can't be written, only this process keeps to it."""
        now = self._clock.now()
        until = now + timedelta(seconds=seconds)
        if self._noted is not None and self._noted >= until - _NEAR:
            return
        self._noted = until
        try:
            await self._database.write(lambda conn: accounts.pause(conn, self._practice, self._account, until, now))
        except Exception as problem:  # noqa: BLE001 -- it is a help for others; here the wait holds
            _log.warning("wait_not_written", account=self._account, **kind_and_place(problem))


def asked_for(outcome: NotSent) -> float:
    """Seconds of real sense."""
    given = outcome.retry_after
    return min(given, LONGEST_WAIT) if given is not None and given > 0 else _UNSAID
