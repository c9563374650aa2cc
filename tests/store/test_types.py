from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from bot.store.database import Database
from bot.store.tables import ContentVersionRow
from bot.store.types import storable

NAIVE = datetime(2026, 5, 4, 9, 30)  # noqa: DTZ001 -- the very thing that is refused


async def keep(database: Database, moment: datetime) -> datetime:
    values: dict[str, Any] = {"version": "v", "loaded_at": moment, "content": ""}
    await database.write(lambda conn: conn.execute(insert(ContentVersionRow).values(**values)))
    async with database.read() as conn:
        return (await conn.execute(select(ContentVersionRow.loaded_at))).scalar_one()


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        await keep(database, NAIVE)
    async with database.read() as conn:
        with pytest.raises(StatementError, match="time zone"):
            await conn.scalar(select(ContentVersionRow.version).where(ContentVersionRow.loaded_at < NAIVE))


async def test_an_instant_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    summer = datetime(2026, 7, 1, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    kept = await keep(database, summer)
    assert kept == summer
    assert kept.tzinfo is UTC
    async with database.read() as conn:
        same = select(ContentVersionRow.version).where(ContentVersionRow.loaded_at == summer)
        assert await conn.scalar(same) == "v"


@pytest.mark.parametrize(
    ("text", "clean"),
    [("Zoë", "Zoë"), ("a\x00b", "a\ufffdb"), ("\ud800!", "?!"), ("abcdefghijk", "abcdefghij")],
)
def test_clear_text_is_cleaned_of_what_a_database_cannot_hold(text: str, clean: str) -> None:
    assert storable(text, 10) == clean
