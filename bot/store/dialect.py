"""The two databases' own INSERT ... ON CONFLICT under one name."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import Base


def on_sqlite(conn: AsyncConnection) -> bool:
    return conn.dialect.name == "sqlite"


def insert_into(conn: AsyncConnection, row: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`; after a conflict that did nothing,
    RETURNING gives no row."""
    return sqlite.insert(row) if on_sqlite(conn) else postgresql.insert(row)
