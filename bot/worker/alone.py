"""The only process on its database (SQLite): it owns every account for as long as it runs."""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.store import accounts, outbox
from bot.store.database import Database
from bot.worker.hands import Hands
from bot.worker.holding import Holding

_log = structlog.get_logger(__name__)


class Alone:
    def __init__(self, database: Database, clock: Clock, hands: Hands, name: str) -> None:
        self._database = database
        self._clock = clock
        self._hands = hands
        self._name = name
        self._is_leaving = False

    async def run(self) -> None:
        """Takes everything. Raises DatabaseUnavailable: call it again."""
        epochs = await self._database.write(self._own_all)
        if self._is_leaving:
            return
        for account, epoch in epochs.items():
            _log.info("account_taken", account=account, epoch=epoch)
            practice = self._hands.channels[account].practice
            self._hands.take(Holding(practice, account, self._name, epoch, _always), self._is_mine)
        self._hands.settled()

    def look(self) -> None:
        """Nobody else comes or goes."""

    async def end(self) -> None:
        """Lets what is in flight finish."""
        self._is_leaving = True
        self._hands.give_back(list(self._hands), _nothing_more)
        await self._hands.emptied()

    async def _own_all(self, conn: AsyncConnection) -> dict[str, int]:
        now, epochs = self._clock.now(), dict[str, int]()
        for account, channel in self._hands.channels.items():
            epoch = epochs[account] = await accounts.own(conn, channel.practice, account, self._name, now)
            recovered = await outbox.recover(conn, account, epoch, now)
            if recovered:
                _log.warning("recovered", account=account, messages=recovered)
        return epochs

    async def _is_mine(self, _: Holding) -> bool:
        return True


def _always() -> bool:
    return True


def _nothing_more(_: str) -> None:
    """The process ends: there is nobody to give it to."""
