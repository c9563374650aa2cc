"""Backup, restore and release, for the person who runs Nabij: on the settings' database, said in Dutch."""

from __future__ import annotations

import getpass
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from bot.content_folder import load_folder
from bot.core.content.model import Practice
from bot.data_folder import refuse_without_database
from bot.refusals import Unusable, said_plainly
from bot.settings import Settings
from bot.store import hold, tombstones
from bot.store.backup import BackupRefused, Reason
from bot.store.backup import backup as back_up
from bot.store.crypt import KEY_FILE, Keys
from bot.store.database import Database, lock_file, open_database
from bot.store.errors import NotMigrated
from bot.store.migrate import is_current
from bot.store.restore import Restored
from bot.store.restore import restore as bring_back
from bot.store.roots import load_keys
from bot.store.tombstones import Tombstones

_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.EXISTS: "{detail} bestaat al. Kies een andere naam, bijvoorbeeld met de datum erin.",
    Reason.NO_DATABASE: "Er is nog geen database ({detail}). Kijk NABIJ_DATA_DIR na.",
    Reason.CANNOT_WRITE: "Het bestand kan niet geschreven worden ({detail}). Kijk de map, de rechten en de schijf na.",
    Reason.CANNOT_READ: "Het bestand kan niet gelezen worden ({detail}).",
    Reason.NOT_OURS: "{detail} is geen back-up van Nabij voor deze soort database.",
    Reason.DAMAGED: "De database in dit bestand is beschadigd ({detail}). Neem een andere back-up.",
    Reason.NO_PROGRAM: (
        "Voor PostgreSQL is het programma {detail} nodig, en dat staat niet op deze machine. Installeer het pakket "
        "postgresql-client van dezelfde versie als de server, of maak de back-up op de server zelf."
    ),
    Reason.PROGRAM_TOO_OLD: (
        "Het programma {detail} op deze machine is ouder dan de server van PostgreSQL. Installeer het pakket "
        "postgresql-client van dezelfde versie als de server, of doe dit op de server zelf."
    ),
    Reason.PROGRAM_FAILED: "PostgreSQL werkte niet mee: {detail}",
    Reason.NOT_EMPTY: (
        "De database is niet leeg. Maak een nieuwe, lege database, zet die in NABIJ_DATABASE_URL en herhaal dit; "
        "de oude blijft zo bewaard."
    ),
    Reason.NEWER: "Deze back-up is van een nieuwere versie van Nabij. Werk Nabij eerst bij.",
}


_NOTHING_HELD: Final = "Er wordt niets vastgehouden."


class Choice(StrEnum):
    SEND = "send"
    DROP = "drop"


def backup(settings: Settings, file: Path) -> list[str]:
    """Makes `file`, and returns what to say about it. Raises Unusable."""
    with _refusals_said():
        size = back_up(settings.database, file)
    if settings.secret_key is None:
        key = (
            f"De sleutel zit er niet in. Bewaar {settings.data_dir / KEY_FILE} apart: zonder is de back-up onleesbaar."
        )
    else:
        key = "De sleutel zit er niet in. Bewaar NABIJ_SECRET_KEY apart: zonder is de back-up onleesbaar."
    log = settings.data_dir / tombstones.FILE
    return [
        f"Geschreven: {file} ({_megabytes(size)}).",
        key,
        f"Bewaar ook {log}: daarin staat wie na deze back-up STOP stuurde of gewist werd.",
        "Gooi back-ups weg na 30 dagen: wie gewist is, staat er nog in.",
    ]


async def restore(settings: Settings, file: Path, more_logs: Sequence[Path] = ()) -> list[str]:
    """Makes `file` the database, with everything held, and returns what to say about it. `more_logs`: the
    tombstones.log of other machines. Raises Unusable, and then nothing has changed."""
    on_sqlite = settings.database.startswith("sqlite")
    missing = [given for given in (file, *more_logs) if not given.exists()]
    if missing:
        raise Unusable(f"{missing[0]} bestaat niet. Kijk de naam en de map na.")
    with _refusals_said():
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unusable(f"De map {settings.data_dir} kan niet gemaakt worden ({error.strerror}).") from error
        with lock_file(settings.data_dir) if on_sqlite else nullcontext():
            keys = await keys_of(settings)
            logs = [settings.data_dir / tombstones.FILE, *more_logs]
            restored = await bring_back(settings.database, file, keys, logs, datetime.now(UTC))
    return _told(restored, settings)


