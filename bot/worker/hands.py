"""The accounts that this worker has in hand at this moment, and those that it is about to be rid of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Final

from bot.channels.protocol import ChannelPort, Deliver
from bot.worker.hand import Hand, IsMine
from bot.worker.holding import Holding
from bot.worker.horizon import Horizon
from bot.worker.sender import Sender
from bot.worker.status import AccountMode, AccountStatus

FINISH_WITHIN: Final = 26.0
"""Real seconds that sends in flight have when an account is given back."""
_NAME: Final = "hands"

MakeSender = Callable[[ChannelPort, Holding], Sender]


class Hands:
    def __init__(
        self, channels: Mapping[str, ChannelPort], horizon: Horizon, deliver: Deliver, make_sender: MakeSender
    ) -> None:
        """`channels` by account: everything that this process has settings for."""
        self.channels = channels
        self._horizon = horizon
        self._deliver = deliver
        self._make_sender = make_sender
        self._held: dict[str, Hand] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._starting = True
        horizon.busy(_NAME)

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, account: str) -> bool:
        return account in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    @property
    def closing(self) -> int:
        return len(self._closing)

    def is_free(self, account: str) -> bool:
        """It may be taken: we know it, and nothing of an earlier holding is still on its way."""
        return account in self.channels and account not in self._held and account not in self._closing

    def take(self, holding: Holding, is_mine: IsMine) -> None:
        sender = self._make_sender(self.channels[holding.account], holding)
        hand = self._held[holding.account] = Hand(sender, holding, self._deliver, is_mine)
        hand.start()

    def settled(self) -> None:
        """Who owns what is known for the first time."""
        if self._starting:
            self._starting = False
            self._horizon.gone(_NAME)

    def look(self, accounts: Collection[str]) -> None:
        """There may be something to send for them."""
        for account in accounts:
            hand = self._held.get(account)
            if hand is not None:
                hand.sender.look()

    def idlest(self, count: int) -> list[str]:
        """So many of the accounts in hand, those with the least in flight first."""
        return sorted(self._held, key=lambda account: self._held[account].sender.in_flight)[:count]

    def give_back(self, accounts: Collection[str], done: Callable[[str], None]) -> None:
        """Begins nothing more for these accounts; `done` is told of each one when its last outcome is recorded."""
        for account in accounts:
            closing = asyncio.create_task(self._close(self._held.pop(account)))
            self._closing[account] = closing
            closing.add_done_callback(partial(self._closed, account, done))

    def lose(self, done: Callable[[str], None]) -> None:
        """All of it may be somebody else's: nothing more is claimed or started. What is in flight may finish, for its
        outcome counts whoever reports it."""
        for hand in self._held.values():
            hand.holding.lose()
        self.give_back(list(self._held), done)

    def lose_all_but(self, accounts: Collection[str]) -> None:
        for account, hand in self._held.items():
            if account not in accounts:
                hand.holding.lose()

    def lost(self) -> list[str]:
        """What is in hand and another's by now."""
        return [account for account, hand in self._held.items() if not hand.holding.lasts]

    def stop_receiving(self) -> None:
        for hand in self._held.values():
            hand.stop_receiving()

    async def emptied(self) -> None:
        """Returns once nothing is being given back any more."""
        while self._closing:
            await asyncio.wait(list(self._closing.values()))
            await asyncio.sleep(0)

    def statuses(self) -> list[AccountStatus]:
        """Of every account that this process has settings for."""
        unheld = AccountMode.STARTING if self._starting else AccountMode.ELSEWHERE
        return [
            self._held[account].sender.status if account in self._held else AccountStatus(account, unheld)
            for account in self.channels
        ]

    async def _close(self, hand: Hand) -> None:
        await hand.close(FINISH_WITHIN)

    def _closed(self, account: str, done: Callable[[str], None], _: asyncio.Task[None]) -> None:
        self._closing.pop(account, None)
        self._horizon.gone(account)
        done(account)
