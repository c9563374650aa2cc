"""What the plan decides in bulk is recorded as any Decision is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import EVERYTHING, Answer, ConsentChange, Decision, Event
from bot.core.messages import Button, Kind, Lane, Outgoing
from bot.core.subscriber import Consent, Enrollment, EnrollmentState, Measure, Sealed, Subscriber, Takeover
from bot.store import decisions, subscribers, visits
from bot.store.base import Base
from bot.store.crypt import Keys
from bot.store.database import Database
from bot.store.errors import Missing
from bot.store.memory import write_subscribers
from bot.store.rows import read_body
from bot.store.tables import AnswerRow, ConsentRow, EnrollmentRow, EventRow, MessageRow, SubscriberRow
from bot.store.visits import Changed, Planned, Rows, Visits, _token, record_ahead
from tests.store.builders import LATER, NOW, OWNER, load, nudge, reply, somebody

TOMORROW = NOW + timedelta(days=1)
IN_TWO_PROGRAMS = (
    Enrollment(program="rust", state=EnrollmentState.DONE, content_version="v0", started_on=date(2026, 4, 1)),
    Enrollment(
        program="hechting",
        state=EnrollmentState.ACTIVE,
        content_version="v0",
        started_on=date(2026, 5, 1),
        done=("welkom", "spanning"),
    ),
)
HEARD = ((NOW, "ik ben moe"),)
LESSON = Outgoing(
    text="Een les met é en 'aanhaling'.",
    kind=Kind.LESSON,
    lane=Lane.LESSON,
    unasked=True,
    buttons=(Button("Gelezen", "read:hechting:adem"),),
    topic="program:hechting",
    step="hechting/adem",
    expires=NOW + timedelta(hours=3),
)


def further(who: Subscriber) -> tuple[Enrollment, ...]:
    *others, running = who.enrollments
    return (*others, replace(running, done=(*running.done, "adem"), jump="", silent=2, begins_on=NOW.date()))


DECIDED: Mapping[str, Callable[[Subscriber], Decision]] = {
    "nothing but the next moment": lambda who: Decision(subscriber=who, next_at=TOMORROW),
    "no next moment": lambda who: Decision(subscriber=who),
    "a step": lambda who: Decision(
        subscriber=replace(
            who, enrollments=further(who), last_step_on=NOW.date(), last_step_at=NOW, unasked_on=NOW.date(),
            offered=(("Gelezen", "read:hechting:adem"),),
        ),
        messages=(LESSON,),
        events=(Event(kind="step", data={"program": "hechting", "step": "adem", "n": 3}),),
        next_at=TOMORROW,
    ),
    "several messages": lambda who: Decision(
        subscriber=who, messages=(LESSON, reply("een"), reply("twee"), reply("drie")), next_at=TOMORROW
    ),
    "a pause and a takeover": lambda who: Decision(
        subscriber=replace(who, paused_until=date.max, takeover=Takeover(staff="els", last_word_at=NOW), minor=True)
    ),
    "another program": lambda who: Decision(
        subscriber=replace(
            who, enrollments=(*who.enrollments, replace(who.enrollments[0], program="slaap"))
        ),
        messages=(LESSON,),
        next_at=TOMORROW,
    ),
    "signs that a list of texts could be taken apart by": lambda who: Decision(
        subscriber=replace(
            who,
            enrollments=(who.enrollments[0], replace(who.enrollments[1], done=('"a\\', "{b},"), jump="NULL", silent=1)),
            unasked_on=NOW.date(),
            tags=frozenset({'"c"\\', "d\x1fe"}),
        ),
        messages=(LESSON, replace(LESSON, topic='\\"{topic}", NULL', step="")),
        events=(Event(kind='{"k\\ind",}', data={"é\x1f": '"\\"'}),),
        next_at=TOMORROW,
    ),
    "another hour": lambda who: Decision(subscriber=replace(who, hour=time(7, 30)), next_at=TOMORROW),
    "a cancelled topic": lambda who: Decision(subscriber=who, cancel=frozenset({"followup:HECHTING"}), next_at=LATER),
    "everything cancelled": lambda who: Decision(subscriber=who, cancel=frozenset({EVERYTHING})),
    "a stop": lambda who: Decision(subscriber=replace(who, stopped_at=NOW), messages=(reply("tot ziens"),)),
    "history": lambda who: Decision(
        subscriber=replace(who, consents={"offers": Consent(given=True, at=NOW, version="1")}),
        consents=(ConsentChange(name="offers", given=True, version="1"),),
        answers=(Answer(question="spanning", uid="u", program="p", step="s", content_version="v", text="zwaar"),),
    ),
    "erased answers": lambda who: Decision(subscriber=replace(who, measures=()), erase_answers=True),
}  # fmt: skip


async def due_at(database: Database, number: int, **changes: Any) -> Subscriber:
    """Somebody who is due, with a nudge that waits."""
    who = await somebody(
        database,
        number,
        enrollments=IN_TWO_PROGRAMS,
        hour=time(8),
        measures=(Measure(on=NOW.date(), question="spanning", number=4),),
        **{"recent": HEARD, **changes},
    )
    waits = Decision(subscriber=who, messages=(nudge(),), next_at=NOW)
    await database.write(lambda conn: decisions.record(conn, OWNER, waits, f"waits:{who.id}", NOW, "v1"))
    return who


async def visit(database: Database, decide: Callable[[Subscriber], Decision], version: str = "v1") -> None:
    """Everybody who is due is visited."""

    async def work(conn: AsyncConnection) -> None:
        due = await visits.due(conn, [OWNER], NOW, 100)
        rows = due.rows(NOW)
        for one in due:
            rows.add(Planned(one, decide(one.subscriber), f"visit:{one.subscriber.id}", version))
        await visits.record(conn, rows)

    await database.write(work)


async def visit_by_the_usual_way(database: Database, decide: Callable[[Subscriber], Decision]) -> None:
    async def work(conn: AsyncConnection) -> None:
        due = await subscribers.due(conn, [OWNER], NOW, 100)
        await decisions.record_many(conn, [(decide(one), f"visit:{one.id}") for one in due], NOW, "v1")

    await database.write(work)


async def rows_of(database: Database, keys: Any, who: Subscriber) -> dict[str, list[dict[str, Any]]]:
    """Everything that stands about a person, without ids of rows and with what is encrypted in the clear."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with database.read() as conn:
        for table in (SubscriberRow, EnrollmentRow, MessageRow, EventRow, AnswerRow, ConsentRow):
            found[table.__tablename__] = [_plain(row, keys, who) for row in await _ordered(conn, table, who)]
    return found


