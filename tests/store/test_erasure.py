"""Everything of a person in every table is gone after erasure, also in tables that are added after this was written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, Insert, Integer, LargeBinary, Table, Time, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import ConsentChange, Decision, Erasure, Join
from bot.core.delivery import Accepted, MessageState
from bot.core.messages import Address, Channel
from bot.core.subscriber import Subscriber
from bot.store import erasure, export_links, inbound, subscribers, tombstones
from bot.store.base import Base
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.errors import Missing
from bot.store.replay import newest, replay
from bot.store.tables import AddressRow, ConsentProofRow, ErasureRow, EventRow, InboundRow, MessageRow
from bot.store.tombstones import Happened, Tombstones
from bot.store.types import UtcDateTime
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    STRANGER,
    at,
    claim,
    ended,
    load,
    record,
    reply,
    says,
    sends,
    telegram,
)
from tests.store.builders import webchat as in_webchat

MARK = "zeldzaamwoord"
NUMBER = 77_001_122
OF_NOBODY = {"content_versions", "accounts", "meta", "workers", "consent_proofs", "looks"}
"""Tables without a row of a person: content, processes, keys, and what names nobody by design."""


@pytest.fixture
def log(tmp_path: Path, keys: Keys) -> Tombstones:
    return Tombstones.beside(tmp_path, keys)


@pytest.fixture
async def database(migrated_url: str, keys: Keys, log: Tombstones) -> AsyncIterator[Database]:
    opened = await open_database(migrated_url, keys, tombstones=log)
    yield opened
    await opened.close()


def erases(person: Subscriber) -> Decision:
    return sends(person, reply("Alles is gewist."), erase=Erasure(proof_years=5))


async def filled(database: Database, keys: Keys, person: Subscriber) -> None:
    """A row of this person with the mark in every field, in each table that has persons; as many as there are."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in {*OF_NOBODY, "subscribers"}]
    assert len(tables) >= 9
    for number, table in enumerate(tables):
        assert "subscriber_id" in table.columns, f"{table.name}: whose rows are these? See OF_NOBODY."
        columns = [column for column in table.columns if column.name != "id"]
        row = {column.name: value(table, column, number, keys, person) for column in columns}
        filling = insert(table).values(**row)
        await database.write(partial(put, filling=filling))


async def put(conn: AsyncConnection, filling: Insert) -> None:
    await conn.execute(filling)


def value(table: Table, column: Any, number: int, keys: Keys, person: Subscriber) -> Any:
    if column.name == "subscriber_id":
        return person.id
    if column.name == "practice":
        return person.practice
    if column.name == "channel":
        return "telegram"
    if table.name == "consents" and column.name in {"name", "version"}:
        return "daily"  # Words of ours, which the proof keeps.
    match column.type:
        case UtcDateTime():
            return NOW
        case LargeBinary():
            return keys.encrypt(f"{MARK} {table.name}")
        case Boolean():
            return False
        case Date():
            return date(2026, 5, 4)
        case Time():
            return time(8)
        case Integer():
            return number
        case _:
            length = getattr(column.type, "length", None)
            return f"{MARK}-{table.name}-{column.name}"[:length]


async def everything(database: Database, keys: Keys) -> dict[str, list[str]]:
    """Every row of every table, as text, with what is encrypted read."""
    found: dict[str, list[str]] = {}
    async with database.read() as conn:
        for table in Base.metadata.sorted_tables:
            for row in await conn.execute(select(table)):
                plain = [readable(keys, cell) if isinstance(cell, bytes) else cell for cell in row]
                found.setdefault(table.name, []).append(repr(plain))
    return found


def readable(keys: Keys, token: bytes) -> str:
    return keys.decrypt(token)


async def marked(database: Database, keys: Keys) -> dict[str, list[str]]:
    rows = await everything(database, keys)
    return {table: hits for table, its in rows.items() if (hits := [row for row in its if MARK in row])}


async def furnished(database: Database, keys: Keys) -> Subscriber:
    address = Address(Channel.TELEGRAM, f"{OWNER}:telegram", str(NUMBER))
    person = await at(
        database, address, first_touch=MARK, keywords={MARK: NOW}, tags=frozenset({MARK}), recent=((NOW, MARK),)
    )
    await filled(database, keys, person)
    return person


async def test_after_erasure_no_table_has_anything_of_the_person(database: Database, keys: Keys) -> None:
    teammate = await at(database, telegram(2), first_touch="ander")
    person = await furnished(database, keys)
    tables = {table.name for table in Base.metadata.sorted_tables} - OF_NOBODY
    # A row of `erasures` has no field that could hold a mark.
    assert (await marked(database, keys)).keys() == tables - {"erasures"}
    await record(database, erases(person), "in:linde:telegram:900", LATER)
    assert await marked(database, keys) == {}
    over = datetime.now(UTC) + timedelta(minutes=1)
    assert await database.write(lambda conn: erasure.finish(conn, over)) == 1
    left = await everything(database, keys)
    assert str(NUMBER) not in str(left)
    async with database.read() as conn:
        for name in tables - {"subscribers"}:
            of_person = Base.metadata.tables[name].c.subscriber_id == person.id
            assert (await conn.execute(select(Base.metadata.tables[name]).where(of_person))).all() == [], name
    assert len(left["subscribers"]) == len(left["addresses"]) == 1
    assert (await load(database, teammate)).first_touch == "ander"


