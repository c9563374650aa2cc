"""A restored backup holds everything, and forgets nobody who said STOP after it was made."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bot.core import conversation
from bot.core.decision import Answer, ConsentChange, Decision
from bot.core.messages import Kind
from bot.core.safety_plan import SafetyPlan
from bot.core.subscriber import (
    AlarmState,
    Awaiting,
    Consent,
    Enrollment,
    EnrollmentState,
    FollowUp,
    OpenQuestion,
    Subscriber,
)
from bot.store import hold, subscribers
from bot.store.backup import BackupRefused, Reason, backup
from bot.store.crypt import KeyMissing, Keys
from bot.store.database import Database, open_database
from bot.store.replay import Last, silenced
from bot.store.restore import Restored, restore
from bot.store.tables import AnswerRow, ConsentRow, MessageRow, SubscriberRow
from bot.store.tombstones import Happened, Tombstones
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    claim,
    load,
    nudge,
    record,
    reply,
    says,
    sends,
    somebody,
    states,
    telegram,
)
from tests.talk import practice

ENROLLED = Enrollment(program="p", state=EnrollmentState.ACTIVE, content_version="v", started_on=date(2026, 5, 1))
CONSENTS = {name: Consent(given=True, at=NOW, version=f"{name}-1") for name in ("daily", "offers", "answers")}
FOLLOWED = FollowUp(keyword="HECHTING", series=True, requested_at=NOW, requested_on=date(2026, 5, 4), due_at=LATER)
ASKED = OpenQuestion(uid="u", program="p", step="s", asked_at=NOW, remind_at=LATER)
BUSY: dict[str, Any] = {
    "enrollments": (ENROLLED,),
    "consents": CONSENTS,
    "followups": (FOLLOWED,),
    "questions": (ASKED,),
    "awaiting": Awaiting(what="hour", asked_at=NOW),
    "tags": frozenset({"kring"}),
}


@dataclass
class Place:
    """A database with its log; its backup comes back into itself on SQLite, into an empty one on PostgreSQL."""

    url: str
    to_url: str
    keys: Keys
    folder: Path
    database: Database

    @property
    def log(self) -> Tombstones:
        return Tombstones.beside(self.folder, self.keys)

    async def backs_up(self) -> Path:
        file = self.folder / "a.backup"
        await asyncio.to_thread(backup, self.url, file)
        return file

    async def happens(self, person: Subscriber, **changes: Any) -> None:
        """After the backup: the person's state changes."""
        changed = replace(await load(self.database, person), **changes)
        await record(self.database, Decision(subscriber=changed), f"happens:{sorted(changes)}", LATER)

    async def says_of(self, person: Subscriber, name: str, *, given: bool) -> None:
        """After the backup: a consent is taken back or given."""
        change = ConsentChange(name=name, given=given, version="1")
        before = await load(self.database, person)
        changed = replace(before, consents={**before.consents, name: Consent(given=given, at=LATER, version="1")})
        decision = Decision(subscriber=changed, consents=(change,), erase_answers=name == "answers" and not given)
        await record(self.database, decision, f"says:{name}:{given}:{person.id}", LATER)

    async def restores(self, file: Path, *logs: Path) -> Restored:
        await self.database.close()
        try:
            return await restore(self.to_url, file, self.keys, logs or [self.log.file], LATER)
        finally:
            self.database = await open_database(self.to_url, self.keys, tombstones=self.log)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def place(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> AsyncIterator[Place]:
    if request.param == "sqlite":
        url = to_url = str(request.getfixturevalue("sqlite_url"))
    else:
        request.getfixturevalue("postgres_programs")
        url = str(request.getfixturevalue("migrated_postgres_url"))
        to_url = str(request.getfixturevalue("postgres_database_url"))
    database = await open_database(url, keys, tombstones=Tombstones.beside(tmp_path, keys))
    place = Place(url=url, to_url=to_url, keys=keys, folder=tmp_path, database=database)
    yield place
    await place.database.close()


async def count(database: Database, table: Any) -> int:
    async with database.read() as conn:
        return int(await conn.scalar(select(func.count()).select_from(table)) or 0)


async def test_everything_that_was_open_comes_back_held_and_nobody_is_planned(place: Place) -> None:
    person = await somebody(place.database)
    await record(place.database, sends(person, reply("one"), reply("two"), next_at=NOW), "c")
    [started] = await claim(place.database, limit=1)
    file = await place.backs_up()
    await record(place.database, sends(person, reply("after the backup")), "d")
    restored = await place.restores(file)
    assert restored.messages_held == 2
    assert await states(place.database) == ["held", "held"]
    assert await place.database.write(lambda conn: subscribers.due(conn, [OWNER], LATER, 10)) == []
    await place.database.write(lambda conn: hold.send_held(conn, OWNER))
    await place.database.write(lambda conn: hold.go_on(conn, OWNER))
    [again] = await claim(place.database, epoch=2)
    assert (again.id, again.attempt) == (started.id, 2)
    assert len(await place.database.write(lambda conn: subscribers.due(conn, [OWNER], LATER, 10))) == 1


async def test_who_said_stop_after_the_backup_stays_stopped(place: Place) -> None:
    person, other = await somebody(place.database, 1, **BUSY), await somebody(place.database, 2, **BUSY)
    for one in (person, other):
        await record(place.database, sends(one, reply(), next_at=NOW), f"c{one.id}")
    file = await place.backs_up()
    await place.happens(person, stopped_at=LATER)
    restored = await place.restores(file)
    assert (restored.replayed.silenced, restored.logs) == (1, 1)
    back, unmoved = await load(place.database, person), await load(place.database, other)
    assert back.stopped_at == LATER and not back.consents["daily"].given
    assert [enrollment.state for enrollment in back.enrollments] == [EnrollmentState.LEFT]
    assert unmoved == other
    assert await states(place.database) == ["cancelled", "held"]
    await place.database.write(lambda conn: hold.go_on(conn, OWNER))
    due = await place.database.write(lambda conn: subscribers.due(conn, [OWNER], LATER, 10))
    assert [one.id for one in due] == [other.id]
    assert await count(place.database, ConsentRow) == 2


async def test_who_began_again_after_stop_is_not_stopped_by_the_restore(place: Place) -> None:
    person = await somebody(place.database)
    file = await place.backs_up()
    await place.happens(person, stopped_at=LATER)
    await place.happens(person, stopped_at=None, greeted=True)
    await place.restores(file)
    assert (await load(place.database, person)).stopped_at is None


async def test_who_was_stopped_in_the_backup_stays_stopped_whatever_came_later(place: Place) -> None:
    person = await somebody(place.database, stopped_at=NOW)
    file = await place.backs_up()
    await place.happens(person, stopped_at=None)
    await place.restores(file)
    assert (await load(place.database, person)).stopped_at == NOW


async def test_an_alarm_and_a_child_are_not_forgotten(place: Place) -> None:
    endangered, child = await somebody(place.database, 1, **BUSY), await somebody(place.database, 2, **BUSY)
    answer = Answer(question="q", uid="u", program="p", step="s", content_version="v", text="iets")
    week = (reply("Je week: iets", kind=Kind.WEEK),)
    await record(place.database, Decision(subscriber=child, answers=(answer,), messages=week), "an answer")
    file = await place.backs_up()
    alarm = AlarmState(tier="B", third_party=False, rule="r", at=LATER, last_at=LATER)
    await place.happens(endangered, alarm=alarm)
    await record(place.database, Decision(subscriber=replace(child, minor=True), erase_answers=True), "child", LATER)
    await place.restores(file)
    frozen, silent = await load(place.database, endangered), await load(place.database, child)
    assert frozen.alarm is not None and frozen.alarm.at == LATER
    assert [enrollment.state for enrollment in frozen.enrollments] == [EnrollmentState.ACTIVE]
    assert silent.minor and not any(consent.given for consent in silent.consents.values())
    assert await count(place.database, AnswerRow) == 0
    async with place.database.read() as conn:
        [body] = await conn.scalars(select(MessageRow.body).where(MessageRow.kind == Kind.WEEK.value))
    assert body == b""


async def test_an_age_that_a_human_put_right_stays_right_after_a_restore(place: Place) -> None:
    person = await somebody(place.database, 1)
    file = await place.backs_up()
    await record(place.database, Decision(subscriber=replace(person, minor=True), erase_answers=True), "child", LATER)
    await record(place.database, Decision(subscriber=person, grown_up=True), "put right", LATER)
    await place.restores(file)
    assert not (await load(place.database, person)).minor


async def test_a_consent_taken_back_after_the_backup_stays_taken_back_with_what_it_carried(place: Place) -> None:
    person, other = await somebody(place.database, 1, **BUSY), await somebody(place.database, 2, **BUSY)
    answer = Answer(question="q", uid="u", program="p", step="s", content_version="v", text="iets")
    for one in (person, other):
        await record(
            place.database,
            Decision(subscriber=one, answers=(answer,), messages=(nudge(), reply("een antwoord")), next_at=NOW),
            f"c{one.id}",
        )
    file = await place.backs_up()
    await place.says_of(person, "answers", given=False)
    await place.says_of(other, "answers", given=False)
    await place.says_of(other, "answers", given=True)
    restored = await place.restores(file)
    assert (restored.replayed.silenced, restored.replayed.withdrew) == (0, 1)
    back, unmoved = await load(place.database, person), await load(place.database, other)
    assert not back.consents["answers"].given and back.tags == frozenset()
    assert back.consents["daily"].given and back.enrollments[0].state is EnrollmentState.ACTIVE
    assert unmoved == other
    async with place.database.read() as conn:
        assert list(await conn.scalars(select(AnswerRow.subscriber_id))) == [other.id]
        cancelled = await conn.execute(
            select(MessageRow.subscriber_id, MessageRow.unasked).where(MessageRow.state == "cancelled")
        )
        assert [tuple(row) for row in cancelled] == [(person.id, True)]
    await place.database.write(lambda conn: hold.go_on(conn, OWNER))
    due = await place.database.write(lambda conn: subscribers.due(conn, [OWNER], LATER, 10))
    assert [one.id for one in due] == [person.id, other.id]


async def test_what_a_stop_took_back_and_start_did_not_give_again_stays_taken_back(place: Place) -> None:
    person = await somebody(place.database, 1, **BUSY)
    file = await place.backs_up()
    both = {name: Consent(given=False, at=LATER, version="1") for name in ("daily", "offers")}
    stopped = replace(person, stopped_at=LATER, consents={**CONSENTS, **both})
    taken = tuple(ConsentChange(name=name, given=False, version="1") for name in both)
    await record(place.database, Decision(subscriber=stopped, consents=taken), "stop", LATER)
    daily = {"daily": Consent(given=True, at=LATER, version="1")}
    started = replace(stopped, stopped_at=None, consents={**stopped.consents, **daily})
    again = (ConsentChange(name="daily", given=True, version="1"),)
    await record(place.database, Decision(subscriber=started, consents=again), "start", LATER)
    await place.restores(file)
    back = await load(place.database, person)
    assert back.stopped_at is None
    assert {name: one.given for name, one in back.consents.items()} == {"daily": True, "offers": False, "answers": True}


async def test_a_program_whose_consent_was_taken_back_and_a_plan_that_was_erased_do_not_come_back(place: Place) -> None:
    agreed = Consent(given=True, at=NOW, version="1")
    plan = SafetyPlan(signs=("ik slaap slecht",))
    person = await somebody(
        place.database, 1, **{**BUSY, "consents": {**CONSENTS, "plan": agreed}, "safety_plan": plan}
    )
    file = await place.backs_up()
    await place.says_of(person, "daily", given=False)
    await place.says_of(person, "plan", given=False)
    await place.restores(file)
    back = await load(place.database, person)
    assert back.safety_plan is None and [one.state for one in back.enrollments] == [EnrollmentState.LEFT]
    assert await count(place.database, ConsentRow) == 2


async def test_who_was_erased_is_erased_again_but_not_who_came_back_since(place: Place) -> None:
    erased, back = await somebody(place.database, 1), await somebody(place.database, 2)
    await record(place.database, sends(erased, reply()), "c")
    await place.log.append(OWNER, [telegram(2)], Happened.ERASED, NOW - timedelta(days=1))
    file = await place.backs_up()
    await place.log.append(OWNER, [telegram(1)], Happened.ERASED, LATER)
    restored = await place.restores(file)
    assert restored.replayed.erased == 1
    assert await count(place.database, SubscriberRow) == 1 and await states(place.database) == []
    assert (await load(place.database, back)).id == back.id


async def test_logs_of_several_machines_count_together_and_one_that_is_not_there_is_told(place: Place) -> None:
    one, other = await somebody(place.database, 1), await somebody(place.database, 2)
    file = await place.backs_up()
    (elsewhere := place.folder / "elsewhere").mkdir()
    second = Tombstones.beside(elsewhere, place.keys)
    await place.happens(one, stopped_at=LATER)
    await second.append(OWNER, [telegram(2)], Happened.STOP, LATER)
    restored = await place.restores(file, place.log.file, second.file, place.folder / "none.log")
    assert (restored.logs, restored.replayed.silenced) == (2, 2)
    assert (await load(place.database, other)).stopped_at == LATER


async def test_another_key_restores_nothing(place: Place) -> None:
    person = await somebody(place.database)
    file = await place.backs_up()
    await place.happens(person, stopped_at=LATER)
    other = Keys(["b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="])
    with pytest.raises(KeyMissing):
        await restore(place.to_url, file, other, [place.log.file], LATER)
    if place.url == place.to_url:
        assert (await load(place.database, person)).stopped_at == LATER


async def test_what_is_no_backup_changes_nothing(place: Place) -> None:
    await somebody(place.database)
    (letter := place.folder / "letter.txt").write_text("Beste Sanne,")
    for file, reason in ((letter, Reason.NOT_OURS), (place.folder / "none", Reason.CANNOT_READ)):
        with pytest.raises(BackupRefused) as refused:
            await restore(place.to_url, file, place.keys, [], LATER)
        assert refused.value.reason is reason
    assert await count(place.database, SubscriberRow) == 1


async def test_the_file_that_was_there_is_kept_and_nothing_else_is_left(sqlite_url: str, keys: Keys) -> None:
    database = await open_database(sqlite_url, keys)
    person = await somebody(database)
    path = Path(str(make_url(sqlite_url).database))
    backup(sqlite_url, path.parent / "a.backup")
    await record(database, sends(person, reply("only in the old one")), "d")
    await database.close()
    restored = await restore(sqlite_url, path.parent / "a.backup", keys, [], LATER)
    assert restored.kept_as is not None and restored.logs == 0
    with closing(sqlite3.connect(restored.kept_as)) as kept:
        assert kept.execute("SELECT state FROM messages").fetchall() == [("ready",)]
    left = sorted(file.name for file in path.parent.iterdir())
    assert left == ["a.backup", path.name, restored.kept_as.name]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_broken_database_is_replaced_and_kept(sqlite_url: str, keys: Keys) -> None:
    path = Path(str(make_url(sqlite_url).database))
    backup(sqlite_url, path.parent / "a.backup")
    path.write_bytes(b"no database at all" * 1000)
    restored = await restore(sqlite_url, path.parent / "a.backup", keys, [], LATER)
    assert restored.kept_as is not None and restored.kept_as.read_bytes().startswith(b"no database")
    await (await open_database(sqlite_url, keys)).close()


@pytest.mark.parametrize("damage", [slice(8192, 16384), slice(20_000, None)])
async def test_a_damaged_backup_changes_nothing(sqlite_url: str, keys: Keys, damage: slice) -> None:
    path = Path(str(make_url(sqlite_url).database))
    file = path.parent / "a.backup"
    backup(sqlite_url, file)
    before, content = path.read_bytes(), bytearray(file.read_bytes())
    content[damage] = b"\xff" * (len(content[damage]) if damage.stop else 0)
    file.write_bytes(content)
    with pytest.raises(BackupRefused) as refused:
        await restore(sqlite_url, file, keys, [], LATER)
    assert refused.value.reason is Reason.DAMAGED
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 2


async def test_a_backup_of_a_newer_version_is_refused(sqlite_url: str, keys: Keys) -> None:
    path = Path(str(make_url(sqlite_url).database))
    file = path.parent / "a.backup"
    backup(sqlite_url, file)
    with closing(sqlite3.connect(file, isolation_level=None)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BackupRefused) as refused:
        await restore(sqlite_url, file, keys, [], LATER)
    assert refused.value.reason is Reason.NEWER


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_programs")
async def test_a_database_in_use_is_not_restored_into(
    postgres_database: Database, migrated_postgres_url: str, keys: Keys, tmp_path: Path
) -> None:
    await somebody(postgres_database)
    await asyncio.to_thread(backup, migrated_postgres_url, tmp_path / "a.backup")
    with pytest.raises(BackupRefused) as refused:
        await restore(migrated_postgres_url, tmp_path / "a.backup", keys, [], LATER)
    assert refused.value.reason is Reason.NOT_EMPTY


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_programs")
async def test_a_dump_that_breaks_off_leaves_the_database_empty(
    postgres_database: Database,
    migrated_postgres_url: str,
    postgres_database_url: str,
    keys: Keys,
    tmp_path: Path,
) -> None:
    await somebody(postgres_database)
    file = tmp_path / "a.backup"
    await asyncio.to_thread(backup, migrated_postgres_url, file)
    file.write_bytes(file.read_bytes()[:-900])
    with pytest.raises(BackupRefused) as refused:
        await restore(postgres_database_url, file, keys, [], LATER)
    assert refused.value.reason is Reason.PROGRAM_FAILED
    with psycopg.connect(postgres_database_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone() is None


def test_the_replay_of_stop_leaves_a_person_as_stop_itself_does() -> None:
    """The rules of STOP are the core's; the replay has no content to ask it with."""
    content = practice()
    person = Subscriber(id=1, practice=content.slug, address=telegram(), created_at=NOW, **BUSY)
    for word, last in (("STOP", Last(stopped=LATER)), ("ik ben 14", Last(minor=LATER))):
        said = conversation.respond(says(word, "1"), person, content, LATER).subscriber
        replayed = silenced(person, last)
        for name in (
            "stopped_at",
            "minor",
            "enrollments",
            "followups",
            "questions",
            "awaiting",
            "tags",
            "paused_until",
        ):
            assert getattr(replayed, name) == getattr(said, name), name
        given = {name: consent.given for name, consent in said.consents.items()}
        assert {name: consent.given for name, consent in replayed.consents.items()} == given