async def _ordered(conn: AsyncConnection, table: type[Base], who: Subscriber) -> Any:
    columns = table.__table__.c
    its = columns["id"] if table is SubscriberRow else columns["subscriber_id"]
    return (await conn.execute(select(table.__table__).where(its == who.id).order_by(columns["id"]))).mappings()


def _plain(row: Mapping[str, Any], keys: Any, who: Subscriber) -> dict[str, Any]:
    secret = {"body", "text", "recent"}
    plain = {name: keys.decrypt(value) if name in secret and value else value for name, value in row.items()}
    own = {"id", "subscriber_id", "address_id", "preferred_address_id"}
    return {
        name: value.replace(str(who.id), "WHO") if name in {"cause", "last_cause"} else value
        for name, value in plain.items()
        if name not in own
    }


@pytest.mark.parametrize("decided", DECIDED.values(), ids=DECIDED)
async def test_a_visit_leaves_the_rows_that_any_decision_leaves(
    database: Database, keys: Any, decided: Callable[[Subscriber], Decision]
) -> None:
    anna = await due_at(database, 1)
    await visit(database, decided)
    bert = await due_at(database, 2)
    await visit_by_the_usual_way(database, decided)
    assert await rows_of(database, keys, anna) == await rows_of(database, keys, bert)
    assert await load(database, anna) == replace(await load(database, bert), id=anna.id, address=anna.address)


async def test_people_who_are_due_together_get_each_their_own(database: Database) -> None:
    people = [await due_at(database, number) for number in range(1, 8)]
    kinds = list(DECIDED.values())
    await visit(database, lambda who: kinds[who.id % len(kinds)](who))
    for who in people:
        expected = kinds[who.id % len(kinds)](who).subscriber
        assert await load(database, who) == expected


async def test_a_visit_does_not_read_what_was_said_and_leaves_it_there(database: Database) -> None:
    anna = await due_at(database, 1)
    seen: list[Subscriber] = []

    def looks(who: Subscriber) -> Decision:
        seen.append(who)
        return Decision(subscriber=who, next_at=NOW)

    await visit(database, looks)
    await visit(database, lambda who: Decision(subscriber=replace(who, stopped_at=NOW)))
    assert [who.recent for who in seen] == [()]
    assert (await load(database, anna)).recent == HEARD


