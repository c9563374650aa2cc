"""The log beside the database: what is in it, when, and what survives a torn line."""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.decision import ConsentChange, Decision, Join
from bot.core.messages import Channel
from bot.core.subscriber import AlarmState, Subscriber
from bot.store import subscribers, tombstones
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.errors import DatabaseUnavailable
from bot.store.tombstones import Happened, Tombstones
from tests.store.builders import LATER, NOW, OWNER, at, load, record, reply, sends, somebody, telegram, webchat


@pytest.fixture
def log(tmp_path: Path, keys: Keys) -> Tombstones:
    return Tombstones.beside(tmp_path, keys)


@pytest.fixture
async def database(migrated_url: str, keys: Keys, log: Tombstones) -> AsyncIterator[Database]:
    opened = await open_database(migrated_url, keys, tombstones=log)
    yield opened
    await opened.close()


def happened(log: Tombstones) -> list[Happened]:
    return [one.happened for one in tombstones.read(log.file)] if log.file.exists() else []


async def says_stop(database: Database, person: Subscriber, cause: str = "stop") -> Subscriber:
    stopped = replace(await load(database, person), stopped_at=LATER)
    await record(database, sends(stopped, reply("Je krijgt niets meer.")), cause, LATER)
    return stopped


async def joined_in_the_web_chat(database: Database, person: Subscriber) -> None:
    await record(database, Decision(subscriber=person, join=Join(code="join-code", channel=Channel.WEBCHAT)), "code")
    await database.write(lambda conn: subscribers.join(conn, OWNER, "join-code", webchat(), NOW))


async def test_stop_and_start_are_in_the_log_with_their_time_and_without_an_address(
    database: Database, log: Tombstones
) -> None:
    person = await somebody(database, 123456789)
    stopped = await says_stop(database, person)
    await record(database, sends(replace(stopped, stopped_at=None)), "start", LATER)
    stop, start = tombstones.read(log.file)
    assert (stop.happened, stop.at, start.happened) == (Happened.STOP, LATER, Happened.START)
    assert stop.whom == start.whom == log.whom(OWNER, f"{OWNER}:telegram", "123456789")
    assert "123456789" not in log.file.read_text() and OWNER not in log.file.read_text()
    assert log.file.stat().st_mode & 0o777 == 0o600


async def test_who_says_nothing_of_the_kind_is_not_in_the_log(database: Database, log: Tombstones) -> None:
    person = await somebody(database)
    await record(database, sends(person, reply()), "hello")
    stopped = await says_stop(database, person)
    await record(database, sends(stopped, reply()), "a word after stop")
    assert happened(log) == [Happened.STOP]


async def test_an_alarm_its_end_and_a_child_are_in_the_log(database: Database, log: Tombstones) -> None:
    person = await somebody(database)
    alarm = AlarmState(tier="A", third_party=False, rule="a.rule", at=NOW, last_at=NOW)
    await record(database, sends(replace(person, alarm=alarm)), "alarm")
    await record(database, sends(replace(person, alarm=replace(alarm, last_at=LATER))), "again")
    await record(database, sends(person), "calm")
    await record(database, Decision(subscriber=replace(person, minor=True), erase_answers=True), "child")
    await record(database, Decision(subscriber=person, grown_up=True), "put right")
    assert happened(log) == [Happened.ALARM, Happened.CALM, Happened.MINOR, Happened.GROWN_UP]
    assert "a.rule" not in log.file.read_text()


async def test_a_consent_that_is_taken_back_is_in_the_log_and_that_it_was_given_again(
    database: Database, log: Tombstones
) -> None:
    person = await somebody(database)

    async def says(name: str, cause: str, *, given: bool, **changes: Any) -> None:
        changed = replace(await load(database, person), **changes)
        change = ConsentChange(name=name, given=given, version="1")
        await record(database, Decision(subscriber=changed, consents=(change,)), cause)

    await says("answers", "first", given=True)
    assert happened(log) == []
    await says("answers", "no", given=False)
    await says("answers", "again", given=True)
    await says("daily", "stop", given=False, stopped_at=NOW)
    lines = [(one.happened, one.consent) for one in tombstones.read(log.file)]
    assert lines == [
        (Happened.WITHDREW, "answers"), (Happened.GAVE, "answers"), (Happened.STOP, ""), (Happened.WITHDREW, "daily"),
    ]  # fmt: skip


async def test_stop_counts_for_every_address_of_the_person(database: Database, log: Tombstones) -> None:
    person = await somebody(database)
    await joined_in_the_web_chat(database, person)
    await says_stop(database, person)
    whom = {one.whom for one in tombstones.read(log.file)}
    assert whom == {log.whom(OWNER, one.account, one.external_id) for one in (telegram(), webchat())}


async def test_a_stop_that_is_joined_to_somebody_holds_for_all_of_that_person(
    database: Database, log: Tombstones
) -> None:
    person, other = await somebody(database), await at(database, webchat())
    await says_stop(database, other)
    await joined_in_the_web_chat(database, person)
    of_telegram = log.whom(OWNER, f"{OWNER}:telegram", "1")
    assert of_telegram in {one.whom for one in tombstones.read(log.file)}


async def test_a_stop_that_cannot_be_logged_is_not_committed(
    database: Database, log: Tombstones, tmp_path: Path
) -> None:
    person = await somebody(database)
    log.file.mkdir()
    with pytest.raises(DatabaseUnavailable):
        await says_stop(database, person)
    assert (await load(database, person)).stopped_at is None
    log.file.rmdir()
    await says_stop(database, person)
    assert (await load(database, person)).stopped_at == LATER


async def test_a_line_that_a_power_cut_tore_is_passed_over_and_the_next_one_stands_by_itself(log: Tombstones) -> None:
    await log.append(OWNER, [telegram(1)], Happened.STOP, NOW)
    with log.file.open("a") as file:
        file.write("2026-05-04T09:30:00+00:00 stop 0a0")
    await log.append(OWNER, [telegram(2)], Happened.ERASED, LATER)
    assert [(one.happened, one.at) for one in tombstones.read(log.file)] == [
        (Happened.STOP, NOW),
        (Happened.ERASED, LATER),
    ]


async def test_with_another_key_the_log_knows_nobody(log: Tombstones) -> None:
    other = Tombstones.beside(log.file.parent, Keys(["b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="]))
    assert other.whom(OWNER, f"{OWNER}:telegram", "1") != log.whom(OWNER, f"{OWNER}:telegram", "1")


async def test_a_line_is_on_the_disk_before_the_change_is_committed(
    database: Database, log: Tombstones, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await somebody(database)
    seen: list[tuple[list[Happened], bool]] = []

    def synced(descriptor: int) -> None:
        if os.fstat(descriptor).st_ino == log.file.stat().st_ino:
            with closing(sqlite3.connect(database.file or ":memory:")) as beside:
                stopped = database.file is not None and bool(
                    beside.execute("SELECT count(*) FROM subscribers WHERE stopped_at IS NOT NULL").fetchone()[0]
                )
            seen.append((happened(log), stopped))

    monkeypatch.setattr("bot.store.tombstones.os.fsync", synced)
    await says_stop(database, person)
    assert seen == [([Happened.STOP], False)]
