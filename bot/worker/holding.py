"""An account in this worker's hands: the epoch that its claims carry, and until when it may claim and start at all."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import accounts


class Holding:
    def __init__(self, practice: str, account: str, owner: str, epoch: int, is_running: Callable[[], bool]) -> None:
        """`owner` is the name of this worker, `is_running` tells whether its lease still is, by real time."""
        self.account = account
        self._practice = practice
        self._owner = owner
        self._epoch = epoch
        self._is_running = is_running
        self._is_lost = False

    @property
    def epoch(self) -> int:
        return self._epoch

    @property
    def lasts(self) -> bool:
        """False once somebody else may have the account: nothing is claimed or started any more."""
        return not self._is_lost and self._is_running()

    def lose(self) -> None:
        self._is_lost = True

    async def next_epoch(self, conn: AsyncConnection) -> int | None:
        """Begins a new epoch of the same owner, after a claim of which nobody knows whether it was committed. None
        when the account is another's by now; `goes_on` with what came of it, once that is committed."""
        return await accounts.next_epoch(conn, self._practice, self.account, self._owner)

    def goes_on(self, epoch: int | None) -> None:
        if epoch is None:
            self._is_lost = True
        else:
            self._epoch = epoch