async def test_the_same_words_at_the_same_step_are_encrypted_once_and_nothing_else_is(
    database: Database, keys: Any
) -> None:
    people = [await due_at(database, number, recent=()) for number in (1, 2)]
    week = replace(LESSON, kind=Kind.WEEK, step="", text="Je week")
    await visit(database, lambda who: Decision(subscriber=who, messages=(LESSON, week)))
    bodies: dict[str, set[bytes]] = {}
    async with database.read() as conn:
        for body in await conn.scalars(select(MessageRow.body).where(MessageRow.cause.startswith("visit:"))):
            bodies.setdefault(read_body(keys.decrypt(body)).text, set()).add(bytes(body))
    assert {text: len(tokens) for text, tokens in bodies.items()} == {LESSON.text: 1, "Je week": len(people)}


async def test_the_same_step_with_other_buttons_or_under_other_keys_is_encrypted_anew(
    database: Database, keys: Keys
) -> None:
    buttons = {(await due_at(database, number)).id: (Button(f"Knop {number}", "read:x"),) for number in (1, 2)}
    await visit(database, lambda who: Decision(subscriber=who, messages=(replace(LESSON, buttons=buttons[who.id]),)))
    async with database.read() as conn:
        rows = await conn.execute(
            select(MessageRow.subscriber_id, MessageRow.body).where(MessageRow.cause.startswith("visit:"))
        )
        assert {who: read_body(keys.decrypt(body)).buttons for who, body in rows} == buttons
    others = Keys([Fernet.generate_key().decode()])
    for its in (keys, others):
        assert read_body(its.decrypt(_token(LESSON, its, {}))).text == LESSON.text


async def test_buttons_that_were_made_for_one_person_only_reach_no_other(database: Database, keys: Keys) -> None:
    people = [await due_at(database, number) for number in range(1, 40)]

    def own(who: Subscriber) -> Decision:
        # Gone once it is written down, so that the next one's may lie at the same place.
        return Decision(subscriber=who, messages=(replace(LESSON, buttons=(Button(f"Knop {who.id}", "read:x"),)),))

    await visit(database, own)
    async with database.read() as conn:
        rows = await conn.execute(
            select(MessageRow.subscriber_id, MessageRow.body).where(MessageRow.cause.startswith("visit:"))
        )
        labels = {who: read_body(keys.decrypt(body)).buttons[0].label for who, body in rows}
    assert labels == {who.id: f"Knop {who.id}" for who in people}


async def test_a_visit_to_nobody_is_refused_as_a_whole(database: Database) -> None:
    anna = await due_at(database, 1)

    async def work(conn: AsyncConnection) -> None:
        due = await visits.due(conn, [OWNER], NOW, 100)
        [one] = due
        gone = replace(one.subscriber, id=anna.id + 99)
        nobody = Planned(one._replace(subscriber=gone), Decision(subscriber=gone, messages=(LESSON,)), "visit:0", "v1")
        rows = due.rows(NOW)
        rows.add(nobody)
        await visits.record(conn, rows)

    with pytest.raises(Missing):
        await database.write(work)
    assert (await load(database, anna)) == anna


@pytest.mark.postgres
async def test_a_text_that_would_be_taken_for_two_is_refused_as_a_whole(postgres_database: Database) -> None:
    anna, bert = [await due_at(postgres_database, number) for number in (1, 2)]

    async def work(conn: AsyncConnection) -> None:
        due = await visits.due(conn, [OWNER], NOW, 100)
        rows = due.rows(NOW)
        for one in due:
            lesson = Decision(subscriber=one.subscriber, messages=(LESSON,))
            rows.add(Planned(one, lesson, f"visit\x1f:{one.subscriber.id}", "v1"))
        await visits.record(conn, rows)

    with pytest.raises(ValueError, match="parts it from the next"):
        await postgres_database.write(work)
    assert [await load(postgres_database, who) for who in (anna, bert)] == [anna, bert]


async def stop(database: Database, who: Subscriber) -> None:
    stopped = Decision(subscriber=replace(who, stopped_at=NOW), cancel=frozenset({EVERYTHING}))
    await database.write(lambda conn: decisions.record(conn, OWNER, stopped, "in:telegram:9", NOW, "v1"))


async def say_something(database: Database, who: Subscriber) -> None:
    """Nothing of what the columns and the memory hold changes but the cause."""
    heard = Decision(subscriber=who, next_at=NOW)
    await database.write(lambda conn: decisions.record(conn, OWNER, heard, "in:telegram:9", NOW, "v1"))


async def withdraw(database: Database, who: Subscriber) -> None:
    no = Consent(given=False, at=NOW, version="1")
    withdrawn = Decision(subscriber=replace(who, consents={"daily": no}), next_at=NOW)
    await database.write(lambda conn: decisions.record(conn, OWNER, withdrawn, "in:telegram:9", NOW, "v1"))