def _told(restored: Restored, settings: Settings) -> list[str]:
    lines = ["De back-up is teruggezet. Er gaat nog niets uit zichzelf de deur uit."]
    if restored.kept_as is not None:
        lines.append(f"De database van daarvoor staat in {restored.kept_as}. Gooi die weg als alles klopt.")
    if restored.logs:
        lines.append(
            f"Sinds de back-up: {restored.replayed.silenced} mensen stil gezet (STOP, alarm, onder de 16), "
            f"van {restored.replayed.withdrew} een toestemming ingetrokken, {restored.replayed.erased} gewist."
        )
    else:
        lines.append(
            f"Let op: er is geen {settings.data_dir / tombstones.FILE}. Wie na de back-up STOP stuurde, een alarm had, "
            "iets introk of gewist werd, is dus niet bekend. Zet dat bestand terug en herhaal dit, als je het hebt."
        )
    lines.append(f"Vastgehouden: {restored.messages_held} berichten, en het programma van iedereen.")
    lines.append("Start Nabij, kijk wat er vastgehouden wordt met `nabij release`, en kies daar --send of --drop.")
    return lines


async def whats_held(settings: Settings) -> list[str]:
    """What is held, and how to choose; for `nabij release` without a choice. Raises Unusable."""
    async with opened_database(settings) as database, database.read() as conn:
        held = await hold.held(conn)
    if not held:
        return [_NOTHING_HELD]
    lines = [
        f"{practice}: {number} berichten vastgehouden, het programma staat stil." for practice, number in held.items()
    ]
    lines.append("Sinds de back-up kan een deel al verstuurd zijn. Kies:")
    lines.append("  nabij release --send   verstuurt ze alsnog (wie ze al had, krijgt ze dan dubbel)")
    lines.append("  nabij release --drop   laat ze vervallen")
    lines.append("Daarna gaat het programma van iedereen weer verder. Eén praktijk: --practice NAAM.")
    return lines


async def release(settings: Settings, choice: Choice, practice: str = "") -> list[str]:
    """Sends or drops what is held, of all practices or of one, lets its programs go on, and returns what to say about
    it. Nabij may run meanwhile. Raises Unusable."""
    async with opened_database(settings) as database:
        async with database.read() as conn:
            held = await hold.held(conn)
        if practice and practice not in held:
            raise Unusable(f"Van '{practice}' wordt niets vastgehouden. Wel van: {', '.join(held) or 'niemand'}.")
        lines = [await _released(database, slug, choice) for slug in held if practice in {"", slug}]
    if not lines:
        return [_NOTHING_HELD]
    return [*lines, "De programma's gaan weer verder; als Nabij draait, binnen een halve minuut."]


async def _released(database: Database, practice: str, choice: Choice) -> str:
    """In parts, so that a bot that runs beside it does not wait; the programs go on once all of it is done."""
    release_some = hold.send_held if choice is Choice.SEND else hold.drop_held
    ready = cancelled = 0
    while True:
        part = await database.write(lambda conn: release_some(conn, practice))
        ready, cancelled = ready + part.ready, cancelled + part.cancelled
        if part.ready + part.cancelled == 0:
            break
    await database.write(lambda conn: hold.go_on(conn, practice))
    return f"{practice}: {ready} berichten gaan alsnog, {cancelled} vervallen."


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """The settings' database, beside a bot that may run. Raises Unusable."""
    with said_plainly():
        refuse_without_database(settings)
        if not await is_current(settings.database):
            raise NotMigrated(settings.database.partition(":")[0])
        keys = await keys_of(settings)
        log = Tombstones.beside(settings.data_dir, keys)
        database = await open_database(settings.database, keys, tombstones=log)
        try:
            yield database
        finally:
            await database.close()


async def keys_of(settings: Settings) -> Keys:
    """Never a new one: there are rows that were written with it. Raises KeyMissing."""
    explicit = settings.secret_key.get_secret_value() if settings.secret_key is not None else None
    on_sqlite = settings.database.startswith("sqlite")
    return await load_keys(settings.database, settings.data_dir if on_sqlite else None, explicit, may_be_new=False)


@contextmanager
def _refusals_said() -> Iterator[None]:
    with said_plainly():
        try:
            yield
        except BackupRefused as refused:
            raise Unusable(_SENTENCES[refused.reason].format(detail=refused.detail)) from refused


def operator() -> str:
    """Who runs a command on this machine, for the list of who looked at what."""
    try:
        return f"shell:{os.environ.get('SUDO_USER') or getpass.getuser()}"
    except (OSError, KeyError):
        return "shell"


def practice_of(settings: Settings, slug: str) -> Practice:
    """Raises Unusable, ContentErrors."""
    practices = load_folder(settings.content_dir).practices
    if slug not in practices:
        raise Unusable(f"De praktijk '{slug}' ken ik niet. Wel: {', '.join(sorted(practices))}.")
    return practices[slug]


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")
