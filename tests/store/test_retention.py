"""What is kept how long: each rule by its days, for one practice, in small parts and never twice."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.core.decision import Answer, ConsentChange, Decision, Event
from bot.core.messages import Button, Kind
from bot.core.retention import Retention
from bot.core.safety_plan import SafetyPlan
from bot.core.subscriber import Consent, Enrollment, EnrollmentState, Sealed, Subscriber
from bot.store import inbound, looks, retention
from bot.store.base import Base
from bot.store.copies import drop_old_copies
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.errors import Missing
from bot.store.looks import Looked
from bot.store.retention import Doings, Job
from bot.store.rows import NO_BODY
from bot.store.tables import (
    AlertRow,
    AnswerRow,
    ConsentProofRow,
    EventRow,
    InboundRow,
    LookRow,
    MessageRow,
)
from bot.store.tombstones import Happened, Tombstones, read
from bot.store.transcript import history
from tests.store.builders import (
    NOW,
    OWNER,
    STRANGER,
    at,
    load,
    record,
    reply,
    says,
    sends,
    set_message,
    somebody,
    telegram,
    webchat,
)

KEEPS = {"answers": Consent(given=True, at=NOW, version="x")}
REAL = datetime(2026, 11, 25, tzinfo=UTC)


async def nightly(database: Database, after_days: float, days: Retention | None = None) -> Doings:
    now = NOW + timedelta(days=after_days)
    return await Job(database, OWNER, days or Retention(), now, REAL).run()


async def heard(database: Database, person: Subscriber, text: str, number: int, at_day: float = 0) -> int:
    said = says(text, str(number), person.address)
    now = NOW + timedelta(days=at_day)
    row = await database.write(lambda conn: inbound.admit(conn, OWNER, person, said, now))
    assert row is not None
    return row


async def rows_of(database: Database, table: type[Base]) -> list[Any]:
    async with database.read() as conn:
        return list((await conn.execute(select(table))).all())


async def texts(database: Database) -> list[bool]:
    """Whether each row of what came in still has its text, oldest first."""
    return [row.text is not None for row in sorted(await rows_of(database, InboundRow), key=lambda row: row.id)]


async def test_without_consent_two_a_text_stays_seven_days_and_with_it_thirty(database: Database) -> None:
    without = await at(database, telegram(1))
    keeping = await at(database, telegram(2), consents=KEEPS)
    await heard(database, without, "kort", 1)
    await heard(database, keeping, "lang", 2)
    assert (await nightly(database, 6.9)).inbound == 0
    assert (await nightly(database, 7.1)).inbound == 1
    assert await texts(database) == [False, True]
    assert (await nightly(database, 29.9)).inbound == 0
    await nightly(database, 30.1)
    assert await rows_of(database, InboundRow) == []


async def test_what_a_tap_said_goes_with_it_and_the_update_stays_known_for_eight_days(database: Database) -> None:
    person = await at(database, telegram())
    tapped = replace(says("", "7"), message_id=3, button=1, payload="code")
    await database.write(lambda conn: inbound.admit(conn, OWNER, person, tapped, NOW))
    short = Retention(texts=3, unconsented=2)
    await nightly(database, 3.5, short)
    [row] = await rows_of(database, InboundRow)
    assert (row.message_id, row.button, row.payload) == (None, None, "")
    assert await database.write(lambda conn: inbound.admit(conn, OWNER, person, tapped, NOW)) is None
    await nightly(database, 7.9, short)
    assert len(await rows_of(database, InboundRow)) == 1
    await nightly(database, 8.1, short)
    assert await rows_of(database, InboundRow) == []


async def test_what_was_said_in_a_crisis_goes_after_seven_days_and_then_it_is_only_counted(database: Database) -> None:
    person = await at(database, telegram(), consents=KEEPS)
    await heard(database, person, "lang daarvoor", 1, -2)
    await heard(database, person, "vlak daarvoor", 2, -0.003)
    await heard(database, person, "het zelf", 3)
    await heard(database, person, "erna", 4, 0.5)
    await heard(database, person, "later", 5, 3)
    alarm = Event(kind="alarm", data={"tier": "A", "rule": "a1"})
    await record(database, sends(person, reply("Bel 113", kind=Kind.ALARM), events=(alarm,)), "in:3")
    await set_message(database, 1, state="accepted")
    await nightly(database, 6.9)
    assert await texts(database) == [True] * 5
    await nightly(database, 7.6)
    assert await texts(database) == [True, False, False, False, True]
    assert [row.body for row in await rows_of(database, MessageRow)] == [NO_BODY]
    alert = insert(AlertRow).values(
        practice=OWNER, subscriber_id=person.id, cause="in:3", what="alarm", route="mail", tier="A", third_party=False,
        at=NOW, state="accepted", due_at=NOW, attempt=1, resends=0, reason="",
    )  # fmt: skip
    await database.write(lambda conn: conn.execute(alert))
    await nightly(database, 8.1)
    assert await rows_of(database, AlertRow) == []
    [event] = await rows_of(database, EventRow)
    assert (event.subscriber_id, event.cause, event.kind, "A" in event.data) == (None, "", "alarm", True)
    assert await texts(database) == [True, False, False, False, True]


async def test_bodies_go_after_thirty_days_but_never_of_what_is_still_to_be_sent(database: Database) -> None:
    person = await at(database, webchat())
    await record(
        database, sends(person, reply("een", buttons=(Button("Ja", "yes"),)), reply("twee"), reply("drie")), "in:1"
    )
    await set_message(database, 1, state="accepted", seq=1)
    await set_message(database, 3, state="held")
    assert (await nightly(database, 29)).bodies == 0
    assert (await nightly(database, 31)).bodies == 1
    bodies = {row.id: row.body for row in await rows_of(database, MessageRow)}
    assert bodies[1] == NO_BODY and bodies[2] != NO_BODY and bodies[3] != NO_BODY
    async with database.read() as conn:
        assert await history(conn, OWNER, webchat(), None, 10) == []
        assert await inbound.button_action(conn, OWNER, webchat(), 1, 0) is None


async def test_of_answers_only_the_free_text_goes(database: Database) -> None:
    person = await at(database, telegram(), consents=KEEPS)
    given = (
        Answer(question="q", uid="u1", program="p", step="s", content_version="v", text="zwaar"),
        Answer(question="q", uid="u2", program="p", step="s", content_version="v", number=7),
    )
    await record(database, Decision(subscriber=person, answers=given), "in:1")
    assert (await nightly(database, 31)).answers == 1
    left = await rows_of(database, AnswerRow)
    assert {(row.text, row.number) for row in left} == {(None, None), (None, 7)}


async def test_the_last_words_kept_for_the_safety_check_go_after_a_silent_day(database: Database) -> None:
    person = await at(database, telegram(), recent=((NOW, "iets"),), last_inbound_at=NOW)
    await nightly(database, 0.9)
    assert (await load(database, person)).recent
    await nightly(database, 1.1)
    assert (await load(database, person)).recent == ()


async def test_records_without_a_text_go_after_two_years(database: Database) -> None:
    person = await at(database, telegram(), last_inbound_at=NOW + timedelta(days=500))
    await record(database, sends(person, reply("een"), events=(Event(kind="started"),)), "in:1")
    await set_message(database, 1, state="accepted")
    assert (await nightly(database, 729)).records == 0
    assert (await nightly(database, 731)).records == 2
    await load(database, person)


async def test_who_was_silent_for_two_years_is_erased_with_proof_and_tombstone(
    migrated_url: str, keys: Keys, tmp_path: Path
) -> None:
    log = Tombstones.beside(tmp_path, keys)
    database = await open_database(migrated_url, keys, tombstones=log)
    silent = await at(database, telegram(1), last_inbound_at=NOW)
    consent = ConsentChange(name="daily", given=True, version="daily-2026-11")
    await record(database, Decision(subscriber=silent, consents=(consent,)), "in:1")
    planned = await at(database, telegram(2), last_inbound_at=NOW)
    await record(database, Decision(subscriber=planned, next_at=NOW + timedelta(days=900)), "in:2")
    assert (await nightly(database, 729)).people == 0
    assert (await nightly(database, 731)).people == 1
    with pytest.raises(Missing):
        await load(database, silent)
    await load(database, planned)
    assert [one.happened for one in read(log.file)] == [Happened.ERASED]
    assert len(await rows_of(database, ConsentProofRow)) == 1
    assert (await nightly(database, 731 + 5 * 365.25 + 1)).proofs == 1
    assert await rows_of(database, ConsentProofRow) == []
    await database.close()


async def test_who_looked_is_kept_five_years_of_real_time(database: Database) -> None:
    await database.write(lambda conn: looks.note(conn, OWNER, "shell:anna", Looked.EXPORT, 1))
    old = update(LookRow).values(at=REAL - timedelta(days=5 * 365.25 + 1))
    assert (await nightly(database, 99_999)).looks == 0
    await database.write(lambda conn: conn.execute(old))
    assert (await nightly(database, 0)).looks == 1


async def test_another_practices_days_are_its_own(database: Database) -> None:
    stranger = await at(database, telegram(1, STRANGER))
    said = says("blijft", "1", telegram(1, STRANGER))
    await database.write(lambda conn: inbound.admit(conn, STRANGER, stranger, said, NOW))
    await nightly(database, 5000, Retention(people=30))
    assert await texts(database) == [True]


async def test_it_works_in_small_parts_and_the_second_run_finds_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 10)
    person = await at(database, telegram())
    for number in range(35):
        await heard(database, person, "tekst", number)
    largest = 0
    write = database.write

    async def counted(work: Any, *, urgent: bool = False) -> Any:
        nonlocal largest
        result = await write(work, urgent=urgent)
        largest = max(largest, result)
        return result

    monkeypatch.setattr(database, "write", counted)
    assert (await nightly(database, 8)).inbound == 35
    assert largest == 10
    assert await nightly(database, 8) == Doings()


async def test_a_run_that_was_cut_off_goes_on_where_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 10)
    person = await at(database, telegram())
    for number in range(25):
        await heard(database, person, "tekst", number)
    write, calls = database.write, 0

    async def cut_off(work: Any, *, urgent: bool = False) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return await write(work, urgent=urgent)

    with monkeypatch.context() as cut:
        cut.setattr(database, "write", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await nightly(database, 8)
    assert sum(await texts(database)) == 15
    assert (await nightly(database, 8)).inbound == 15


async def test_every_text_that_anybody_could_add_has_a_rule(database: Database) -> None:
    """A new encrypted column has to be given its days here, or a reason to stay."""
    has_rule = {"messages.body", "inbound.text", "answers.text", "subscribers.recent"}
    # The safety plan, which only the person takes away, and what the bot itself keeps behind OPEN.
    stays_until_erased = {"subscribers.private"}
    encrypted = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.type.python_type is bytes
    }
    assert encrypted == has_rule | stays_until_erased


def test_copies_that_nabij_made_by_itself_go_after_thirty_days(tmp_path: Path) -> None:
    database = tmp_path / "nabij.sqlite3"
    names = [
        "nabij.sqlite3",
        "nabij.sqlite3.before-migration",
        "nabij.sqlite3.before-restore-20261001T000000Z",
        "x.sqlite3",
    ]
    for name in names:
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (REAL.timestamp() - 31 * 86_400,) * 2)
    fresh = tmp_path / "nabij.sqlite3.before-restore-20261120T000000Z"
    fresh.write_text("x")
    os.utime(fresh, (REAL.timestamp() - 86_400,) * 2)
    assert drop_old_copies(database, REAL - timedelta(days=30)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nabij.sqlite3", fresh.name, "x.sqlite3"]


async def discreet(database: Database, number: int, *waiting: Sealed, done: tuple[str, ...] = ()) -> Subscriber:
    walking = Enrollment(
        program="rust", state=EnrollmentState.ACTIVE, content_version="v", started_on=NOW.date(), done=done
    )
    return await somebody(database, number, discreet=True, sealed=waiting, enrollments=(walking,))


def waits(step: str, at_day: float | None) -> Sealed:
    at = None if at_day is None else NOW + timedelta(days=at_day)
    return Sealed(message=reply("een stap", unasked=True, step=f"rust/{step}"), at=at)


async def test_what_waits_for_open_goes_after_its_days_and_a_step_that_nobody_saw_is_not_done(
    database: Database,
) -> None:
    anna = await discreet(database, 1, waits("twee", 0), waits("drie", 5), done=("een", "twee", "drie"))
    assert await nightly(database, 29) == Doings()
    assert await nightly(database, 31) == Doings(waiting=1)
    after = await load(database, anna)
    assert [sealed.message.step for sealed in after.sealed] == ["rust/drie"]
    assert after.enrollments[0].done == ("een", "drie")
    assert await nightly(database, 31) == Doings()


async def test_a_practice_may_set_its_own_days_for_what_waits_and_nobody_elses_is_touched(database: Database) -> None:
    plan = SafetyPlan(signs=("stille ochtenden",))
    anna = await somebody(database, 1, discreet=True, sealed=(waits("twee", 0),), safety_plan=plan)
    stranger = await at(database, telegram(9, STRANGER), sealed=(waits("twee", 0),))
    assert await nightly(database, 4, Retention(waiting=3)) == Doings(waiting=1)
    after = await load(database, anna)
    assert after.sealed == () and after.safety_plan == plan and after.discreet
    assert len((await load(database, stranger)).sealed) == 1


async def test_what_waits_since_before_its_moment_was_noted_is_as_old_as_the_newest_unasked_message(
    database: Database,
) -> None:
    anna = await somebody(database, 1, sealed=(waits("twee", None),), unasked_on=NOW.date() + timedelta(days=2))
    assert (await nightly(database, 32)).waiting == 0
    assert (await nightly(database, 34)).waiting == 1
    assert (await load(database, anna)).sealed == ()