async def wait_an_hour(database: Database, who: Subscriber) -> None:
    later = NOW + timedelta(hours=1)
    await database.write(lambda conn: subscribers.postpone(conn, OWNER, who.id, later))


async def block_the_bot(database: Database, who: Subscriber) -> None:
    async def work(conn: AsyncConnection) -> None:
        address_id = await subscribers.address_id_of(conn, OWNER, who.address)
        assert address_id is not None
        await subscribers.mark_unreachable(conn, OWNER, address_id, NOW)

    await database.write(work)


async def come_from_elsewhere(database: Database, who: Subscriber) -> None:
    elsewhere = update(SubscriberRow).where(SubscriberRow.id == who.id).values(preferred_address_id=99)
    await database.write(lambda conn: conn.execute(elsewhere))


async def lose_what_waited_for_open(database: Database, who: Subscriber) -> None:
    """Retention does it without a Decision."""
    waits = Sealed(message=LESSON)
    await database.write(lambda conn: write_subscribers(conn, [(replace(who, sealed=(waits,)), {})]))


async def be_forgotten(database: Database, who: Subscriber) -> None:
    await database.write(lambda conn: conn.execute(delete(SubscriberRow).where(SubscriberRow.id == who.id)))


async def everybody_read_ahead(database: Database) -> Visits:
    return await database.write(lambda conn: visits.ahead(conn, [OWNER], NOW, 100, ()))


def lesson_for(found: Visits) -> Rows:
    rows = found.rows(NOW)
    for place, one in enumerate(found):
        lesson = Decision(subscriber=one.subscriber, messages=(LESSON,), next_at=TOMORROW)
        rows.add(Planned(one, lesson, f"v:{place}", "v1"), visits.as_read(one.beside))
    return rows


async def lessons_of(database: Database) -> list[int]:
    async with database.read() as conn:
        return list(await conn.scalars(select(MessageRow.subscriber_id).where(MessageRow.cause.startswith("v:"))))


@pytest.mark.parametrize(
    "meanwhile",
    [
        stop,
        say_something,
        withdraw,
        wait_an_hour,
        block_the_bot,
        come_from_elsewhere,
        lose_what_waited_for_open,
        be_forgotten,
    ],
)
async def test_what_was_decided_ahead_does_not_count_once_one_of_them_has_changed(
    sqlite: Database, meanwhile: Callable[[Database, Subscriber], Awaitable[None]]
) -> None:
    anna, bert = await due_at(sqlite, 1), await due_at(sqlite, 2)
    rows = lesson_for(await everybody_read_ahead(sqlite))
    await meanwhile(sqlite, anna)
    with pytest.raises(Changed):
        await sqlite.write(lambda conn: record_ahead(conn, rows))
    assert await lessons_of(sqlite) == []
    assert bert.id in (await everybody_read_ahead(sqlite)).ids


async def test_what_was_decided_ahead_counts_when_somebody_else_has_changed(sqlite: Database) -> None:
    anna, bert, cees = [await due_at(sqlite, number) for number in (1, 2, 3)]
    found = await sqlite.write(lambda conn: visits.ahead(conn, [OWNER], NOW, 100, [cees.id]))
    await stop(sqlite, cees)
    await sqlite.write(lambda conn: record_ahead(conn, lesson_for(found)))
    assert await lessons_of(sqlite) == [anna.id, bert.id]
    with pytest.raises(Changed):  # a second time is as any other change
        await sqlite.write(lambda conn: record_ahead(conn, lesson_for(found)))
    assert await lessons_of(sqlite) == [anna.id, bert.id]


@pytest.mark.postgres
async def test_batches_at_the_same_time_have_nobody_in_common(postgres_database: Database) -> None:
    people = [await due_at(postgres_database, number) for number in range(1, 7)]
    taken: list[list[int]] = []

    async def work(conn: AsyncConnection) -> None:
        due = await visits.due(conn, [OWNER], NOW, 4)
        taken.append(due.ids)
        if len(taken) == 1:
            # While this transaction holds its people, another one comes.
            await postgres_database.write(work)
        rows = due.rows(NOW)
        for one in due:
            nothing = Decision(subscriber=one.subscriber, next_at=TOMORROW)
            rows.add(Planned(one, nothing, f"visit:{one.subscriber.id}", "v1"))
        await visits.record(conn, rows)

    await postgres_database.write(work)
    assert [len(some) for some in taken] == [4, 2]
    assert sorted([*taken[0], *taken[1]]) == [who.id for who in people]
