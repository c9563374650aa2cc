"""A Decision is recorded as a whole, once per cause."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.decision import EVERYTHING, Answer, ConsentChange, Decision, Event, Join
from bot.core.messages import Channel, Kind, Lane
from bot.store import decisions, outbox, subscribers
from bot.store.crypt import Keys
from bot.store.database import Database
from bot.store.errors import Missing, WrongPractice
from bot.store.tables import AnswerRow, ConsentRow, EventRow, JoinCodeRow, MessageRow
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    STRANGER,
    WEBCHAT,
    at,
    claim,
    load,
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

ANSWER = Answer(question="q", uid="u", program="p", step="s", content_version="v1", number=7, choice="c", text="moe")


async def everything_in(database: Database, table: type[Any]) -> list[Any]:
    async with database.read() as conn:
        return list((await conn.execute(select(table).order_by(table.id))).all())


async def test_state_plan_and_messages_are_recorded_together(database: Database) -> None:
    anna = await somebody(database)
    ids = await record(
        database,
        sends(replace(anna, greeted=True), reply("1"), reply("2", step="p/s", topic="t"), next_at=LATER),
        "in:1",
    )
    assert (await load(database, anna)).greeted
    async with database.read() as conn:
        assert await subscribers.next_due(conn) == LATER
    first, second = [await row(database, number) for number in ids]
    assert (first.cause, first.n, first.state, first.due_at, first.content_version) == ("in:1", 0, "ready", NOW, "v1")
    assert (second.n, second.step, second.topic) == (1, "p/s", "t")


async def test_a_cause_that_was_recorded_before_changes_nothing(database: Database) -> None:
    anna = await somebody(database)
    first = await record(database, sends(anna, reply("1"), events=(Event(kind="e"),)), "in:1")
    await record(database, Decision(subscriber=replace(anna, greeted=True)), "in:2")
    again = await record(database, sends(replace(anna, minor=True), reply("other"), events=(Event(kind="e"),)), "in:1")
    assert again == first
    assert (await load(database, anna)) == replace(anna, greeted=True)
    assert len(await everything_in(database, EventRow)) == 1


async def test_a_cause_without_messages_is_not_recorded_twice_in_a_row(database: Database) -> None:
    anna = await somebody(database)
    for _ in range(2):
        assert await record(database, Decision(subscriber=anna, events=(Event(kind="e"),)), "in:1") == []
    assert len(await everything_in(database, EventRow)) == 1


@pytest.mark.parametrize(
    ("lane", "address", "lifetime"),
    [
        (Lane.CRISIS, telegram(), timedelta(hours=24)),
        (Lane.REPLY, telegram(), timedelta(hours=24)),
        (Lane.CRISIS, webchat(), timedelta(days=30)),
        (Lane.REPLY, webchat(), timedelta(days=30)),
        (Lane.LESSON, telegram(), timedelta(hours=14)),
        (Lane.LESSON, webchat(), timedelta(hours=14)),
        (Lane.BROADCAST, telegram(), timedelta(hours=14)),
    ],
)
async def test_every_message_has_an_expiry(database: Database, lane: Lane, address: Any, lifetime: timedelta) -> None:
    anna = await at(database, address)
    [default, own] = await record(database, sends(anna, reply(lane=lane), reply(lane=lane, expires=LATER)), "in:1")
    assert (await row(database, default)).expires_at == NOW + lifetime
    assert (await row(database, own)).expires_at == LATER


async def test_a_topic_is_cancelled_and_the_rest_stays(database: Database) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    await record(database, sends(anna, nudge(), reply(topic="question:1"), reply()), "in:1")
    await record(database, sends(bert, nudge()), "in:2")
    await record(database, sends(anna, nudge("the new one"), cancel=frozenset({"followup:HECHTING", "x"})), "in:3")
    assert await states(database) == ["cancelled", "ready", "ready", "ready", "ready"]


async def test_everything_is_cancelled_but_what_started_and_direct_words_about_danger(database: Database) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    await record(database, sends(anna, reply()), "in:1")
    await claim(database)
    crisis, care = reply(lane=Lane.CRISIS), reply(lane=Lane.CRISIS, unasked=True)
    await record(database, sends(anna, reply(), nudge(), crisis, care), "in:2")
    await record(database, sends(bert, reply()), "in:3")
    await record(database, sends(anna, reply("stopped"), cancel=frozenset({EVERYTHING})), "in:4")
    assert await states(database) == ["sending", "cancelled", "cancelled", "ready", "cancelled", "ready", "ready"]


async def test_answers_consents_and_events_become_history(database: Database, keys: Keys) -> None:
    anna = await somebody(database)
    decision = Decision(
        subscriber=anna,
        answers=(ANSWER,),
        consents=(ConsentChange(name="daily", given=True, version="3"),),
        events=(Event(kind="keyword", data={"name": "HECHTING", "times": 2}),),
    )
    await record(database, decision, "in:1")
    [answer] = await everything_in(database, AnswerRow)
    assert (answer.practice, answer.question, answer.number, answer.choice, answer.at) == (OWNER, "q", 7, "c", NOW)
    assert keys.decrypt(answer.text) == "moe"
    [consent] = await everything_in(database, ConsentRow)
    assert (consent.name, consent.given, consent.version, consent.cause) == ("daily", True, "3", "in:1")
    [event] = await everything_in(database, EventRow)
    assert (event.kind, event.data) == ("keyword", '{"name": "HECHTING", "times": 2}')


async def test_answers_are_erased_when_the_decision_says_so(database: Database) -> None:
    anna, bert = await somebody(database, 1), await somebody(database, 2)
    await record(database, Decision(subscriber=anna, answers=(ANSWER, ANSWER)), "in:1")
    await record(database, Decision(subscriber=bert, answers=(ANSWER,)), "in:2")
    await record(database, Decision(subscriber=anna, erase_answers=True), "in:3")
    assert [answer.subscriber_id for answer in await everything_in(database, AnswerRow)] == [bert.id]


async def test_a_week_in_words_goes_with_the_answers_wherever_it_is(database: Database) -> None:
    anna = await at(database, webchat())
    for number, week in enumerate(["gezien", "op het scherm", "nog te sturen"]):
        await record(database, sends(anna, reply(week, kind=Kind.WEEK), reply("een les")), f"in:{number}")
        if number < 2:
            await claim(database, account=WEBCHAT)
        if number < 1:
            address_id = (await row(database, 1)).address_id
            await database.write(lambda conn, its=address_id: outbox.acknowledge(conn, OWNER, its, 99, LATER))  # type: ignore[misc]
    await record(database, Decision(subscriber=anna, erase_answers=True), "in:erase")
    rows = await everything_in(database, MessageRow)
    weeks = [one for one in rows if one.kind == Kind.WEEK.value]
    assert [one.body for one in weeks] == [b""] * 3
    assert [one.seq for one in weeks] == [0, 0, 0]
    assert [one.state for one in weeks] == ["accepted", "cancelled", "cancelled"]
    assert all(one.body for one in rows if one.kind != Kind.WEEK.value)


async def test_a_failing_decision_leaves_nothing_behind(database: Database) -> None:
    anna = await somebody(database)
    elsewhere = replace(anna, address=telegram(99), greeted=True)
    with pytest.raises(Missing):
        await record(database, sends(elsewhere, reply(), events=(Event(kind="e"),)), "in:1")
    assert await load(database, anna) == anna
    assert await everything_in(database, MessageRow) == []
    assert await everything_in(database, EventRow) == []


async def test_a_decision_of_another_practice_is_refused(database: Database) -> None:
    anna = await somebody(database)
    with pytest.raises(WrongPractice):
        await database.write(lambda conn: decisions.record(conn, STRANGER, sends(anna, reply()), "in:1", NOW, "v"))
    with pytest.raises(Missing):
        await record(database, sends(replace(anna, practice=STRANGER), reply()), "in:1")
    assert await states(database) == []


async def test_many_decisions_are_recorded_in_bulk_each_once(database: Database) -> None:
    people = [await somebody(database, number) for number in range(1, 6)]
    plan = [
        (sends(replace(who, greeted=True), nudge(f"for {who.id}"), next_at=LATER), f"plan:{who.id}") for who in people
    ]
    await record(database, plan[0][0], plan[0][1])
    for _ in range(2):
        await database.write(lambda conn: decisions.record_many(conn, plan, NOW, "v1"))
    written = await everything_in(database, MessageRow)
    assert [message.cause for message in written] == [cause for _, cause in plan]
    assert {message.content_version for message in written} == {"v1"}
    async with database.read() as conn:
        assert await subscribers.next_due(conn) == LATER
    assert [(await load(database, who)).greeted for who in people] == [True] * 5


async def test_one_bad_decision_fails_the_bulk_as_a_whole(database: Database) -> None:
    anna = await somebody(database)
    plan = [(sends(anna, nudge()), "plan:1"), (sends(replace(anna, id=anna.id + 99), nudge()), "plan:2")]
    with pytest.raises(Missing):
        await database.write(lambda conn: decisions.record_many(conn, plan, NOW))
    assert await states(database) == []


async def test_a_code_to_join_is_kept_unreadable(database: Database) -> None:
    anna = await somebody(database)
    await record(database, Decision(subscriber=anna, join=Join(code="ABC234", channel=Channel.WHATSAPP)), "in:1")
    async with database.read() as conn:
        [code] = (await conn.execute(select(JoinCodeRow))).all()
    assert (code.practice, code.subscriber_id, code.channel) == (OWNER, anna.id, "whatsapp")
    assert "ABC234" not in code.digest
