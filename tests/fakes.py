"""A platform that does as a test says, and the smallest content and core that a story about the engine needs."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.channels.protocol import AccountRefused, Deliver
from bot.core.content.model import Library, Practice
from bot.core.decision import Decision
from bot.core.delivery import Accepted, Handed, Message, Outcome
from bot.core.messages import Address, Channel, Inbound, InboundKind
from bot.core.subscriber import Subscriber
from bot.store.crypt import Keys, keys_of
from bot.store.database import Database, open_database
from bot.store.migrate import migrate
from bot.store.rows import read_body
from bot.store.tables import MessageRow

PRACTICE = "mariposha"
TELEGRAM = f"{PRACTICE}:telegram"


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[Database]:
    """A migrated and open database with a key of its own."""
    await migrate(url)
    database = await open_database(url, Keys([Fernet.generate_key().decode()]))
    try:
        yield database
    finally:
        await database.close()


def practice(slug: str = PRACTICE) -> Practice:
    return Practice(
        slug=slug, name=slug.capitalize(), short_name=slug, keywords={}, programs={}, phrases={}, version="v1"
    )


def library(*slugs: str) -> Library:
    return Library(practices={slug: practice(slug) for slug in slugs or (PRACTICE,)}, version="v1")


def address(external_id: str = "4711", account: str = TELEGRAM) -> Address:
    return Address(Channel(account.partition(":")[2]), account, external_id)


def inbound(
    text: str = "",
    *,
    id: str,  # noqa: A002 -- reads as the platform's id
    sender: Address | None = None,
    kind: InboundKind = InboundKind.TEXT,
    payload: str = "",
    message_id: int | None = None,
    button: int | None = None,
) -> Inbound:
    return Inbound(
        address=sender or address(),
        external_id=id,
        kind=kind,
        text=text,
        payload=payload,
        message_id=message_id,
        button=button,
    )


def nothing_due(subscriber: Subscriber, _practice: Practice, _now: datetime) -> Decision:
    return Decision(subscriber=subscriber)


Answer = Outcome | Exception | Callable[[Message], "Outcome"]


@dataclass
class FakeChannel:
    """One account on a platform that answers as it is told, in the order of `answers`, and then always with success.

    `sent` holds every attempt that reached it. `gate`, when cleared, keeps answers back.
    """

    account: str = TELEGRAM
    rate: float = math.inf
    answers: list[Answer] = field(default_factory=list)
    refused: str = ""
    is_reached: bool = True
    sent: list[Message] = field(default_factory=list)
    sent_at: list[datetime] = field(default_factory=list)
    acknowledged: list[Inbound] = field(default_factory=list)
    starts: int = 0
    stopped: bool = False
    now: Callable[[], datetime] | None = None
    in_flight: int = 0
    most_in_flight: int = 0
    cut_off: int = 0

    def __post_init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.changed = asyncio.Event()

    @property
    def channel(self) -> Channel:
        return Channel(self.account.partition(":")[2])

    @property
    def practice(self) -> str:
        return self.account.partition(":")[0]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.sent]

    async def start(self) -> bool:
        self.starts += 1
        self._tell()
        if self.refused:
            raise AccountRefused(self.refused)
        return self.is_reached

    async def stop(self) -> None:
        self.stopped = True

    async def prepare(self, message: Message) -> None:
        """Nothing takes a while here."""

    async def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        if self.now is not None:
            self.sent_at.append(self.now())
        answer = self.answers.pop(0) if self.answers else self._usual(message)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._tell()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        finally:
            self.in_flight -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer(message) if callable(answer) else answer

    async def acknowledge(self, inbound: Inbound) -> None:
        self.acknowledged.append(inbound)
        self._tell()

    async def receive(self, deliver: Deliver) -> None:
        """Pushed to, as a webhook is."""

    def link(self, code: str) -> str:
        return f"https://example.org/{code}"

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for what the platform is to see."""
        async with asyncio.timeout(20):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    def _usual(self, message: Message) -> Outcome:
        return Handed() if self.channel is Channel.WEBCHAT else Accepted(str(message.id))

    def _tell(self) -> None:
        self.changed.set()


def texts_of(messages: Sequence[Message]) -> list[str]:
    return [message.text for message in messages]


@dataclass(frozen=True, slots=True)
class Row:
    """What a test wants to see of an outbox row."""

    id: int
    text: str
    state: str
    cause: str
    kind: str
    attempt: int
    reason: str
    duplicate_possible: bool
    account: str
    due_at: datetime


async def outbox_rows(database: Database) -> list[Row]:
    """Every row, oldest first."""
    async with database.read() as conn:
        keys = keys_of(conn)
        rows = await conn.execute(select(MessageRow).order_by(MessageRow.id))
        return [
            Row(
                id=row.id,
                text=read_body(keys.decrypt(row.body))[0],
                state=row.state,
                cause=row.cause,
                kind=row.kind,
                attempt=row.attempt,
                reason=row.reason,
                duplicate_possible=row.duplicate_possible,
                account=row.account,
                due_at=row.due_at,
            )
            for row in rows
        ]
