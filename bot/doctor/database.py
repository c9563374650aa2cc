"""The database: there, of this version, whole, opened by its key; its times beside the clock's; and what it holds."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.doctor.report import Line, notice, ok, wrong
from bot.refusals import Unusable, said_plainly
from bot.settings import Settings
from bot.store import alerts, hold, tallies
from bot.store.database import Database, async_url, is_sqlite, open_database
from bot.store.errors import DatabaseUnavailable
from bot.store.migrate import is_current
from bot.store.roots import load_keys

_MAY_DIFFER: Final = timedelta(minutes=2)


async def look_at_database(settings: Settings) -> list[Line]:
    subject = "Database"
    try:
        with said_plainly():
            file = sqlite_file(settings)
            if file is not None and not await asyncio.to_thread(file.exists):
                return [notice(subject, "er is nog geen database; `nabij serve` maakt hem.")]
            if not await is_current(settings.database):
                return [wrong(subject, "de tabellen zijn niet van deze versie. Draai `nabij migrate`.")]
            explicit = settings.secret_key.get_secret_value() if settings.secret_key is not None else None
            keys = await load_keys(
                settings.database, settings.data_dir if file is not None else None, explicit, may_be_new=False
            )
            database = await open_database(settings.database, keys)
    except Unusable as unusable:
        return [wrong(subject, str(unusable))]
    try:
        return [
            ok(subject, f"{'SQLite' if file else 'PostgreSQL'} antwoordt, de tabellen zijn bij, de sleutel past."),
            *([await asyncio.to_thread(_wholeness, file)] if file is not None else []),
            await _clock(settings, database),
            await _held(database),
            *await _alerts(database),
        ]
    except DatabaseUnavailable as away:
        return [wrong(subject, f"antwoordt niet ({away}). Kijk of hij draait en bereikbaar is.")]
    finally:
        await database.close()


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the database; None on PostgreSQL. Raises UnknownDatabase."""
    url = async_url(settings.database)
    return Path(str(url.database)) if is_sqlite(url) else None


def _wholeness(file: Path) -> Line:
    subject = "Bestand van de database"
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            [verdict] = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        return wrong(subject, f"beschadigd ({verdict}). Stop Nabij en zet een back-up terug met `nabij restore`.")
    return ok(subject, "heel.")


async def _clock(settings: Settings, database: Database) -> Line:
    """Without asking anybody on the internet: the newest row and the data folder's file system have times as well."""
    subject = "Klok"
    if settings.has_own_clock:
        return ok(subject, "de eigen klok van een demo of test.")
    async with database.read() as conn:
        newest = await tallies.newest_at(conn)
    ahead = newest - datetime.now(UTC) if newest is not None else timedelta()
    if ahead > _MAY_DIFFER:
        return wrong(
            subject,
            f"de nieuwste regel in de database is van {_long(ahead)} in de toekomst. De klok liep voor of loopt nu "
            "achter: zet hem gelijk (NTP) voordat er berichten gaan.",
        )
    try:
        beside = await asyncio.to_thread(_file_time_ahead, settings.data_dir)
    except OSError as error:
        return notice(subject, f"niet te vergelijken met de schijf ({error.strerror}).")
    if abs(beside) > _MAY_DIFFER:
        return wrong(
            subject,
            f"de klok en die van de schijf ({settings.data_dir}) schelen {_long(abs(beside))}. Zet beide gelijk (NTP).",
        )
    return ok(subject, "loopt gelijk met de schijf, en de database is niet verder.")


def _file_time_ahead(folder: Path) -> timedelta:
    """Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as written:
        now = time.time()
        return timedelta(seconds=Path(written.name).stat().st_mtime - now)


async def _held(database: Database) -> Line:
    subject = "Vastgehouden na een restore"
    async with database.read() as conn:
        held = await hold.held(conn)
    if not held:
        return ok(subject, "niets.")
    practices = ", ".join(f"{practice} ({number})" for practice, number in held.items())
    return notice(subject, f"{practices}. De programma's staan stil: kies met `nabij release`.")


def _long(delta: timedelta) -> str:
    minutes = int(delta.total_seconds() // 60)
    return f"{minutes} minuten" if minutes < 120 else f"{minutes // 60} uur"


async def _alerts(database: Database) -> list[Line]:
    """Alarms of the last week of which a practice may not have heard."""
    async with database.read() as conn:
        failed = await alerts.failed_since(conn, datetime.now(UTC) - timedelta(days=7))
    return [
        wrong(
            f"Seintjes {practice}",
            f"{count} van de laatste week kwamen niet of misschien niet aan. Kijk met `nabij alarms {practice}` om wie "
            "het gaat, en kijk daarna de instellingen ALERT en SMTP na.",
        )
        for practice, count in failed.items()
    ]
