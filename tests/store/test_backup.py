"""A backup is made while others write, is whole, and is nobody else's to read."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.store.backup import BackupRefused, Reason, backup
from bot.store.database import Database
from tests.postgres import url_of
from tests.store.builders import record, reply, sends, somebody, states


def copied(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as opened:
        return opened.execute(query).fetchall()


async def test_a_backup_under_writes_is_whole_and_the_writers_go_on(
    sqlite: Database, sqlite_url: str, tmp_path: Path
) -> None:
    person = await somebody(sqlite)
    written = 0
    stopped = asyncio.Event()

    async def write_on() -> None:
        nonlocal written
        while not stopped.is_set():
            await record(sqlite, sends(person, reply("a"), reply("b")), f"c{written}")
            written += 1

    writing = asyncio.create_task(write_on())
    files = [tmp_path / f"{number}.backup" for number in range(3)]
    for file in files:
        before = written
        assert await asyncio.to_thread(backup, sqlite_url, file) == file.stat().st_size
        assert written > before
    stopped.set()
    await writing
    for file in files:
        assert copied(file, "PRAGMA integrity_check") == [("ok",)]
        # Both messages of a Decision, or neither of them.
        assert copied(file, "SELECT cause FROM messages GROUP BY cause HAVING count(*) <> 2") == []
    assert copied(files[-1], "SELECT count(*) FROM messages") > copied(files[0], "SELECT count(*) FROM messages")
    assert len(await states(sqlite)) == written * 2


def test_only_its_owner_may_read_it_and_nothing_else_is_left(sqlite_url: str, tmp_path: Path) -> None:
    (folder := tmp_path / "backups").mkdir()
    backup(sqlite_url, folder / "a.backup")
    assert [file.name for file in folder.iterdir()] == ["a.backup"]
    assert (folder / "a.backup").stat().st_mode & 0o777 == 0o600


def test_an_existing_file_is_never_written_over(sqlite_url: str, tmp_path: Path) -> None:
    database = Path(str(make_url(sqlite_url).database))
    before = database.read_bytes()
    with pytest.raises(BackupRefused) as refused:
        backup(sqlite_url, database)
    assert refused.value.reason is Reason.EXISTS
    assert database.read_bytes() == before


def test_a_folder_that_is_not_there_yet_is_made_for_its_owner_alone(sqlite_url: str, tmp_path: Path) -> None:
    backup(sqlite_url, tmp_path / "backups" / "a.backup")
    assert (tmp_path / "backups").stat().st_mode & 0o777 == 0o700


def test_a_place_that_cannot_be_written_is_told(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused) as refused:
        backup(sqlite_url, tmp_path / "nabij.sqlite3" / "a.backup")
    assert refused.value.reason is Reason.CANNOT_WRITE


def test_a_database_that_is_not_there_makes_no_backup_and_no_database(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused) as refused:
        backup(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path / "a.backup")
    assert refused.value.reason is Reason.NO_DATABASE
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_makes_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    database = Path(str(make_url(sqlite_url).database))
    database.write_bytes(database.read_bytes()[:8192] + b"\xff" * 40_000)
    with pytest.raises(BackupRefused) as refused:
        backup(sqlite_url, tmp_path / "a.backup")
    assert refused.value.reason in {Reason.DAMAGED, Reason.CANNOT_WRITE}
    assert not (tmp_path / "a.backup").exists()


@pytest.mark.postgres
def test_without_pg_dump_it_is_told_which_program_is_missing(
    migrated_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupRefused) as refused:
        backup(migrated_postgres_url, tmp_path / "a.backup")
    assert (refused.value.reason, refused.value.detail) == (Reason.NO_PROGRAM, "pg_dump")


def test_a_pg_dump_that_is_older_than_the_server_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\nexit 1\n")
    old.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(BackupRefused) as refused:
        backup("postgresql+psycopg://nobody@localhost/nabij", tmp_path / "a.backup")
    assert (refused.value.reason, refused.value.detail) == (Reason.PROGRAM_TOO_OLD, "pg_dump")


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_programs")
def test_what_pg_dump_complains_of_is_told_without_the_password(tmp_path: Path) -> None:
    url = url_of(tmp_path).set(password="very-secret").render_as_string(hide_password=False)
    with pytest.raises(BackupRefused) as refused:
        backup(url, tmp_path / "a.backup")
    assert refused.value.reason is Reason.PROGRAM_FAILED
    assert refused.value.detail and "very-secret" not in refused.value.detail
    assert not (tmp_path / "a.backup").exists()
