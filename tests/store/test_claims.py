"""What may start right now."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.core.delivery import Accepted, Message, NotSent, Refused
from bot.core.messages import Button, Kind, Lane
from bot.core.subscriber import AlarmState, Takeover
from bot.store import accounts, outbox
from bot.store.database import Database
from bot.store.tables import AddressRow, MessageRow
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    TELEGRAM,
    WEBCHAT,
    at,
    claim,
    ended,
    nudge,
    record,
    reply,
    row,
    sends,
    set_message,
    somebody,
    states,
    webchat,
)

ALARM = AlarmState(tier="A", third_party=False, rule="r", at=NOW, last_at=NOW)
TAKEOVER = Takeover(staff="staff:1", last_word_at=NOW)


async def test_a_claimed_message_is_whole_and_marked_as_being_sent(database: Database) -> None:
    anna = await somebody(database)
    button = Button("Gedaan", "done:HECHTING", "Ja")
    [written] = await record(database, sends(anna, reply("**hoi**", buttons=(button,), kind=Kind.EXERCISE)), "in:1")
    [message] = await claim(database)
    assert (message.id, message.text, message.buttons, message.kind) == (written, "**hoi**", (button,), Kind.EXERCISE)
    assert (message.address, message.practice, message.attempt) == (anna.address, OWNER, 1)
    assert (message.due_at, message.created_at) == (NOW, NOW)
    stored = await row(database, written)
    assert (stored.state, stored.attempt, stored.epoch, stored.started_at) == ("sending", 1, 1, LATER)
    assert await claim(database) == []


async def test_claims_come_in_the_order_of_due_time_and_then_id(database: Database) -> None:
    people = [await somebody(database, number) for number in (1, 2, 3)]
    ids = [(await record(database, sends(who, reply()), f"in:{who.id}"))[0] for who in people]
    await set_message(database, ids[0], due_at=LATER)
    assert [message.id for message in await claim(database)] == [ids[1], ids[2], ids[0]]


async def test_only_the_lane_and_account_that_were_asked_for_are_claimed(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, nudge()), "plan:1")
    assert await claim(database, Lane.REPLY) == []
    assert await claim(database, Lane.LESSON, account="linde:whatsapp") == []
    assert len(await claim(database, Lane.LESSON)) == 1


async def test_of_all_lanes_at_once_the_crisis_comes_first_and_each_address_gets_one(database: Database) -> None:
    people = [await somebody(database, number) for number in (1, 2, 3, 4)]
    lanes = (Lane.BROADCAST, Lane.LESSON, Lane.REPLY, Lane.CRISIS)
    for who, lane in zip(people, lanes, strict=True):
        await record(database, sends(who, reply(lane.name, lane=lane)), f"in:{who.id}")
        await record(database, sends(who, reply("later", lane=Lane.BROADCAST)), f"plan:{who.id}")
    got = await claim_all(database, limit=10)
    assert [message.text for message in got] == ["CRISIS", "REPLY", "LESSON", "BROADCAST"]


async def test_to_one_address_too_the_crisis_comes_first_though_it_was_decided_last(database: Database) -> None:
    anna = await somebody(database)
    for number, lane in enumerate((Lane.BROADCAST, Lane.LESSON, Lane.REPLY, Lane.CRISIS)):
        await record(
            database, sends(anna, reply(lane.name, lane=lane)), f"in:{number}", NOW + timedelta(seconds=number)
        )
    assert [message.text for message in await claim_all(database, limit=10)] == ["CRISIS"]
    assert [message.text for message in await claim_all(database, limit=10)] == ["REPLY"]


async def test_room_is_kept_for_what_somebody_waits_for(database: Database) -> None:
    people = [await somebody(database, number) for number in range(1, 9)]
    for who, lane in zip(people, [Lane.LESSON] * 4 + [Lane.REPLY] * 4, strict=True):
        await record(database, sends(who, reply(lane.name, lane=lane)), f"in:{who.id}")
    got = await claim_all(database, limit=7, unasked=2)
    assert [message.text for message in got] == ["REPLY"] * 4 + ["LESSON"] * 2
    assert await claim_all(database, limit=7, unasked=0) == []
    assert len(await claim_all(database, limit=1)) == 1


async def test_one_message_at_a_time_goes_to_an_address(database: Database) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    first = await record(database, sends(anna, reply("1")), "in:1")
    await record(database, sends(anna, reply("2")), "in:2")
    others = await record(database, sends(bert, reply("3")), "in:3")
    claimed = await claim(database)
    assert [message.id for message in claimed] == first + others
    busy = [message.address_id for message in claimed]
    assert await claim(database, busy=busy) == []
    assert [message.text for message in await claim(database, busy=busy[1:])] == ["2"]


async def test_a_limit_is_filled_past_an_address_with_a_long_queue(database: Database) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    for number in range(30):
        await record(database, sends(anna, reply()), f"anna:{number}")
    await record(database, sends(bert, reply("bert")), "bert")
    assert len(await claim(database, limit=2)) == 2


async def test_the_rows_of_a_decision_keep_their_order_through_a_retry(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, reply("1"), reply("2", lane=Lane.LESSON), reply("3")), "in:1")
    [first] = await claim(database)
    assert await claim(database) == []
    assert await claim(database, Lane.LESSON) == []
    again = await ended(database, first, NotSent("no connection"))
    assert await claim(database) == []
    later = again.due_at + timedelta(seconds=1)
    [first] = await claim(database, now=later)
    assert (first.text, first.attempt) == ("1", 2)
    await ended(database, first, Accepted("7"), later)
    [second] = await claim(database, Lane.LESSON, now=later)
    assert await claim(database, now=later) == []
    await ended(database, second, Refused("too long"), later)
    assert [message.text for message in await claim(database, now=later)] == ["3"]


async def test_a_decision_that_waits_for_its_retry_holds_up_no_other(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, reply("1"), reply("2")), "in:1")
    [first] = await claim(database)
    await ended(database, first, NotSent("no connection", retry_after=60))
    await record(database, sends(anna, reply("new")), "in:2")
    assert [message.text for message in await claim(database)] == ["new"]


async def test_what_is_over_is_neither_claimed_nor_in_the_way(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, reply("old", expires=LATER)), "in:1")
    await record(database, sends(anna, reply("new")), "in:2")
    assert [message.text for message in await claim(database)] == ["new"]


@pytest.mark.parametrize(
    "state",
    [{"stopped_at": NOW}, {"alarm": ALARM}, {"takeover": TAKEOVER}, {"reachable": False}],
    ids=["stopped", "alarm", "takeover", "unreachable"],
)
async def test_unasked_messages_are_silenced_at_the_claim_and_replies_are_not(
    database: Database, state: dict[str, object]
) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    await record(database, sends(replace(anna, **state), nudge()), "plan:1")  # type: ignore[arg-type]
    await record(database, sends(bert, nudge("for bert")), "plan:2")
    assert [message.text for message in await claim(database, Lane.LESSON, limit=1)] == ["for bert"]
    assert await states(database) == ["cancelled", "sending"]
    await record(database, sends(replace(anna, **state), reply()), "in:1")  # type: ignore[arg-type]
    assert len(await claim(database)) == 1


async def test_unasked_messages_to_an_address_that_leads_nowhere_are_silenced_though_the_person_is_reached_elsewhere(
    database: Database,
) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, nudge()), "plan:1")
    gone = update(AddressRow).where(AddressRow.subscriber_id == anna.id).values(reachable=False)
    await database.write(lambda conn: conn.execute(gone))
    assert await claim(database, Lane.LESSON) == []
    assert await states(database) == ["cancelled"]


async def test_an_alarms_own_followup_goes_out_during_the_alarm_but_not_after_stop(database: Database) -> None:
    anna = await somebody(database)
    care = reply("gaat het?", unasked=True, lane=Lane.CRISIS)
    await record(database, sends(replace(anna, alarm=ALARM), care), "care:1")
    assert len(await claim(database, Lane.CRISIS)) == 1
    await record(database, sends(replace(anna, alarm=ALARM, stopped_at=NOW), care), "care:2")
    assert await claim(database, Lane.CRISIS) == []


async def test_an_owner_of_the_past_claims_nothing(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, reply()), "in:1")
    old = await database.write(lambda conn: accounts.own(conn, OWNER, TELEGRAM, "one", NOW))
    new = await database.write(lambda conn: accounts.own(conn, OWNER, TELEGRAM, "two", NOW))
    assert new > old
    assert await claim(database, epoch=old) == []
    assert len(await claim(database, epoch=new)) == 1


async def test_web_chat_messages_are_numbered_as_they_are_claimed(database: Database) -> None:
    visitor = await at(database, webchat())
    await record(database, sends(visitor, reply("1"), reply("2")), "in:1")
    [first] = await claim(database, account=WEBCHAT)
    [second] = await claim(database, account=WEBCHAT)
    assert [(first.text, first.seq), (second.text, second.seq)] == [("1", 1), ("2", 2)]
    assert (await row(database, second.id)).seq == 2


async def test_a_row_that_cannot_be_read_is_dead_and_its_neighbours_go_out(database: Database) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    [broken] = await record(database, sends(anna, reply()), "in:1")
    await record(database, sends(bert, reply("fine")), "in:2")
    await database.write(
        lambda conn: conn.execute(update(MessageRow).where(MessageRow.id == broken).values(body=b"noise"))
    )
    assert [message.text for message in await claim(database, limit=1)] == ["fine"]
    dead = await row(database, broken)
    assert (dead.state, dead.reason) == ("dead", "unreadable")


async def test_the_next_due_moment_is_the_earliest_of_all_lanes(database: Database) -> None:
    anna = await somebody(database)
    assert await _next(database) is None
    [lesson] = await record(database, sends(anna, nudge()), "plan:1")
    [over] = await record(database, sends(anna, reply(expires=NOW + timedelta(seconds=1))), "in:1")
    await set_message(database, lesson, due_at=LATER)
    assert await _next(database) == LATER
    await set_message(database, over, expires_at=LATER + timedelta(hours=1))
    assert await _next(database) == NOW
    assert await database.write(lambda conn: outbox.next_due(conn, [], LATER)) is None


async def claim_all(database: Database, limit: int, unasked: int | None = None) -> list[Message]:
    lanes = tuple(Lane)
    return await database.write(lambda conn: outbox.claim_from(conn, TELEGRAM, lanes, LATER, 1, limit, unasked=unasked))


async def _next(database: Database) -> object:
    async with database.read() as conn:
        return await outbox.next_due(conn, [TELEGRAM, WEBCHAT], NOW + timedelta(minutes=1))


async def test_what_was_claimed_a_while_ago_is_wanted_as_long_as_a_claim_would_take_it(database: Database) -> None:
    anna = await somebody(database)
    epoch = await database.write(lambda conn: accounts.own(conn, OWNER, TELEGRAM, "one", NOW))

    async def is_wanted(message: Message, now: datetime = LATER) -> bool:
        async with database.read() as conn:
            return await outbox.is_wanted(conn, message, epoch, now)

    await record(database, sends(anna, nudge()), "plan:1")
    [message] = await claim(database, Lane.LESSON)
    assert await is_wanted(message)
    assert not await is_wanted(message, message.expires_at)
    assert not await is_wanted(replace(message, attempt=2))
    await record(database, sends(anna, cancel=frozenset({"followup:HECHTING"})), "in:1")
    assert not await is_wanted(message)
    await record(database, sends(anna, nudge()), "plan:2")
    await ended(database, message, Accepted("1"))
    [message] = await claim(database, Lane.LESSON)
    assert await is_wanted(message)
    await record(database, sends(replace(anna, stopped_at=NOW)), "in:2")
    assert not await is_wanted(message)
    await record(database, sends(anna), "in:3")
    assert await is_wanted(message)
    await database.write(lambda conn: accounts.own(conn, OWNER, TELEGRAM, "two", NOW))
    assert not await is_wanted(message)
