"""After a restore: nothing goes out by itself until somebody decides."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.messages import Lane
from bot.core.subscriber import Subscriber
from bot.store import hold, outbox, subscribers
from bot.store.database import Database
from bot.store.hold import Released
from bot.store.tables import AddressRow
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    STRANGER,
    WEBCHAT,
    at,
    claim,
    nudge,
    record,
    reply,
    row,
    sends,
    somebody,
    states,
    telegram,
    webchat,
)


async def restored(database: Database) -> None:
    await database.write(lambda conn: hold.hold_everything(conn, NOW))


async def planned_people(database: Database, person: Subscriber) -> list[int]:
    found = await database.write(lambda conn: subscribers.due(conn, [person.practice], LATER, 10))
    return [one.id for one in found]


async def test_what_was_ready_or_being_sent_is_held_and_what_had_ended_stays(database: Database) -> None:
    person = await somebody(database)
    await record(database, sends(person, reply("one"), reply("two"), reply("three")), "c")
    [first] = await claim(database, limit=1)
    await restored(database)
    assert await states(database) == ["held", "held", "held"]
    assert await claim(database, epoch=2) == []
    async with database.read() as conn:
        assert await hold.held(conn) == {OWNER: 3}
    assert (await row(database, first.id)).attempt == 1


async def test_nobody_is_planned_until_the_release_of_that_practice(database: Database) -> None:
    person, stranger = await somebody(database), await at(database, telegram(9, STRANGER))
    for one in (person, stranger):
        await record(database, sends(one, next_at=NOW), f"c{one.id}")
    await restored(database)
    assert await planned_people(database, person) == []
    async with database.read() as conn:
        assert await subscribers.next_due(conn, [OWNER, STRANGER]) is None
    await database.write(lambda conn: hold.go_on(conn, OWNER))
    assert await planned_people(database, person) == [person.id]
    assert await planned_people(database, stranger) == []


async def test_who_writes_meanwhile_is_answered(database: Database) -> None:
    person = await somebody(database)
    await record(database, sends(person, reply("old")), "before")
    await restored(database)
    await record(database, sends(person, reply("new")), "after")
    assert [message.text for message in await claim(database, epoch=2)] == ["new"]


async def test_sending_what_is_held_counts_each_as_a_possible_duplicate(database: Database) -> None:
    person = await somebody(database)
    [message] = await record(database, sends(person, reply("held")), "c")
    await restored(database)
    released = await database.write(lambda conn: hold.send_held(conn, OWNER))
    assert released == Released(ready=1)
    assert (await row(database, message)).duplicate_possible
    assert [message.text for message in await claim(database, epoch=2)] == ["held"]


async def test_a_web_chats_numbers_tell_so_nothing_there_is_a_duplicate(database: Database) -> None:
    person = await at(database, webchat())
    [message] = await record(database, sends(person, reply("held")), "c")
    await restored(database)
    await database.write(lambda conn: hold.send_held(conn, OWNER))
    assert not (await row(database, message)).duplicate_possible


async def test_who_said_stop_meanwhile_gets_nothing_of_it_but_help(database: Database) -> None:
    person = await somebody(database)
    await record(database, sends(person, reply("a reply"), nudge(), reply("112", lane=Lane.CRISIS)), "c")
    await restored(database)
    await record(database, sends(replace(person, stopped_at=LATER)), "stop")
    released = await database.write(lambda conn: hold.send_held(conn, OWNER))
    assert released == Released(ready=1, cancelled=2)
    assert [message.text for message in await claim(database, Lane.CRISIS, epoch=2)] == ["112"]


async def test_dropping_cancels_all_of_one_practice_in_parts_and_nothing_of_another(database: Database) -> None:
    person, stranger = await somebody(database), await at(database, telegram(9, STRANGER))
    await record(database, sends(person, reply(), reply(), reply()), "c")
    await record(database, sends(stranger, reply()), "d")
    await restored(database)
    parts = [await database.write(lambda conn: hold.drop_held(conn, OWNER, 2)) for _ in range(3)]
    assert [part.cancelled for part in parts] == [2, 1, 0]
    assert await states(database) == ["cancelled"] * 3 + ["held"]


async def test_numbers_that_people_may_know_are_not_given_out_again(database: Database) -> None:
    person = await at(database, webchat())
    [old] = await record(database, sends(person, reply()), "c")
    await claim(database, account=WEBCHAT)
    before = await _last_seq(database)
    await restored(database)
    [new] = await record(database, sends(person, reply()), "d")
    assert new > old + 100_000
    [message] = await claim(database, account=WEBCHAT, epoch=2)
    assert message.seq > before + 100_000


async def _last_seq(database: Database) -> int:
    async with database.read() as conn:
        return int(await conn.scalar(select(AddressRow.last_seq)) or 0)


@pytest.mark.parametrize("repeated", [hold.hold_everything])
async def test_holding_twice_is_holding_once(database: Database, repeated: Any) -> None:
    person = await somebody(database)
    await record(database, sends(person, reply()), "c")
    for _ in range(2):
        await database.write(lambda conn: repeated(conn, NOW))
    async with database.read() as conn:
        assert await hold.held(conn) == {OWNER: 1}
    assert await database.write(lambda conn: outbox.expire(conn, LATER.replace(year=2030), 10)) == 0
