"""What is alike in all of them: who looks is noted, and the end is a Decision like every other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.content.model import Practice
from bot.core.decision import Decision
from bot.core.dutch import clock, long_date
from bot.core.schedule import local
from bot.core.subscriber import Subscriber
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store import decisions, looks, subscribers
from bot.store.contacts import Contact
from bot.store.looks import Looked
from bot.upkeep import opened_database, operator


class _Known(Protocol):
    @property
    def who(self) -> Contact: ...


K = TypeVar("K", bound=_Known)


@dataclass(frozen=True, slots=True)
class Concern(Generic[K]):
    """Something that holds for people of a practice until a human of that practice ends it, at the shell."""

    looked: Looked
    """What is noted of whoever looks at the people, or ends it for one of them."""
    find: Callable[[AsyncConnection, str], Awaitable[Sequence[K]]]
    """The people of a practice for whom it holds."""
    end: Callable[[Subscriber, Practice, datetime], Decision]
    cause: str
    """A word for the cause under which the end is recorded."""

    async def people(self, settings: Settings, practice: Practice) -> Sequence[K]:
        """Raises Unusable."""

        async def look(conn: AsyncConnection) -> Sequence[K]:
            found = await self.find(conn, practice.slug)
            for one in found:
                await looks.note(conn, practice.slug, operator(), self.looked, one.who.number)
            return found

        async with opened_database(settings) as database:
            return await database.write(look)

    async def end_for(self, settings: Settings, practice: Practice, number: int, refusal: str) -> None:
        """Nabij may run meanwhile. Raises Unusable, with `refusal` when it doesn't hold for that number."""
        now = datetime.now(UTC)

        async def end(conn: AsyncConnection) -> None:
            if number not in {one.who.number for one in await self.find(conn, practice.slug)}:
                raise Unusable(refusal)
            await looks.note(conn, practice.slug, operator(), self.looked, number)
            person = await subscribers.load(conn, practice.slug, number)
            decision, cause = self.end(person, practice, now), f"staff:{self.cause}:{now.isoformat()}"
            await decisions.record(conn, practice.slug, decision, cause, now, practice.version)

        async with opened_database(settings) as database:
            await database.write(end)


def named(who: Contact) -> str:
    return f"Nummer {who.number}: {who.name or 'naam onbekend'} ({who.channel} {who.external_id})"


def said_at(moment: datetime, practice: Practice) -> str:
    """`zondag 22 november 09.00`, by the practice's own clock."""
    wall = local(moment, practice.zone)
    return f"{long_date(wall.date())} {clock(wall.time())}"
