"""What other secrets are derived from stays the same when the keys of the texts change: visitors keep their cookies,
tombstones and proofs keep their names. It is the first key of a database, kept in it under the newest one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypt import Keys
from bot.store.dialect import insert_into
from bot.store.migrate import ROOT, has_rows, stored_root
from bot.store.tables import MetaRow


async def load_keys(url: str, data_dir: Path | None, explicit: str | None, *, may_be_new: bool) -> Keys:
    """The keys of the database at `url`, with its root; a new one only where `may_be_new` and nobody is stored yet.

    Raises KeyMissing, UnknownDatabase, DatabaseUnavailable.
    """
    rows_exist = not may_be_new or await has_rows(url)
    keys = Keys.load(data_dir, explicit, rows_exist=rows_exist)
    return with_root(keys, await stored_root(url))


async def rooted_in(conn: AsyncConnection, keys: Keys) -> Keys:
    """The same for a database that is open, as a restored one."""
    return with_root(keys, await conn.scalar(select(MetaRow.value).where(MetaRow.key == ROOT)))


async def keep_root(conn: AsyncConnection, keys: Keys) -> None:
    """Writes the root down under the newest key: from then on older keys may go."""
    stored = insert_into(conn, MetaRow).values(key=ROOT, value=keys.encrypt(keys.root).decode("ascii"))
    newer = {"value": stored.excluded.value}
    await conn.execute(stored.on_conflict_do_update(index_elements=["key"], set_=newer))


def with_root(keys: Keys, stored: str | None) -> Keys:
    """Raises KeyMissing when none of the keys wrote `stored`."""
    return keys if stored is None else keys.rooted(keys.decrypt(stored.encode("ascii")))
