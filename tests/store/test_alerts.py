"""Alerts: committed with the alarm, claimed once, and each end visible."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.core.alerts import STALE, OpenAlert, ended
from bot.core.decision import Alert, AlertRoute
from bot.core.delivery import Accepted, Ambiguous, NotSent, Refused
from bot.core.subscriber import AlarmState
from bot.store import alarms, alerts, hold
from bot.store.database import Database
from bot.store.tables import AlertRow
from tests.store.builders import NOW, OWNER, STRANGER, record, reply, sends, somebody

TOLD = (
    Alert(route=AlertRoute.TELEGRAM, what="alarm", tier="B"),
    Alert(route=AlertRoute.MAIL, what="alarm", tier="B", third_party=True),
)
ALARM = AlarmState(tier="B", third_party=False, rule="wish.dead", at=NOW, last_at=NOW)


async def alarmed(database: Database) -> int:
    person = await somebody(database)
    await record(database, sends(replace(person, alarm=ALARM), reply(), alerts=TOLD), "in:alarm")
    return person.id


async def claim(database: Database, after: timedelta = timedelta()) -> list[OpenAlert]:
    return await database.write(lambda conn: alerts.claim(conn, NOW + after))


async def states(database: Database) -> list[tuple[str, str]]:
    async with database.read() as conn:
        rows = await conn.execute(select(AlertRow.state, AlertRow.reason).order_by(AlertRow.id))
        return [(row.state, row.reason) for row in rows]


async def test_they_are_there_with_the_alarm_and_claimed_once(database: Database) -> None:
    await alarmed(database)
    first = await claim(database)
    assert [(a.route, a.tier, a.third_party, a.attempt) for a in first] == [
        (AlertRoute.TELEGRAM, "B", False, 1),
        (AlertRoute.MAIL, "B", True, 1),
    ]
    assert await claim(database) == []


async def test_the_same_decision_recorded_again_makes_no_second_one(database: Database) -> None:
    person = await somebody(database)
    decision = sends(replace(person, alarm=ALARM), reply(), alerts=TOLD)
    await record(database, decision, "in:alarm")
    await record(database, decision, "in:alarm")
    assert len(await states(database)) == 2


async def test_each_end_is_written_and_what_was_not_sent_is_due_again(database: Database) -> None:
    await alarmed(database)
    one, other = await claim(database)
    await database.write(lambda conn: alerts.end(conn, one, ended(one, Accepted(), NOW), NOW))
    await database.write(lambda conn: alerts.end(conn, other, ended(other, NotSent("away"), NOW), NOW))
    assert await states(database) == [("accepted", ""), ("ready", "away")]
    async with database.read() as conn:
        due = await alerts.next_due(conn)
    assert due is not None and NOW < due < NOW + timedelta(minutes=1)
    (again,) = await claim(database, timedelta(minutes=1))
    assert (again.route, again.attempt) == (AlertRoute.MAIL, 2)


async def test_an_attempt_that_was_cut_off_goes_out_once_more_and_then_is_unknown(database: Database) -> None:
    await alarmed(database)
    one, _ = await claim(database)
    assert await claim(database, STALE - timedelta(seconds=1)) == []
    again, _ = await claim(database, STALE)
    assert (again.resends, again.attempt) == (1, 2)
    late = ended(one, Accepted(), NOW)
    assert not await database.write(lambda conn: alerts.end(conn, one, late, NOW))
    assert await claim(database, STALE * 3) == []
    assert {state for state, _ in await states(database)} == {"unknown"}


async def test_failures_are_counted_by_practice_and_shown_beside_the_person(database: Database) -> None:
    number = await alarmed(database)
    one, other = await claim(database)
    await database.write(lambda conn: alerts.end(conn, one, ended(one, Refused("no chat"), NOW), NOW))
    again = replace(other, resends=1)
    await database.write(lambda conn: alerts.end(conn, other, ended(again, Ambiguous("cut"), NOW), NOW))
    async with database.read() as conn:
        assert await alerts.failed_since(conn, NOW - timedelta(days=1)) == {OWNER: 2}
        assert await alerts.failed_since(conn, NOW + timedelta(days=1)) == {}
        (standing,) = await alarms.standing(conn, OWNER)
        assert await alarms.standing(conn, STRANGER) == []
    assert standing.who.number == number and standing.told == {"telegram": "dead", "mail": "unknown"}


async def test_after_a_restore_old_alerts_are_no_news(database: Database) -> None:
    await alarmed(database)
    await database.write(lambda conn: hold.hold_everything(conn, NOW))
    assert await claim(database) == []
    assert set(await states(database)) == {("cancelled", "restored")}
