"""Every value of a subscriber that is saved is loaded as it was."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from functools import cache
from itertools import count
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.core.decision import Answer, Decision
from bot.core.subscriber import AlarmState, Enrollment, EnrollmentState, Subscriber, Takeover
from bot.store import inbound, subscribers
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.errors import Missing
from bot.store.tables import EnrollmentRow, SubscriberRow
from tests.store.builders import NOW, OWNER, load, record, reply, says, sends, somebody, telegram

MOMENTS = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-4))]),
)
# PostgreSQL has no NUL in clear text; codes and ids are cleaned of it where they come in.
CLEAR = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: CLEAR,
    int: st.integers(0, 10_000),
    bool: st.booleans(),
    datetime: MOMENTS,
    date: st.dates() | st.just(date.max),
    time: st.times(),
    type(None): st.none(),
}


@cache
def values(of: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the core, every field filled, so that a field added tomorrow is tried as well."""
    if of in SIMPLE:
        return SIMPLE[of]
    parts = get_args(of)
    if is_dataclass(of):
        hints = get_type_hints(of)
        return st.builds(of, **{name: values(hint) for name, hint in hints.items()})  # type: ignore[arg-type]
    if isinstance(of, type) and issubclass(of, Enum):
        return st.sampled_from(of)
    if get_origin(of) in (Union, UnionType):
        return st.one_of(*(values(part) for part in parts))
    if get_origin(of) is tuple and parts[-1] is Ellipsis:
        return st.lists(values(parts[0]), max_size=3).map(tuple)
    if get_origin(of) is tuple:
        return st.tuples(*(values(part) for part in parts))
    if get_origin(of) is frozenset:
        return st.frozensets(values(parts[0]), max_size=3)
    if get_origin(of) is Mapping:
        return st.dictionaries(values(parts[0]), values(parts[1]), max_size=3)
    raise TypeError(f"say here how values of {of} are made")


PEOPLE = st.builds(
    replace,
    values(Subscriber),
    practice=st.just(OWNER),
    address=st.just(telegram()),
    recent=st.lists(st.tuples(MOMENTS, st.text(max_size=40)), max_size=3).map(tuple),
    tags=st.frozensets(st.text(max_size=12), max_size=3),
)


class _Loop:
    """One event loop and one database for all the examples of a test: opening one each would be most of the time."""

    def __init__(self, url: str, keys: Keys) -> None:
        self._runner = asyncio.Runner()
        self.database: Database = self._runner.run(open_database(url, keys))
        self.anna: Subscriber = self.run(somebody(self.database))
        self.number = count()

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        self.run(self.database.close())
        self._runner.close()


@pytest.fixture
def kept(migrated_url: str, keys: Keys) -> Iterator[_Loop]:
    loop = _Loop(migrated_url, keys)
    yield loop
    loop.close()


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=PEOPLE)
def test_every_subscriber_is_loaded_as_it_was_saved(kept: _Loop, value: Subscriber) -> None:
    value = replace(value, id=kept.anna.id)

    async def save_and_load() -> Subscriber:
        await record(kept.database, Decision(subscriber=value), f"try:{next(kept.number)}")
        return await load(kept.database, value)

    loaded = kept.run(save_and_load())
    assert loaded == value
    assert loaded.created_at.utcoffset() == timedelta()


async def test_a_field_that_an_old_row_does_not_know_has_its_default(database: Database) -> None:
    anna = await somebody(database, greeted=True, tags=frozenset({"a"}))
    await database.write(lambda conn: conn.execute(update(SubscriberRow).values(memory='{"tags": ["b"]}')))
    assert await load(database, anna) == replace(anna, greeted=False, tags=frozenset({"b"}))


async def test_columns_for_queries_follow_the_memory(database: Database) -> None:
    anna = await somebody(database)
    alarmed = replace(
        anna,
        alarm=AlarmState(tier="A", third_party=False, rule="r", at=NOW, last_at=NOW),
        takeover=Takeover(staff="s", last_word_at=NOW),
        paused_until=date.max,
    )
    flags = select(SubscriberRow.alarm_tier, SubscriberRow.taken_over, SubscriberRow.paused, SubscriberRow.next_at)
    for value, next_at, expected in ((alarmed, NOW, ("A", True, True, NOW)), (anna, None, ("", False, False, None))):
        await record(database, Decision(subscriber=value, next_at=next_at), f"c:{expected}")
        async with database.read() as conn:
            assert tuple((await conn.execute(flags)).one()) == expected


async def test_enrollments_that_are_gone_leave_no_row(database: Database) -> None:
    enrollment = Enrollment(
        program="p", state=EnrollmentState.ACTIVE, content_version="v", started_on=date(2026, 5, 4), done=("a",)
    )
    anna = await somebody(database, enrollments=(enrollment, replace(enrollment, program="q")))
    assert (await load(database, anna)).enrollments == anna.enrollments
    shorter = replace(anna, enrollments=(replace(enrollment, silent=3),))
    await record(database, Decision(subscriber=shorter), "in:1")
    async with database.read() as conn:
        rows = (await conn.execute(select(EnrollmentRow.program, EnrollmentRow.silent))).all()
    assert [tuple(row) for row in rows] == [("p", 3)]


async def test_what_people_write_is_unreadable_in_the_file(sqlite: Database, tmp_path: Path) -> None:
    secret = "mijn heel eigen woorden"
    anna = await somebody(sqlite, recent=((NOW, secret),))
    answer = Answer(question="q", uid="u", program="p", step="s", content_version="v", text=secret)
    await record(sqlite, sends(anna, reply(f"je zei: {secret}"), answers=(answer,)), "in:1")
    await sqlite.write(lambda conn: inbound.admit(conn, OWNER, anna, says(secret, "1"), NOW))
    await sqlite.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"linde:telegram" in content
    assert secret.encode() not in content
    assert b"heel eigen" not in content


async def test_a_subscriber_of_nobody_is_not_written(database: Database) -> None:
    anna = await somebody(database)
    with pytest.raises(Missing):
        await record(database, Decision(subscriber=replace(anna, id=anna.id + 1)), "in:1")
    with pytest.raises(Missing):
        await database.write(lambda conn: subscribers.load(conn, OWNER, anna.id + 1))