async def test_every_table_of_a_person_hangs_on_the_subscriber(database: Database) -> None:
    for table in Base.metadata.sorted_tables:
        if "subscriber_id" in table.columns:
            [key] = table.c.subscriber_id.foreign_keys
            assert (key.column.table.name, key.ondelete) == ("subscribers", "CASCADE"), table.name
        else:
            assert table.name in {*OF_NOBODY, "subscribers"}, table.name


async def test_of_the_file_and_its_log_the_clear_name_is_gone_too(sqlite_url: str, keys: Keys) -> None:
    database = await open_database(sqlite_url, keys)
    file = Path(str(make_url(sqlite_url).database))

    def bytes_of() -> bytes:
        return b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))

    async def named(conn: AsyncConnection) -> Subscriber:
        return await subscribers.find_or_create(
            conn, OWNER, telegram(NUMBER), zone="Europe/Amsterdam", now=NOW, name=f"Sanne {MARK}"
        )

    person = await database.write(named)
    assert MARK.encode() in bytes_of()
    await database.write(lambda conn: erasure.erase_person(conn, OWNER, person.id, 5, LATER))
    await database.empty_log()
    assert MARK.encode() not in bytes_of() and str(NUMBER).encode() not in bytes_of()
    await database.close()


async def test_the_receipt_goes_to_the_address_and_the_rest_within_a_minute(database: Database, keys: Keys) -> None:
    person = await furnished(database, keys)
    [receipt] = await record_ids(database, person)
    [message] = await claim(database, now=LATER + timedelta(seconds=1))
    assert (message.id, message.text, message.address.external_id) == (receipt, "Alles is gewist.", str(NUMBER))
    now = datetime.now(UTC)
    assert not await due(database, now)
    assert await due(database, now + erasure.RECEIPT_WITHIN)
    assert erasure.RECEIPT_WITHIN + timedelta(seconds=30) < timedelta(minutes=1)
    await ended(database, message, Accepted("1"), LATER)
    assert await database.write(lambda conn: erasure.finish(conn, now + timedelta(minutes=1))) == 1
    assert await database.write(lambda conn: erasure.finish(conn, now + timedelta(minutes=1))) == 0


async def record_ids(database: Database, person: Subscriber) -> list[int]:
    await record(database, erases(person), "in:linde:telegram:900", LATER)
    async with database.read() as conn:
        return list(await conn.scalars(select(MessageRow.id)))


async def due(database: Database, now: datetime) -> bool:
    async with database.read() as conn:
        return await erasure.any_due(conn, now)


async def test_a_message_that_is_on_its_way_while_its_person_is_erased_ends_without_harm(database: Database) -> None:
    person = await at(database, telegram())
    await record(database, sends(person, reply("onderweg"), reply("daarna")), "in:1")
    [message] = await claim(database)
    await record(database, erases(person), "in:linde:telegram:900", LATER)
    await ended(database, message, Accepted("55"))
    async with database.read() as conn:
        [left] = (await conn.execute(select(MessageRow))).all()
    assert left.state == MessageState.READY and left.subscriber_id != person.id


async def test_who_writes_before_the_rest_is_gone_is_somebody_new_who_stays(database: Database, keys: Keys) -> None:
    person = await furnished(database, keys)
    await record(database, erases(person), "in:linde:telegram:900", LATER)

    async def writes(conn: AsyncConnection) -> Subscriber:
        found = await subscribers.find_or_create(conn, OWNER, telegram(NUMBER), zone="Europe/Amsterdam", now=LATER)
        assert found.gone_at is not None and found.keywords == {} and found.consents == {}
        back = await erasure.comes_back(conn, found, LATER + timedelta(seconds=9))
        await record_in(conn, back)
        return back

    back = await database.write(writes)
    assert await database.write(lambda conn: erasure.finish(conn, datetime.now(UTC) + timedelta(minutes=9))) == 0
    again = await load(database, back)
    assert again.gone_at is None and again.created_at == LATER + timedelta(seconds=9)


async def record_in(conn: AsyncConnection, person: Subscriber) -> None:
    from bot.store import decisions

    await decisions.record(conn, OWNER, Decision(subscriber=person), "in:again", LATER, "v1")


async def test_in_a_web_chat_the_receipt_is_the_next_line_of_the_open_page(database: Database) -> None:
    from bot.store.transcript import last_seq, since

    visitor = await at(database, in_webchat())
    row = await database.write(lambda conn: inbound.admit(conn, OWNER, visitor, says("hoi", "1", in_webchat()), NOW))
    assert row is not None
    await record(database, erases(visitor), "in:linde:webchat:900", LATER)
    await claim(database, account=f"{OWNER}:webchat", now=LATER + timedelta(seconds=1))
    async with database.read() as conn:
        [line] = await since(conn, OWNER, in_webchat(), 1)
        assert (line.text, line.seq) == ("Alles is gewist.", 2)
    await database.write(lambda conn: erasure.finish(conn, datetime.now(UTC) + timedelta(minutes=1)))
    async with database.read() as conn:
        assert await last_seq(conn, OWNER, in_webchat()) == 0


