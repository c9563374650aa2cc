"""The export has everything of a person, and what a practice is shown has the answers only when they are shared."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.core.decision import Answer, ConsentChange, Decision, Event
from bot.core.messages import Button, InboundKind, Kind
from bot.core.subscriber import Consent, Subscriber
from bot.exports import Export, as_json
from bot.store import erasure, export, inbound, looks, proofs, shown, subscribers
from bot.store.base import Base
from bot.store.crypt import Keys
from bot.store.database import Database
from bot.store.errors import Missing
from bot.store.export import NOT_TOLD, TOLD
from bot.store.looks import Looked, code_of
from bot.store.tables import LookRow, MessageRow
from tests.store.builders import LATER, NOW, OWNER, STRANGER, at, record, reply, says, sends, somebody, telegram
from tests.store.test_erasure import MARK, furnished
from tests.talk import practice

REAL = datetime(2026, 11, 25, 12, tzinfo=UTC)


async def exported(database: Database, person: Subscriber) -> Export:
    async with database.read() as conn:
        return await export.kept_of(conn, OWNER, person.id, practice(slug=OWNER), REAL)


async def a_life(database: Database, **changes: Any) -> Subscriber:
    """A word, a check-in that was answered by a typed text, and an answer that is kept."""
    person = await at(database, telegram(), **changes)
    asked = says("hechting", "1")
    await database.write(lambda conn: inbound.admit(conn, OWNER, person, asked, NOW))
    await record(
        database, sends(person, reply("Uitleg", buttons=(Button("Gedaan", "done:HECHTING"),))), "in:linde:telegram:1"
    )
    tapped = replace(says("", "2"), kind=InboundKind.BUTTON, message_id=1, button=0)
    await database.write(lambda conn: inbound.admit(conn, OWNER, person, tapped, NOW))
    said = says("vier, en ik ben bang", "3")
    await database.write(lambda conn: inbound.admit(conn, OWNER, person, said, LATER))
    kept = Answer(question="spanning", uid="u", program="eerste", step="spanning", content_version="v", number=4)
    await record(
        database,
        Decision(
            subscriber=person,
            messages=(reply("Er is wat spanning: een 4."),),
            answers=(kept,),
            consents=(ConsentChange(name="answers", given=True, version="answers-2026-11/1"),),
            events=(Event(kind="answered", data={"program": "eerste"}),),
        ),
        "in:linde:telegram:3",
        LATER,
    )
    await record(database, sends(person, reply("Je week: een 4", kind=Kind.WEEK)), "visit:1", LATER)
    return person


async def test_the_export_tells_everything_in_plain_words(database: Database) -> None:
    person = await a_life(database, keywords={"HECHTING": NOW}, first_touch="insta", recent=((NOW, "laatste"),))
    kept = await exported(database, person)
    assert kept.practice.contact == "Mariposha, Coaching"
    assert (kept.person.since, kept.person.first_link, kept.person.recent) == (NOW, "insta", ["laatste"])
    assert kept.person.last_message_at is None and "HECHTING" in kept.person.memory["keywords"]
    assert [(one.channel, one.id) for one in kept.contacts] == [("telegram", "1")]
    assert [(one.name, one.given, one.message) for one in kept.consents] == [("answers", True, "in:linde:telegram:3")]
    assert [(one.question, one.number) for one in kept.answers] == [("spanning", 4)]
    said = [(line.by, line.text) for line in kept.conversation]
    assert ("you", "Gedaan") in said and ("you", "vier, en ik ben bang") in said
    assert ("bot", "Er is wat spanning: een 4.") in said
    assert all(enrollment.steps_done == [] for enrollment in kept.enrollments)


def test_no_column_of_a_subscriber_is_left_out() -> None:
    told = {"created_at", "zone", "hour", "last_inbound_at", "stopped_at", "next_at", "reachable", "first_touch"}
    told |= {"recent", "memory", "private"}
    in_memory_too = {"alarm_tier", "taken_over", "paused"}
    of_ours = {"id", "practice", "preferred_address_id", "last_cause"}
    assert {column.name for column in Base.metadata.tables["subscribers"].columns} == told | in_memory_too | of_ours


async def test_no_table_of_a_person_is_left_out(database: Database, keys: Keys) -> None:
    person = await furnished(database, keys)
    # What the builders of marks cannot know: a message's body and lists are JSON.
    await valid_json(database, keys)
    kept = await exported(database, person)
    written = as_json(kept)
    with_persons = {table.name for table in Base.metadata.sorted_tables if "subscriber_id" in table.columns}
    assert with_persons >= TOLD | NOT_TOLD
    for name in with_persons - NOT_TOLD:
        assert name in TOLD or kept.more[name], name
    for name in with_persons - NOT_TOLD - {"messages"}:
        assert f"{MARK}-{name}" in written or f"{MARK} {name}" in written, name
    assert "gAAAA" not in written


async def valid_json(database: Database, keys: Keys) -> None:
    tables = Base.metadata.tables
    for table, column, value in (
        ("messages", "body", keys.encrypt(f'{{"text": "{MARK}-messages"}}')),
        ("enrollments", "done", "[]"),
        ("events", "data", "{}"),
    ):
        filling = tables[table].update().values({column: value})

        async def put(conn: Any, filling: Any = filling) -> None:
            await conn.execute(filling)

        await database.write(put)


async def test_taking_consent_two_back_erases_the_answers_and_the_weeks_that_told_them(database: Database) -> None:
    person = await a_life(database)
    sent = update(MessageRow).values(state="accepted")
    await database.write(lambda conn: conn.execute(sent))
    await record(database, sends(person, reply("Gewist."), erase_answers=True), "in:linde:telegram:8", LATER)
    kept = await exported(database, person)
    assert kept.answers == []
    assert [line.text for line in kept.conversation if line.kind == Kind.WEEK] == [""]


async def test_a_stranger_gets_no_export(database: Database) -> None:
    person = await somebody(database)
    async with database.read() as conn:
        with pytest.raises(Missing):
            await export.kept_of(conn, STRANGER, person.id, None, REAL)


async def seen(database: Database, person: Subscriber) -> tuple[list[str | None], list[str | None]]:
    told = await database.write(lambda conn: shown.answers(conn, OWNER, person.id, "staff:anna"))
    lines = await database.write(lambda conn: shown.conversation(conn, OWNER, person.id, "staff:anna"))
    return [one.said for one in told], [line.text for line in lines]


async def test_without_consent_four_the_practice_sees_that_it_was_answered_and_not_what(database: Database) -> None:
    person = await a_life(database)
    answers, lines = await seen(database, person)
    assert answers == [None]
    assert lines == ["hechting", "", "Uitleg", None, None, None]
    taken_back = Consent(given=False, at=NOW, version="x")
    other = await at(database, telegram(), consents={"sharing": taken_back})
    assert (await seen(database, other))[0] == [None]


async def test_with_consent_four_it_sees_both(database: Database) -> None:
    person = await a_life(database, consents={"sharing": Consent(given=True, at=NOW, version="x")})
    answers, lines = await seen(database, person)
    assert answers == ["4"]
    assert "vier, en ik ben bang" in lines and "Er is wat spanning: een 4." in lines


async def test_each_look_is_written_down_by_whoever_shows_something(database: Database, keys: Keys) -> None:
    person = await a_life(database)
    await seen(database, person)
    await database.write(lambda conn: looks.note(conn, OWNER, "shell:root", Looked.EXPORT, person.id))
    async with database.read() as conn:
        found = await looks.of_practice(conn, OWNER)
        assert [(look.who, look.what) for look in found] == [
            ("shell:root", "export"),
            ("staff:anna", "conversation"),
            ("staff:anna", "answers"),
        ]
        assert {look.whom for look in found} == {code_of(keys, OWNER, person.id)}
        assert await looks.of_practice(conn, STRANGER) == []
        assert await looks.of_practice(conn, OWNER, whom="0" * 12) == []
    with pytest.raises(Missing):
        await database.write(lambda conn: shown.answers(conn, STRANGER, person.id, "staff:x"))


async def test_what_was_looked_at_stays_after_erasure_and_names_nobody(database: Database) -> None:
    person = await a_life(database)
    await seen(database, person)
    await database.write(lambda conn: erasure.erase_person(conn, OWNER, person.id, 5, LATER))
    async with database.read() as conn:
        rows = (await conn.execute(select(LookRow))).all()
        assert len(rows) == 2 and all(str(person.address.external_id) != row.whom for row in rows)
        whom = proofs.whom_of(conn, OWNER, "telegram", "1")
        assert [(one.name, one.given) for one in await proofs.of(conn, OWNER, whom)] == [("answers", True)]
        assert await proofs.of(conn, STRANGER, whom) == []


SHOWING = {
    "export.kept_of",
    "erasure.erase_person",
    "proofs.of",
    "alarms.standing",
    "minors.under_sixteen",
    "self.find",
}
"""`self.find` is how a Concern asks for whichever of the two before it is about."""
TO_THE_PERSON = {"accounts.py:papers_from", "accounts.py:papers", "web/export.py:_read"}
"""Who shows people their own data, which is no look of somebody else. `bot.store.shown` writes down its own looks."""


def test_whoever_shows_somebodys_data_writes_that_down_in_the_same_function() -> None:
    root = Path(__file__).parents[2] / "bot"
    found = set()
    for file in sorted(root.rglob("*.py")):
        place = file.relative_to(root).as_posix()
        # The commands call what is looked at here.
        if place.startswith(("store/", "core/", "channels/", "cli")):
            continue
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            calls = {ast.unparse(call.func) for call in ast.walk(function) if isinstance(call, ast.Call)}
            if calls & SHOWING:
                name = f"{place}:{function.name}"
                found.add(name)
                assert name in TO_THE_PERSON or {"looks.note", "looks.note_code"} & calls, name
    assert found >= TO_THE_PERSON | {"data_requests.py:export_person", "data_requests.py:erase_person"}
    assert {"concerns/concern.py:people", "concerns/concern.py:end_for", "data_requests.py:proof_of"} <= found


def test_nothing_but_its_time_takes_a_look_off_the_list() -> None:
    root = Path(__file__).parents[2] / "bot"
    changing = re.compile(r"(?:update|delete)\(LookRow|DELETE FROM looks|UPDATE looks")
    assert [file.name for file in root.rglob("*.py") if changing.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("named", ["telegram:1", "Telegram:1", "1"])
async def test_a_practice_names_somebody_by_number_or_address(database: Database, named: str) -> None:
    person = await somebody(database)
    async with database.read() as conn:
        assert await subscribers.number_of(conn, OWNER, named) == person.id
        with pytest.raises(Missing):
            await subscribers.number_of(conn, STRANGER, named)


async def test_a_name_of_nobody_finds_nobody(database: Database) -> None:
    await somebody(database)
    async with database.read() as conn:
        for named in ("x", "2", "telegram:2", "webchat:1", "", "9" * 30):
            with pytest.raises(Missing):
                await subscribers.number_of(conn, OWNER, named)
