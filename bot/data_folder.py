"""The data folder and the database of the settings: locked, migrated, and opened with its keys."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path

from bot.refusals import Unusable, said_plainly
from bot.settings import Settings
from bot.store.database import Database, async_url, is_sqlite, lock_file, open_database
from bot.store.errors import NotMigrated
from bot.store.migrate import is_current, migrate
from bot.store.roots import load_keys
from bot.store.tombstones import Tombstones


async def opened_here(settings: Settings, stack: AsyncExitStack) -> tuple[Database, str]:
    """Locks the folder, migrates SQLite, finds the keys and opens the database until the stack ends; also
    the secret that signs cookies. Raises Unusable, and what `said_plainly` says."""
    url = settings.database
    on_sqlite = url.startswith("sqlite")
    _make_folder(settings)
    if on_sqlite:
        stack.enter_context(lock_file(settings.data_dir))
        await migrate(url)
    elif not await is_current(url):
        raise NotMigrated(url.partition(":")[0])
    explicit = settings.secret_key.get_secret_value() if settings.secret_key is not None else None
    keys = await load_keys(url, settings.data_dir if on_sqlite else None, explicit, may_be_new=True)
    database = await open_database(url, keys, tombstones=Tombstones.beside(settings.data_dir, keys))
    stack.push_async_callback(database.close)
    return database, keys.derived("cookies")


async def migrate_database(settings: Settings) -> bool:
    """Brings the database to this version's tables; False when it was there already. Raises Unusable."""
    with said_plainly():
        if settings.database.startswith("sqlite"):
            _make_folder(settings)
        if await is_current(settings.database):
            return False
        await migrate(settings.database)
        return True


def refuse_without_database(settings: Settings) -> None:
    """Raises Unusable where SQLite's file is not there: `nabij migrate` would make an empty one in the wrong folder."""
    with said_plainly():
        url = async_url(settings.database)
    if is_sqlite(url) and not Path(str(url.database)).exists():
        raise Unusable(
            f"Er is hier nog geen database ({url.database}). Sta je in de map van Nabij? Zet anders NABIJ_DATA_DIR, of "
            "start Nabij eerst een keer met `nabij serve`."
        )


def _make_folder(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unusable(
            f"De map {settings.data_dir} kan niet gemaakt worden ({error.strerror}). "
            "Kies een andere map met NABIJ_DATA_DIR."
        ) from error
    if not os.access(settings.data_dir, os.W_OK):
        raise Unusable(
            f"In de map {settings.data_dir} kan niet geschreven worden. Geef er rechten op, of kies een andere map met "
            "NABIJ_DATA_DIR."
        )
