"""Subscribers by the hundred thousand. One person is made by the store itself, and SQL copies that person's rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet
from sqlalchemy import Connection, Text, cast, create_engine, func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.content_folder import load_folder
from bot.core.content.model import Library, StepKind
from bot.core.decision import Decision
from bot.core.messages import Address, Button, Channel, Kind, Lane, Outgoing
from bot.core.schedule import at_local, local
from bot.core.subscriber import Consent, Enrollment, EnrollmentState, Subscriber
from bot.settings import Settings
from bot.store import decisions, subscribers
from bot.store.base import Base
from bot.store.crypt import Keys
from bot.store.database import Database, async_url, is_sqlite, open_database
from bot.store.migrate import migrate
from bot.store.tables import AddressRow, EnrollmentRow, MessageRow, SubscriberRow

PRACTICE: Final = "mariposha"
ACCOUNT: Final = f"{PRACTICE}:telegram"
KEYWORD: Final = "HECHTING"
ZONE: Final = "Europe/Amsterdam"
HOUR: Final = time(8, 0)
KEY: Final = Fernet.generate_key().decode("ascii")
FIRST_CHAT: Final = 1_000_000_000
"""Chat of person 0; person n has the chat FIRST_CHAT + n."""
_DAYS_IN: Final = 3


def sqlite_in(folder: Path) -> str:
    """The database URL that a bot with that data folder uses by itself."""
    return f"sqlite+aiosqlite:///{(folder / 'nabij.sqlite3').resolve()}"


@cache
def content() -> Library:
    """What NABIJ_CONTENT_DIR holds, by default the content of this repository."""
    return load_folder(Settings(_env_file=None).content_dir)


async def opened(url: str) -> Database:
    """The database with its tables."""
    await migrate(url)
    return await open_database(url, Keys([KEY]))


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people in one program, each at their hour of 08:00 every day."""

    count: int
    next_at: datetime
    """When all of them are due."""
    zone: str = ZONE
    places: range = range(_DAYS_IN, _DAYS_IN + 1)
    """How many steps they have had, by turns: three each, unless said otherwise."""


def every_place() -> range:
    """From those who have had no step to those who only miss the last one."""
    return range(len(content().practices[PRACTICE].programs[_program()].steps))


def tomorrow_at_eight(now: datetime) -> datetime:
    return at_local(local(now, ZONE).date() + timedelta(days=1), HOUR, ZONE)


def settle(url: str, crowd: Crowd, queued: int = 0) -> None:
    """Makes the database with the people; for the first `queued` of them a lesson is ready to be sent."""
    asyncio.run(_settle(url, crowd, queued))


async def _settle(url: str, crowd: Crowd, queued: int) -> None:
    database = await opened(url)
    try:
        await database.write(lambda conn: _first_people(conn, crowd))
        await asyncio.to_thread(grow, url, crowd, len(crowd.places))
        if queued:
            await queue_lessons(database, queued)
    finally:
        await database.close()


def queue(url: str, count: int) -> None:
    """A lesson is ready to be sent to each of the first `count` people."""
    asyncio.run(_queue(url, count))


async def _queue(url: str, count: int) -> None:
    database = await opened(url)
    try:
        await queue_lessons(database, count)
    finally:
        await database.close()


async def add_people(database: Database, crowd: Crowd) -> None:
    """Fills an empty database, through its own writer."""
    await database.write(lambda conn: _first_people(conn, crowd))
    await database.write(lambda conn: conn.run_sync(_copy_people, crowd, len(crowd.places)))


def grow(url: str, crowd: Crowd, of: int) -> None:
    """Makes the crowd of the `of` people who are there. A million take some ten seconds: nothing is checked, and
    nothing has to survive a cut of the power."""
    address = async_url(url)
    if is_sqlite(address):
        engine = create_engine(address.set(drivername="sqlite"))
        settings: tuple[str, ...] = ("PRAGMA synchronous=OFF", "PRAGMA foreign_keys=OFF", "PRAGMA cache_size=-100000")
    else:
        engine = create_engine(address)
        settings = ("SET session_replication_role = replica", "SET synchronous_commit = off")
    with engine.connect() as conn:
        for setting in settings:
            conn.exec_driver_sql(setting)
        _copy_people(conn, crowd, of)
        conn.commit()
    engine.dispose()


