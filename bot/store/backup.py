"""One file with everything in the database, made while the bot runs. The key is not in it.

SQLite: `VACUUM INTO`, one reading transaction that no writer waits for (sqlite.org/lang_vacuum.html#vacuuminto).
PostgreSQL: pg_dump's custom format (postgresql.org/docs/current/app-pgdump.html).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from bot.store.database import async_url, is_sqlite
from bot.store.tombstones import sync_folder

_BUSY_SECONDS: Final = 30.0


_OF_AN_OLD_PROGRAM: Final = (b"server version mismatch", b"unsupported version")
"""What pg_dump says to a newer server, and pg_restore to the file of a newer pg_dump."""


class Reason(StrEnum):
    EXISTS = "exists"
    NO_DATABASE = "no database"
    CANNOT_WRITE = "cannot write"
    CANNOT_READ = "cannot read"
    NOT_OURS = "not ours"
    DAMAGED = "damaged"
    NO_PROGRAM = "no program"
    PROGRAM_TOO_OLD = "program too old"
    PROGRAM_FAILED = "program failed"
    NOT_EMPTY = "not empty"
    NEWER = "newer"


class BackupRefused(Exception):
    """There is no backup, or nothing was restored: what was there is as it was. The caller says so, by the reason."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
        """A program's name or the words of a library; never a value of a row."""


def backup(url: str, file: Path) -> int:
    """Writes the database to `file`, for its owner alone, and returns its size in bytes. Beside a running bot.

    The file appears whole or not at all. Raises UnknownDatabase, BackupRefused.
    """
    address = async_url(url)
    if file.exists():
        raise BackupRefused(Reason.EXISTS, str(file))
    if is_sqlite(address):
        _copy_sqlite(Path(str(address.database)), file)
    else:
        _dump_postgres(address, file)
    return file.stat().st_size


def _copy_sqlite(database: Path, file: Path) -> None:
    if not database.exists():
        raise BackupRefused(Reason.NO_DATABASE, str(database))
    with written_whole(file) as part:
        try:
            with closing(sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None)) as source:
                source.execute("VACUUM INTO ?", (str(part),))
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                [verdict] = copy.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            full = isinstance(error, sqlite3.OperationalError)
            raise BackupRefused(Reason.CANNOT_WRITE if full else Reason.DAMAGED, str(error)) from error
        if verdict != "ok":
            raise BackupRefused(Reason.DAMAGED, str(verdict))


def _dump_postgres(url: URL, file: Path) -> None:
    with written_whole(file) as part:
        run_program("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A temporary file beside `file`, for its owner alone, that takes its name at the end. Nothing of it stays after
    an error. Raises BackupRefused when it cannot be written."""
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.unlink(missing_ok=True)
        # Made before it is filled, so that nobody else can read it in between.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        sync_file(part)
        part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise BackupRefused(Reason.CANNOT_WRITE, error.strerror or type(error).__name__) from error
    finally:
        if part.parent.is_dir():
            part.unlink(missing_ok=True)


def sync_file(file: Path) -> None:
    """Brings it to the disk. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def run_program(name: str, url: URL, *arguments: str) -> None:
    """Runs one of PostgreSQL's own programs on the database.

    The password goes through the environment: everybody on the machine can read arguments. Raises BackupRefused.
    """
    program = shutil.which(name)
    if program is None:
        raise BackupRefused(Reason.NO_PROGRAM, name)
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10", **_connection(url)}
    done = subprocess.run(  # noqa: S603 -- the program is named here, its arguments are files and our own words
        [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False
    )
    if done.returncode != 0:
        if any(words in done.stderr for words in _OF_AN_OLD_PROGRAM):
            raise BackupRefused(Reason.PROGRAM_TOO_OLD, name)
        raise BackupRefused(Reason.PROGRAM_FAILED, _first_line(name, done.stderr))


def _connection(url: URL) -> dict[str, str]:
    """libpq's variables (postgresql.org/docs/current/libpq-envars.html)."""
    given = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": url.port or url.query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
        "PGSSLROOTCERT": url.query.get("sslrootcert"),
    }
    return {name: str(value) for name, value in given.items() if value}


def _first_line(name: str, errors: bytes) -> str:
    lines: Sequence[str] = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else name
