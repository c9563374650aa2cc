"""The loop that tells practices of alarms: claims, sends outside any transaction, records. At any hour of the day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.core.alerts import OpenAlert, ended
from bot.core.content.model import Library
from bot.core.decision import AlertRoute
from bot.core.delivery import Ambiguous, MessageState, Outcome, Refused
from bot.core.safety.alerting import alert_text
from bot.crash import crash_point, kind_and_place
from bot.metrics import Metrics
from bot.store import alerts
from bot.store.database import Database
from bot.worker.horizon import Horizon

_NAME: Final = "alerts"
_LOOK_AGAIN: Final = 60.0
_ANSWER_WITHIN: Final = 45.0
"""Real seconds for one attempt."""
_ZONE: Final = "Europe/Amsterdam"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Word:
    """What is told, in Markdown. `key` is the same for every attempt, so that a mail that comes twice is one mail."""

    text: str
    key: str


Tell = Callable[[Word], Awaitable[Outcome]]
"""One attempt to reach somebody of a practice. May raise before anything was sent."""


class Alerter:
    """`ways` by practice and route, for the practices that opted in."""

    def __init__(
        self,
        database: Database,
        library: Callable[[], Library],
        clock: Clock,
        horizon: Horizon,
        ways: Mapping[tuple[str, AlertRoute], Tell],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._library = library
        self._clock = clock
        self._horizon = horizon
        self._ways = ways
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._closing = False

    @property
    def woken(self) -> asyncio.Event:
        """Set when there may be something new to do, until `run` looks."""
        return self._wake

    def look(self) -> None:
        """There may be something to tell now."""
        self._horizon.busy(_NAME)
        self._wake.set()

    def close(self) -> None:
        """Ends `run` after the attempts in hand."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        while not self._closing:
            self._wake.clear()
            self._horizon.busy(_NAME)
            following = await self._round()
            if not self._wake.is_set():
                self._horizon.due(_NAME, following)
            await self._clock.wait_until(following, self._wake, _LOOK_AGAIN)

    async def _round(self) -> datetime | None:
        while not self._closing:
            claimed = await self._database.write(self._claim, urgent=True)
            if not claimed:
                break
            crash_point("after-alert-claim")
            await asyncio.gather(*map(self._tell, claimed))
        async with self._database.read() as conn:
            return await alerts.next_due(conn)

    async def _claim(self, conn: AsyncConnection) -> list[OpenAlert]:
        return await alerts.claim(conn, self._clock.now())

    async def _tell(self, alert: OpenAlert) -> None:
        outcome = await self._attempt(alert)
        crash_point("after-alert-send")
        now = self._clock.now()
        after = ended(alert, outcome, now)
        await self._database.write(lambda conn: alerts.end(conn, alert, after, now), urgent=True)
        self._metrics.alerted(alert.practice, alert.route.value, after.state.value)
        if after.state is not MessageState.ACCEPTED:
            log = _log.warning if after.state is MessageState.READY else _log.error
            log(
                "alert_not_told", practice=alert.practice, route=alert.route.value, state=after.state.value,
                attempt=alert.attempt, reason=after.reason,
            )  # fmt: skip

    async def _attempt(self, alert: OpenAlert) -> Outcome:
        tell = self._ways.get((alert.practice, alert.route))
        if tell is None:
            return Refused("not in the settings any more")
        practice = self._library().practices.get(alert.practice)
        text = alert_text(alert, alert.practice, practice.zone if practice is not None else _ZONE)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                return await tell(Word(text, f"alert-{alert.practice}-{alert.id}"))
        except TimeoutError:
            return Ambiguous("no answer in time")
        except Exception as problem:  # noqa: BLE001 -- one way that breaks must not stop the others
            _log.error("alert_crashed", route=alert.route.value, **kind_and_place(problem))
            return Ambiguous("crashed")
