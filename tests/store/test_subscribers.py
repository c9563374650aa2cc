"""Subscribers and their addresses."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Decision, Join
from bot.core.subscriber import Enrollment, EnrollmentState, Subscriber
from bot.store import subscribers
from bot.store.database import Database
from bot.store.due import UNREADABLE_FOR
from bot.store.errors import Missing, WrongPractice
from bot.store.tables import AddressRow, EnrollmentRow, SubscriberRow
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    STRANGER,
    at,
    claim,
    load,
    nudge,
    record,
    reply,
    sends,
    somebody,
    states,
    telegram,
    webchat,
)


async def find(database: Database, number: int = 1, **more: Any) -> Subscriber:
    return await database.write(
        lambda conn: subscribers.find_or_create(conn, OWNER, telegram(number), zone="Europe/Brussels", now=NOW, **more)
    )


async def address_id(database: Database, subscriber: Subscriber) -> int:
    async with database.read() as conn:
        found = await subscribers.address_id_of(conn, subscriber.practice, subscriber.address)
    assert found is not None
    return found


async def due(database: Database, limit: int = 10, practices: tuple[str, ...] = (OWNER,)) -> list[Subscriber]:
    return await database.write(lambda conn: subscribers.due(conn, practices, NOW, limit))


async def test_whoever_writes_first_becomes_a_subscriber_once(database: Database) -> None:
    anna = await find(database, first_touch="flyer", name="Anna")
    assert (anna.practice, anna.zone, anna.created_at, anna.first_touch) == (OWNER, "Europe/Brussels", NOW, "flyer")
    assert await find(database, first_touch="poster", name="Anna") == anna
    assert (await find(database, 2)).id != anna.id
    assert await load(database, anna) == anna


async def test_ten_first_messages_at_once_make_one_subscriber(database: Database) -> None:
    found = await asyncio.gather(*(find(database) for _ in range(10)))
    assert len({who.id for who in found}) == 1
    async with database.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(SubscriberRow)) == 1


async def test_a_name_is_kept_cleaned_and_renewed_but_never_lost(database: Database) -> None:
    names = []
    for name in ("An\x00na", "Anna", ""):
        await find(database, name=name)
        async with database.read() as conn:
            names.append(await conn.scalar(select(AddressRow.name)))
    assert names == ["An\ufffdna", "Anna", "Anna"]


async def test_an_account_of_another_practice_is_refused(database: Database) -> None:
    with pytest.raises(WrongPractice):
        await database.write(
            lambda conn: subscribers.find_or_create(conn, STRANGER, telegram(), zone="Europe/Brussels", now=NOW)
        )


async def test_the_longest_due_come_first_with_their_enrollments(database: Database) -> None:
    enrolled = Enrollment(program="p", state=EnrollmentState.ACTIVE, content_version="v", started_on=date(2026, 5, 1))
    people = [await somebody(database, number, enrollments=(enrolled,)) for number in (1, 2, 3, 4)]
    moments = (NOW, NOW - timedelta(hours=1), LATER, None)
    for who, moment in zip(people, moments, strict=True):
        await record(database, Decision(subscriber=who, next_at=moment), f"in:{who.id}")
    assert await due(database) == [people[1], people[0]]
    assert await due(database, limit=1) == [people[1]]
    assert await due(database, practices=()) == []
    async with database.read() as conn:
        assert await subscribers.next_due(conn) == NOW - timedelta(hours=1)
        assert await subscribers.next_due(conn, [STRANGER]) is None


async def test_a_plan_that_failed_is_postponed_and_nothing_else_changes(database: Database) -> None:
    anna = await somebody(database)
    await record(database, Decision(subscriber=anna, next_at=NOW), "in:1")
    await database.write(lambda conn: subscribers.postpone(conn, OWNER, anna.id, LATER))
    assert await due(database) == []
    async with database.read() as conn:
        assert await subscribers.next_due(conn) == LATER
    assert await load(database, anna) == anna


BROKEN: dict[str, dict[str, Any]] = {
    "memory": {"memory": "{"},
    "unknown value": {"memory": '{"alarm": 3}'},
    "other key": {"recent": b"noise"},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_whoever_cannot_be_read_waits_an_hour_and_the_others_are_planned(
    database: Database, broken: dict[str, Any]
) -> None:
    anna, bert, carl = [await somebody(database, number) for number in (1, 2, 3)]
    for who in (anna, bert, carl):
        await record(database, Decision(subscriber=who, next_at=NOW), f"in:{who.id}")
    of_bert = update(SubscriberRow).where(SubscriberRow.id == bert.id)
    await database.write(lambda conn: conn.execute(of_bert.values(**broken)))
    with structlog.testing.capture_logs() as logged:
        assert await due(database) == [anna, carl]
    assert [(entry["event"], entry["subscriber"]) for entry in logged] == [("subscriber_unreadable", bert.id)]
    assert "noise" not in str(logged)
    async with database.read() as conn:
        moment = await conn.scalar(select(SubscriberRow.next_at).where(SubscriberRow.id == bert.id))
    assert moment == NOW + UNREADABLE_FOR


async def test_an_enrollment_that_cannot_be_read_holds_up_only_its_own_subscriber(database: Database) -> None:
    enrolled = Enrollment(program="p", state=EnrollmentState.ACTIVE, content_version="v", started_on=date(2026, 5, 1))
    anna, bert = [await somebody(database, number, enrollments=(enrolled,)) for number in (1, 2)]
    for who in (anna, bert):
        await record(database, Decision(subscriber=who, next_at=NOW), f"in:{who.id}")
    of_anna = update(EnrollmentRow).where(EnrollmentRow.subscriber_id == anna.id).values(state="nonsense")
    await database.write(lambda conn: conn.execute(of_anna))
    assert await due(database) == [bert]


@pytest.mark.postgres
async def test_who_is_being_served_is_passed_over_by_the_plan(postgres_database: Database) -> None:
    anna, bert = [await somebody(postgres_database, number) for number in (1, 2)]
    for who in (anna, bert):
        await record(postgres_database, Decision(subscriber=who, next_at=NOW), f"in:{who.id}")

    async def serve_anna(conn: AsyncConnection) -> None:
        await subscribers.load(conn, OWNER, anna.id)
        assert [who.id for who in await due(postgres_database)] == [bert.id]

    await postgres_database.write(serve_anna)


async def test_a_refused_address_freezes_the_plan_until_the_person_writes(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, nudge(), reply(), next_at=NOW), "in:1")
    its_id = await address_id(database, anna)
    await database.write(lambda conn: subscribers.mark_unreachable(conn, OWNER, its_id, NOW))
    assert not (await load(database, anna)).reachable
    assert await due(database) == []
    assert await states(database) == ["cancelled", "ready"]
    assert (await find(database)).reachable
    assert (await load(database, anna)).reachable


async def test_with_another_address_left_the_subscriber_stays_reachable_there(database: Database) -> None:
    anna = await somebody(database)
    home = await at(database, webchat())
    await join_at(database, home, anna)
    joined = await load(database, home)
    assert joined.address == anna.address
    its_id = await address_id(database, joined)
    await database.write(lambda conn: subscribers.mark_unreachable(conn, OWNER, its_id, NOW))
    assert await load(database, home) == replace(joined, address=home.address)


async def join_at(database: Database, subscriber: Subscriber, other: Subscriber) -> None:
    join = Join(code="CODE", channel=other.address.channel)
    await record(database, Decision(subscriber=subscriber, join=join), "join:1")
    joined = await database.write(lambda conn: subscribers.join(conn, OWNER, "CODE", other.address, NOW))
    assert joined is not None


async def test_a_chat_that_moved_is_found_under_its_new_id(database: Database) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    its_id = await address_id(database, anna)
    assert not await database.write(lambda conn: subscribers.move_address(conn, OWNER, its_id, "2"))
    assert await database.write(lambda conn: subscribers.move_address(conn, OWNER, its_id, "-1001"))
    assert (await load(database, anna)).address == replace(anna.address, external_id="-1001")
    assert (await load(database, bert)).address == bert.address
    assert (await find(database, -1001)).id == anna.id


async def test_whoever_is_not_there_is_missing(database: Database) -> None:
    for work in (
        lambda conn: subscribers.load(conn, OWNER, 99),
        lambda conn: subscribers.postpone(conn, OWNER, 99, NOW),
        lambda conn: subscribers.mark_unreachable(conn, OWNER, 99, NOW),
        lambda conn: subscribers.move_address(conn, OWNER, 99, "1"),
    ):
        with pytest.raises(Missing):
            await database.write(work)
    assert await claim(database) == []
