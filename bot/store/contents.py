"""The content that messages, questions and enrollments name: each validated load is kept once and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert_into
from bot.store.tables import ContentVersionRow


async def keep(conn: AsyncConnection, version: str, files: Mapping[str, str], now: datetime) -> None:
    """Keeps the files (path to text) that `version` is the hash of; a version that is there already stays as it is."""
    row = insert_into(conn, ContentVersionRow).values(
        version=version, loaded_at=now, content=json.dumps(dict(files), ensure_ascii=False, sort_keys=True)
    )
    await conn.execute(row.on_conflict_do_nothing())


async def files_of(conn: AsyncConnection, version: str) -> dict[str, str] | None:
    """The files of a version, or None when it was never loaded here."""
    content = await conn.scalar(select(ContentVersionRow.content).where(ContentVersionRow.version == version))
    return None if content is None else dict(json.loads(content))
