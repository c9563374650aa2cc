"""One bot of one practice against the strict stub."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from bot.channels.telegram import TelegramAccount
from bot.channels.transport import Timeouts
from bot.core.delivery import Message
from bot.core.messages import Address, Button, Channel, Inbound, Kind, Lane
from tests.stubs.telegram import TOKEN, TelegramStub

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHORT = Timeouts(connect=1.0, write=1.0, read=1.0)


class MakeMessage(Protocol):
    def __call__(self, text: str = ..., buttons: Sequence[str] = ..., chat: str = ..., row: int = ...) -> Message: ...


class MakeAccount(Protocol):
    def __call__(self, **settings: Any) -> TelegramAccount: ...


@pytest.fixture
async def stub() -> AsyncIterator[TelegramStub]:
    async with TelegramStub() as running:
        yield running


@pytest.fixture
async def make_account(stub: TelegramStub) -> AsyncIterator[MakeAccount]:
    """Accounts that are stopped at the end; not started yet."""
    made: list[TelegramAccount] = []

    def make(**settings: Any) -> TelegramAccount:
        account = TelegramAccount(
            **{
                "practice": "mariposha",
                "token": TOKEN,
                "api_url": stub.url,
                "timeouts": SHORT,
                "pause": patience(),
                **settings,
            }
        )
        made.append(account)
        return account

    yield make
    for account in made:
        await account.stop()


@pytest.fixture
async def account(make_account: MakeAccount) -> TelegramAccount:
    started = make_account()
    await started.start()
    return started


@pytest.fixture
def message() -> MakeMessage:
    def make(text: str = "Dag", buttons: Sequence[str] = (), chat: str = "1", row: int = 42) -> Message:
        return Message(
            id=row,
            practice="mariposha",
            subscriber_id=1,
            address_id=1,
            address=Address(Channel.TELEGRAM, "mariposha:telegram", chat),
            kind=Kind.REPLY,
            lane=Lane.REPLY,
            text=text,
            buttons=tuple(Button(label, "menu") for label in buttons),
            due_at=NOW,
            expires_at=NOW + timedelta(days=1),
            created_at=NOW,
        )

    return make


class Pauses(list[float]):
    """Instead of sleeping: notes how long, and lets others go on."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


def patience() -> Pauses:
    return Pauses()


class Inbox:
    """Takes batches as the real one does, and can refuse to."""

    def __init__(self) -> None:
        self.batches: list[list[Inbound]] = []
        self.refusals: list[Exception] = []
        self._came = asyncio.Event()

    async def __call__(self, batch: Sequence[Inbound]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.batches.append(list(batch))
        self._came.set()

    @property
    def received(self) -> list[Inbound]:
        return [inbound for batch in self.batches for inbound in batch]

    async def takes(self, count: int) -> list[Inbound]:
        async with asyncio.timeout(5):
            while len(self.received) < count:
                self._came.clear()
                await self._came.wait()
        return self.received


Receiving = Callable[[TelegramAccount, Inbox], None]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def receiving() -> AsyncIterator[Receiving]:
    """Starts receiving and ends it after the test."""
    tasks: list[asyncio.Task[None]] = []

    def start(account: TelegramAccount, inbox: Inbox) -> None:
        tasks.append(asyncio.create_task(account.receive(inbox)))

    yield start
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
