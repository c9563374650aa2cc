"""One-time codes that join addresses to one person."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from bot.core.decision import Decision, Join
from bot.core.messages import Channel
from bot.core.subscriber import AlarmState, Consent, Enrollment, EnrollmentState, Subscriber
from bot.store import inbound, outbox, subscribers
from bot.store.database import Database
from bot.store.tables import InboundRow, JoinCodeRow, MessageRow, SubscriberRow
from tests.store.builders import (
    NOW,
    OWNER,
    STRANGER,
    at,
    claim,
    load,
    record,
    reply,
    says,
    sends,
    somebody,
    telegram,
    webchat,
)

ENROLLED = Enrollment(program="p", state=EnrollmentState.ACTIVE, content_version="v", started_on=date(2026, 5, 1))


async def visitor_with_code(database: Database, code: str = "ABC234", **state: Any) -> Subscriber:
    visitor = await at(database, webchat(), enrollments=(ENROLLED,), **state)
    await record(database, Decision(subscriber=visitor, join=Join(code=code, channel=Channel.TELEGRAM)), f"j:{code}")
    return visitor


async def join(database: Database, code: str = "ABC234", practice: str = OWNER, **more: Any) -> Subscriber | None:
    address = more.get("address", telegram(1, practice))
    return await database.write(lambda conn: subscribers.join(conn, practice, code, address, NOW))


async def people(database: Database) -> int:
    async with database.read() as conn:
        return await conn.scalar(select(func.count()).select_from(SubscriberRow)) or 0


async def test_a_code_attaches_a_new_address_as_the_preferred_one(database: Database) -> None:
    visitor = await visitor_with_code(database)
    joined = await join(database)
    assert joined == replace(visitor, address=telegram())
    assert await load(database, visitor) == joined
    again = await database.write(
        lambda conn: subscribers.find_or_create(conn, OWNER, webchat(), zone="Europe/Brussels", now=NOW)
    )
    assert again == visitor


async def test_a_code_works_once(database: Database) -> None:
    await visitor_with_code(database)
    assert await join(database) is not None
    assert await join(database, address=telegram(2)) is None


async def test_a_code_dies_after_fifteen_minutes_of_real_time(database: Database) -> None:
    await visitor_with_code(database)
    old = datetime.now(UTC) - timedelta(minutes=15, seconds=1)
    await database.write(lambda conn: conn.execute(update(JoinCodeRow).values(made_at=old)))
    assert await join(database) is None
    await visitor_with_code(database, "NEW")
    async with database.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(JoinCodeRow)) == 1


async def test_a_code_is_for_its_practice_and_channel_only(database: Database) -> None:
    await visitor_with_code(database)
    assert await join(database, practice=STRANGER) is None
    assert await join(database, address=webchat("other")) is None
    assert await join(database, "WRONG") is None
    assert await join(database) is not None


async def test_a_person_without_programs_is_folded_in_with_everything_that_protects(database: Database) -> None:
    alarm = AlarmState(tier="A", third_party=False, rule="r", at=NOW, last_at=NOW)
    refused = Consent(given=False, at=NOW, version="1")
    visitor = await visitor_with_code(database, consents={"daily": Consent(given=True, at=NOW, version="1")})
    other = await somebody(
        database, stopped_at=NOW, alarm=alarm, minor=True, consents={"offers": refused}, keywords={"HECHTING": NOW}
    )
    await record(database, sends(other, reply("open")), "in:1")
    await database.write(lambda conn: inbound.admit(conn, OWNER, other, says("hoi", "1"), NOW))
    joined = await join(database)
    assert joined is not None
    assert (joined.id, joined.address, joined.enrollments) == (visitor.id, telegram(), (ENROLLED,))
    assert (joined.stopped_at, joined.alarm, joined.minor) == (NOW, alarm, True)
    assert set(joined.consents) == {"daily", "offers"}
    assert joined.keywords == {"HECHTING": NOW}
    assert await load(database, visitor) == joined
    assert await people(database) == 1
    async with database.read() as conn:
        assert (await conn.scalars(select(MessageRow.subscriber_id))).all() == [visitor.id]
        assert (await conn.scalars(select(InboundRow.subscriber_id))).all() == [visitor.id]
    assert [message.text for message in await claim(database)] == ["open"]


async def test_two_people_with_programs_stay_two(database: Database) -> None:
    visitor = await visitor_with_code(database)
    other = await somebody(database, enrollments=(ENROLLED,))
    assert await join(database) is None
    assert await load(database, visitor) == visitor
    assert await load(database, other) == other


async def test_joining_an_address_of_ones_own_only_prefers_it(database: Database) -> None:
    visitor = await visitor_with_code(database)
    await join(database)
    await record(database, Decision(subscriber=visitor, join=Join(code="AGAIN", channel=Channel.TELEGRAM)), "in:again")
    joined = await join(database, "AGAIN")
    assert joined == replace(visitor, address=telegram())
    assert await people(database) == 1
    async with database.read() as conn:
        assert await outbox.counts(conn) == {}
