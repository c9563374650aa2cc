"""New keys: everything is read under them, the old one may go, and what was derived from it stays what it was."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from bot.core.decision import Answer
from bot.core.messages import Button
from bot.core.subscriber import Consent
from bot.store import erasure, inbound, rotation
from bot.store.backup import backup
from bot.store.crypt import KeyMissing, Keys
from bot.store.database import Database, open_database
from bot.store.migrate import stored_root
from bot.store.restore import restore
from bot.store.roots import load_keys
from bot.store.rotation import Rotated, encrypted_columns, rotate, still_old
from bot.store.tables import MessageRow
from bot.store.tombstones import Tombstones
from tests.store.builders import NOW, OWNER, at, load, record, reply, says, sends, telegram

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SAID = ("mijn geheime verhaal", "het antwoord in woorden", "een uitleg van de bot", "de laatste tekst")


async def a_life(database: Database, number: int = 1) -> None:
    person = await at(database, telegram(number))
    heard = replace(person, recent=((NOW, SAID[3]),), consents={"answers": Consent(given=True, at=NOW, version="x")})
    said = says(SAID[0], str(number), telegram(number))
    await database.write(lambda conn: inbound.admit(conn, OWNER, person, said, NOW))
    answer = Answer(question="q", uid="u", program="p", step="s", content_version="v", text=SAID[1])
    message = reply(SAID[2], buttons=(Button("Gedaan", "done"),))
    await record(database, sends(heard, message, answers=(answer,)), f"in:{number}")


async def texts(database: Database, keys: Keys) -> list[str]:
    found = []
    async with database.read() as conn:
        for column in encrypted_columns():
            tokens = await conn.scalars(select(column).where(column.is_not(None)))
            found += [keys.decrypt(token) for token in tokens]
    return sorted(found)


async def test_everything_is_under_the_new_key_and_the_old_one_may_go(migrated_url: str) -> None:
    before = Keys([OLD])
    database = await open_database(migrated_url, before)
    for number in range(1, 4):
        await a_life(database, number)
    was = await texts(database, before)
    await database.close()

    both = Keys([NEW, OLD])
    database = await open_database(migrated_url, both)
    assert await still_old(database, both) > 0
    assert (await rotate(database, both)).renewed == 12
    assert await still_old(database, both) == 0
    assert await rotate(database, both) == Rotated()
    await database.close()

    alone = await load_keys(migrated_url, None, NEW, may_be_new=False)
    database = await open_database(migrated_url, alone)
    assert await texts(database, alone) == was
    assert (await load(database, await at(database, telegram(1)))).recent == ((NOW, SAID[3]),)
    await database.close()
    with pytest.raises(KeyMissing):
        await load_keys(migrated_url, None, OLD, may_be_new=False)


async def test_cookies_tombstones_and_codes_stay_what_they_were(migrated_url: str, tmp_path: Path) -> None:
    first = Keys([OLD])
    secrets = [first.derived(purpose) for purpose in ("cookies", "tombstones", "looks")]
    whom = Tombstones.beside(tmp_path, first).whom(OWNER, f"{OWNER}:telegram", "1")
    database = await open_database(migrated_url, first)
    await database.close()
    for keys in ([NEW, OLD], [Fernet.generate_key().decode(), NEW]):
        both = await load_keys(migrated_url, None, ",".join(keys), may_be_new=False)
        database = await open_database(migrated_url, both)
        await rotate(database, both)
        await database.close()
        alone = await load_keys(migrated_url, None, keys[0], may_be_new=False)
        assert [alone.derived(purpose) for purpose in ("cookies", "tombstones", "looks")] == secrets
        assert Tombstones.beside(tmp_path, alone).whom(OWNER, f"{OWNER}:telegram", "1") == whom
    assert OLD not in str(await stored_root(migrated_url))


async def test_a_rotation_that_was_cut_off_begins_again_and_skips_what_is_done(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    keys = Keys([NEW, OLD])
    database = await open_database(migrated_url, Keys([OLD]))
    for number in range(1, 6):
        await a_life(database, number)
    await database.close()
    database = await open_database(migrated_url, keys)
    write, calls = database.write, 0

    async def cut_off(work: Any, *, urgent: bool = False) -> Any:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt
        return await write(work, urgent=urgent)

    with monkeypatch.context() as cut:
        cut.setattr(database, "write", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await rotate(database, keys)
    left = await still_old(database, keys)
    assert 0 < left < 20
    await texts(database, keys)
    assert (await rotate(database, keys)).renewed < 20
    assert await still_old(database, keys) == 0
    await database.close()


async def test_what_somebody_changes_meanwhile_is_not_overwritten(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Keys([NEW, OLD])
    database = await open_database(migrated_url, Keys([OLD]))
    await a_life(database)
    await database.close()
    database = await open_database(migrated_url, keys)
    write = database.write
    changed = update(MessageRow).values(body=keys.encrypt('{"text": "intussen"}'))

    async def with_a_change(work: Any, *, urgent: bool = False) -> Any:
        await write(lambda conn: conn.execute(changed))
        return await write(work, urgent=urgent)

    monkeypatch.setattr(database, "write", with_a_change)
    await rotate(database, keys)
    assert '{"text": "intussen"}' in await texts(database, keys)
    await database.close()


async def test_a_text_that_no_key_wrote_stays_as_it_is_and_is_counted(migrated_url: str) -> None:
    keys = Keys([NEW, OLD])
    database = await open_database(migrated_url, Keys([OLD]))
    await a_life(database)
    lost = update(MessageRow).values(body=Keys([Fernet.generate_key().decode()]).encrypt("weg"))
    await database.write(lambda conn: conn.execute(lost))
    await database.close()
    database = await open_database(migrated_url, keys)
    assert await rotate(database, keys) == Rotated(renewed=3, unreadable=1)
    assert await still_old(database, keys) == 0
    await database.close()


def test_bytes_in_a_table_are_an_encrypted_text_and_have_one_key_column_before_them() -> None:
    names = {f"{column.table.name}.{column.name}" for column in encrypted_columns()}
    assert names >= {"messages.body", "inbound.text", "answers.text", "subscribers.recent"}
    assert all(len(column.table.primary_key.columns) == 1 for column in encrypted_columns())


async def test_a_backup_of_after_the_rotation_comes_back_under_the_new_key_alone(
    sqlite_url: str, tmp_path: Path
) -> None:
    log = Tombstones.beside(tmp_path, Keys([OLD]))
    database = await open_database(sqlite_url, Keys([OLD]), tombstones=log)
    await a_life(database)
    await database.close()
    both = Keys([NEW, OLD])
    database = await open_database(sqlite_url, both)
    await rotate(database, both)
    await database.close()
    copy = tmp_path / "a.backup"
    backup(sqlite_url, copy)
    again = await load_keys(sqlite_url, None, NEW, may_be_new=False)
    database = await open_database(sqlite_url, again, tombstones=Tombstones.beside(tmp_path, again))
    await database.write(lambda conn: erasure.erase_person(conn, OWNER, 1, 5, NOW))
    await database.close()
    back = f"sqlite:///{tmp_path / 'back.sqlite3'}"
    restored = await restore(back, copy, Keys([NEW]), [log.file], NOW)
    assert restored.replayed.erased == 1


def parts_of(url: str, *more: Path) -> Iterable[bytes]:
    file = Path(str(make_url(url).database))
    return (part.read_bytes() for part in (*file.parent.glob(f"{file.name}*"), *more))


async def test_no_text_stands_readable_in_the_file_its_log_or_a_backup(sqlite_url: str, tmp_path: Path) -> None:
    keys = Keys([OLD])
    database = await open_database(sqlite_url, keys)
    await a_life(database)
    copy = tmp_path / "copy.backup"
    backup(sqlite_url, copy)
    assert Path(f"{make_url(sqlite_url).database}-wal").stat().st_size > 0
    for stored in parts_of(sqlite_url, copy):
        for said in SAID:
            assert said.encode() not in stored
        assert b"Gedaan" not in stored
    await database.close()


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_programs")
async def test_nor_in_a_backup_of_postgresql(migrated_postgres_url: str, tmp_path: Path) -> None:
    database = await open_database(migrated_postgres_url, Keys([OLD]))
    await a_life(database)
    await database.close()
    copy = tmp_path / "copy.backup"
    backup(migrated_postgres_url, copy)
    stored = copy.read_bytes()
    # pg_dump packs each table: what is inside is looked at as well.
    unpacked = b"".join(_unpacked(stored))
    assert b"linde" in unpacked or b"linde" in stored
    for said in SAID:
        assert said.encode() not in stored and said.encode() not in unpacked


def _unpacked(stored: bytes) -> Iterable[bytes]:
    at = 0
    while (at := stored.find(b"\x78", at)) >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(stored[at:])
        at += 1