async def test_the_last_updates_are_still_known_when_the_platform_sends_them_again(database: Database) -> None:
    person = await at(database, telegram())
    again = replace(says("ja", "900"), payload="p")
    await database.write(lambda conn: inbound.admit(conn, OWNER, person, again, LATER))
    await record(database, erases(person), "in:linde:telegram:900", LATER)
    assert await database.write(lambda conn: inbound.admit(conn, OWNER, None, again, LATER)) is None
    async with database.read() as conn:
        [kept] = (await conn.execute(select(InboundRow))).all()
    assert (kept.subscriber_id, kept.address_id, kept.text, kept.payload) == (None, None, None, "")


async def test_of_consents_proof_is_kept_under_a_hash_for_five_years(
    database: Database, keys: Keys, log: Tombstones
) -> None:
    person = await at(database, telegram(NUMBER))
    changes = (
        ConsentChange(name="daily", given=True, version="daily-2026-11/12345678"),
        ConsentChange(name="daily", given=False, version="daily-2026-11/12345678"),
    )
    await record(database, Decision(subscriber=person, consents=changes), "in:linde:telegram:5", LATER)
    await record(database, erases(person), "in:linde:telegram:900", LATER)
    async with database.read() as conn:
        proofs = (await conn.execute(select(ConsentProofRow).order_by(ConsentProofRow.id))).all()
        counted = list(await conn.scalars(select(EventRow.kind).where(EventRow.subscriber_id.is_(None))))
    assert [(proof.name, proof.given, proof.version, proof.at) for proof in proofs] == [
        ("daily", True, "daily-2026-11/12345678", LATER),
        ("daily", False, "daily-2026-11/12345678", LATER),
    ]
    assert {proof.whom for proof in proofs} == {log.whom(OWNER, f"{OWNER}:telegram", str(NUMBER))}
    assert all(timedelta(days=1825) < proof.kept_until - LATER < timedelta(days=1828) for proof in proofs)
    assert counted == ["erased"]


async def test_a_restored_backup_erases_again_also_the_address_that_waited_for_the_receipt(
    database: Database, keys: Keys, log: Tombstones
) -> None:
    person = await at(database, telegram())
    await record(database, sends(replace(person, stopped_at=NOW), reply("klaar")), "stop")
    await record(database, erases(person), "in:linde:telegram:900", LATER)
    assert [one.happened for one in tombstones.read(log.file)] == [Happened.STOP, Happened.ERASED]
    names = newest(tombstones.read(log.file))
    assert (await database.write(lambda conn: replay(conn, log, names))).erased == 1
    async with database.read() as conn:
        assert await conn.scalar(select(AddressRow.id)) is None and await conn.scalar(select(ErasureRow)) is None


async def test_a_link_or_code_that_was_made_before_opens_nothing_afterwards(database: Database) -> None:
    person = await at(database, telegram())
    await record(database, Decision(subscriber=person, join=Join(code="join-x", channel=Channel.WEBCHAT)), "code")
    await database.write(lambda conn: export_links.make(conn, OWNER, person.id, "export-code"))
    await record(database, erases(person), "in:linde:telegram:900", LATER)
    assert await database.write(lambda conn: export_links.use_up(conn, "export-code")) is None
    assert await database.write(lambda conn: subscribers.join(conn, OWNER, "join-x", in_webchat(), LATER)) is None


async def test_the_practice_erases_by_hand_and_a_stranger_erases_nobody(database: Database, log: Tombstones) -> None:
    person = await at(database, telegram())
    with pytest.raises(Missing):
        await database.write(lambda conn: erasure.erase_person(conn, STRANGER, person.id, 5, LATER))
    assert await database.write(lambda conn: erasure.erase_person(conn, OWNER, person.id, 5, LATER)) == 1
    with pytest.raises(Missing):
        await load(database, person)
    assert [one.happened for one in tombstones.read(log.file)] == [Happened.ERASED]


async def test_two_who_finish_at_once_and_one_who_comes_back_do_not_wait_in_a_circle(database: Database) -> None:
    for number in range(5):
        person = await at(database, telegram(number + 1))
        await record(database, erases(person), f"in:linde:telegram:{900 + number}", LATER)
    over = datetime.now(UTC) + timedelta(minutes=1)

    async def comes_back(number: int) -> None:
        async def writes(conn: AsyncConnection) -> None:
            found = await subscribers.find_or_create(
                conn, OWNER, telegram(number), zone="Europe/Amsterdam", now=LATER + timedelta(seconds=1)
            )
            if found.gone_at is not None:
                await erasure.comes_back(conn, found, LATER + timedelta(seconds=1))

        await database.write(writes)

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(database.write(lambda conn: erasure.finish(conn, over)) for _ in range(3)),
            *(comes_back(number + 1) for number in range(5)),
        )