async def queue_lessons(database: Database, count: int, lifetime: timedelta = timedelta(hours=14)) -> None:
    """A ready lesson for each of the first `count` people, all due now."""
    now = datetime.now(UTC)
    step = next(
        step for step in content().practices[PRACTICE].programs[_program()].steps if step.kind is StepKind.LESSON
    )
    lesson = Outgoing(
        text=step.text,
        kind=Kind.LESSON,
        buttons=(Button("Gelezen", f"read:{_program()}:{step.id}"),),
        lane=Lane.LESSON,
        unasked=True,
        topic=f"program:{_program()}",
        expires=now + lifetime,
        step=f"{_program()}/{step.id}",
    )

    async def queue(conn: AsyncConnection) -> None:
        person = await subscribers.load(conn, PRACTICE, 1)
        planned = await conn.scalar(select(SubscriberRow.next_at).where(SubscriberRow.id == 1))
        decision = Decision(subscriber=person, messages=(lesson,), next_at=planned)
        [first] = await decisions.record(conn, PRACTICE, decision, "visit:1", now, "bench")
        if first != 1:
            raise RuntimeError("lessons are queued where nothing was sent yet")
        await conn.run_sync(_copy, MessageRow, 1, (2, count), {"id": 0, "subscriber_id": 0, "address_id": 0})

    await database.write(queue)


def _program() -> str:
    return next(iter(content().practices[PRACTICE].programs))


async def _first_people(conn: AsyncConnection, crowd: Crowd) -> None:
    """One at each place."""
    for number, place in enumerate(crowd.places, start=1):
        address = Address(Channel.TELEGRAM, ACCOUNT, str(FIRST_CHAT + number))
        began = crowd.next_at - timedelta(days=place + 1)
        person = await subscribers.find_or_create(conn, PRACTICE, address, zone=crowd.zone, now=began)
        if person.id != number:
            raise RuntimeError("a crowd settles in an empty database")
        decision = Decision(subscriber=_so_far(person, place, crowd.next_at), next_at=crowd.next_at)
        await decisions.record(conn, PRACTICE, decision, "visit:0", began, "bench")


def _so_far(person: Subscriber, place: int, next_at: datetime) -> Subscriber:
    program = content().practices[PRACTICE].programs[_program()]
    yesterday = next_at - timedelta(days=1)
    agreed = Consent(given=True, at=person.created_at, version="1")
    enrollment = Enrollment(
        program=program.id,
        state=EnrollmentState.ACTIVE,
        content_version="bench",
        started_on=local(person.created_at, person.zone).date(),
        done=tuple(step.id for step in program.steps[:place]),
        silent=1,
    )
    return replace(
        person,
        hour=HOUR,
        greeted=True,
        consents={"daily": agreed, "answers": agreed},
        enrollments=(enrollment,),
        keywords={KEYWORD: person.created_at},
        last_step_on=local(yesterday, person.zone).date(),
        last_step_at=yesterday,
        last_inbound_at=yesterday,
    )


def _copy_people(conn: Connection, crowd: Crowd, of: int) -> None:
    """The people whose number lies above `of`, each a copy of one at its place."""
    when = {"next_at": literal(crowd.next_at, SubscriberRow.next_at.type)}
    numbers = (of + 1, crowd.count)
    by_turns = len(crowd.places)
    _copy(conn, SubscriberRow, by_turns, numbers, {"id": 0, "preferred_address_id": 0}, more=when)
    _copy(conn, AddressRow, by_turns, numbers, {"id": 0, "subscriber_id": 0, "external_id": FIRST_CHAT})
    _copy(conn, EnrollmentRow, by_turns, numbers, {"id": 0, "subscriber_id": 0})
    if conn.dialect.name == "postgresql":
        # Autovacuum would come by itself, later.
        conn.execute(text("ANALYZE"))


def _copy(
    conn: Connection,
    table: type[Base],
    by_turns: int,
    between: tuple[int, int],
    numbered: Mapping[str, int],
    more: Mapping[str, Any] | None = None,
) -> None:
    """Copies the rows 1 to `by_turns` for each number between those two; the `numbered` columns are that number plus
    theirs."""
    first, last = between
    if last < first:
        return
    start = select(literal(first).label("n")).cte("numbers", recursive=True)
    numbers = start.union_all(select(start.c.n + 1).where(start.c.n < last))
    columns = table.__table__.columns
    values: dict[str, Any] = {column.name: column for column in columns} | dict(more or {})
    for name, plus in numbered.items():
        number = numbers.c.n + plus
        values[name] = cast(number, Text) if isinstance(columns[name].type, Text) else number
    if "cause" in values:
        values["cause"] = literal("visit:").concat(cast(numbers.c.n, Text))
    copied = columns["id"] == (numbers.c.n - 1) % by_turns + 1
    rows = select(*values.values()).select_from(numbers.join(table.__table__, copied))
    conn.execute(insert(table).from_select(list(values), rows, include_defaults=False))
    if conn.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
        conn.execute(select(func.setval(sequence, select(func.max(columns["id"])).scalar_subquery())))
