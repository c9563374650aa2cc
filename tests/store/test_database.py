import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypt import KeyMissing, Keys
from bot.store.database import Database, lock_file, open_database
from bot.store.errors import AlreadyRunning, DatabaseUnavailable, NotMigrated, UnknownDatabase, is_outage
from bot.store.migrate import migrate
from bot.store.tables import MetaRow


async def add(conn: AsyncConnection) -> str:
    await conn.execute(insert(MetaRow).values(key="a", value="1"))
    return "added"


async def numbers(database: Database) -> int:
    async with database.read() as conn:
        return await conn.scalar(select(func.count()).select_from(MetaRow)) or 0


async def test_work_is_committed_and_its_result_returned(database: Database) -> None:
    before = await numbers(database)
    assert await database.write(add) == "added"
    assert await numbers(database) == before + 1


async def test_work_that_raises_is_undone_and_raises_the_same(database: Database) -> None:
    mistake = ValueError("mine")

    async def fail(conn: AsyncConnection) -> None:
        await add(conn)
        raise mistake

    before = await numbers(database)
    with pytest.raises(ValueError, match="mine") as raised:
        await database.write(fail)
    assert raised.value is mistake
    assert await numbers(database) == before


async def test_the_keys_of_the_first_start_are_asked_for_ever_after(database_url: str) -> None:
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    await migrate(database_url)
    await (await open_database(database_url, Keys([first]))).close()
    with pytest.raises(KeyMissing, match="not the one"):
        await open_database(database_url, Keys([second]))
    await (await open_database(database_url, Keys([second, first]))).close()


async def test_a_database_without_tables_is_refused_with_what_to_do(database_url: str, keys: Keys) -> None:
    with pytest.raises(NotMigrated, match="nabij migrate"):
        await open_database(database_url, keys)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://localhost/x", "sqlite+aiosqlite:///:memory:", "sqlite://", "http://[", "sqlite:"]
)
async def test_an_unknown_database_is_refused_with_a_sentence(url: str, keys: Keys) -> None:
    with pytest.raises(UnknownDatabase):
        await open_database(url, keys)


async def test_a_database_that_cannot_be_reached_is_unavailable_in_one_line(tmp_path: Path, keys: Keys) -> None:
    for url in (
        f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/nabij.sqlite3",
        f"postgresql://secret-user:secret-word@/x?host={tmp_path}",
    ):
        with pytest.raises(DatabaseUnavailable) as refused:
            await open_database(url, keys)
        assert "\n" not in str(refused.value)
        assert "secret-word" not in str(refused.value)


@pytest.mark.postgres
async def test_a_lost_connection_is_an_outage_and_the_next_write_succeeds(
    postgres_database_url: str, keys: Keys
) -> None:
    await migrate(postgres_database_url)
    database = await open_database(postgres_database_url, keys)

    async def cut_off(conn: AsyncConnection) -> None:
        await conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailable):
        await database.write(cut_off)
    assert await database.write(add) == "added"
    await database.close()


def test_only_one_process_works_on_a_data_folder(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bot.store.database import lock_file\n"
        "with lock_file(Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with lock_file(tmp_path):
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "AlreadyRunning: Nabij already runs on the data folder" in second.stderr
        with pytest.raises(AlreadyRunning), lock_file(tmp_path):
            pass
    assert subprocess.run(command, check=False).returncode == 0


def test_a_data_folder_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnavailable, match="cannot be written"), lock_file(tmp_path / "file"):
        pass


def test_a_mistake_in_the_work_is_no_outage() -> None:
    assert is_outage(DatabaseUnavailable("x"))
    assert not is_outage(ValueError("x"))
    assert not is_outage(ConnectionError("the network, not the database"))


async def test_what_is_committed_is_on_the_disk_and_what_is_deleted_is_not(sqlite: Database) -> None:
    async def pragma(name: str) -> object:
        return await sqlite.write(lambda conn: _of(conn, name))

    async def _of(conn: AsyncConnection, name: str) -> object:
        return (await conn.exec_driver_sql(f"PRAGMA {name}")).scalar()

    assert [await pragma(name) for name in ("synchronous", "journal_mode", "secure_delete", "foreign_keys")] == [
        2,
        "wal",
        1,
        1,
    ]
