"""The secret link to a safety plan: the newest one, for an hour, and nothing readable on the disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from bot.core.safety_plan import SafetyPlan
from bot.core.subscriber import Sealed
from bot.store import plan_links
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.migrate import migrate
from bot.store.tables import PlanLinkRow, SubscriberRow
from tests.store.builders import load, record, reply, sends, somebody

PLAN = SafetyPlan(signs=("kleurloze ochtenden",), people=("Annelotte 06-12345678",))


async def opened(database: Database, secret: str) -> SafetyPlan | None:
    async with database.read() as conn:
        person = await plan_links.whose_plan(conn, secret)
    return person.safety_plan if person is not None else None


async def test_the_newest_link_opens_the_plan_and_the_one_before_no_longer(database: Database) -> None:
    person = await somebody(database, safety_plan=PLAN)
    await record(database, sends(person, plan_link="eerste-geheim-0001"), "in:1")
    assert await opened(database, "eerste-geheim-0001") == PLAN
    await record(database, sends(person, reply(), plan_link="tweede-geheim-0002"), "in:2")
    assert await opened(database, "eerste-geheim-0001") is None
    assert await opened(database, "tweede-geheim-0002") == PLAN
    assert await opened(database, "geraden-geheim-0003") is None


async def test_after_an_hour_it_opens_nothing(database: Database) -> None:
    person = await somebody(database, safety_plan=PLAN)
    await record(database, sends(person, plan_link="eerste-geheim-0001"), "in:1")
    before = datetime.now(UTC) - timedelta(minutes=61)
    await database.write(lambda conn: conn.execute(update(PlanLinkRow).values(made_at=before)))
    assert await opened(database, "eerste-geheim-0001") is None


async def test_the_secret_itself_is_stored_nowhere(database: Database) -> None:
    person = await somebody(database, safety_plan=PLAN)
    await record(database, sends(person, plan_link="eerste-geheim-0001"), "in:1")
    async with database.read() as conn:
        rows = (await conn.execute(select(PlanLinkRow))).all()
    assert "eerste-geheim" not in str(rows)


async def test_somebody_elses_plan_is_never_opened(database: Database) -> None:
    person = await somebody(database, safety_plan=PLAN)
    other = await somebody(database, 2)
    await record(database, sends(person, plan_link="eerste-geheim-0001"), "in:1")
    await record(database, sends(other, plan_link="ander-geheim-00001"), "in:2")
    assert await opened(database, "ander-geheim-00001") is None
    assert await opened(database, "eerste-geheim-0001") == PLAN


async def test_plan_and_what_waits_for_open_are_loaded_as_they_were(database: Database) -> None:
    sealed = Sealed(message=reply("Les een.", unasked=True, step="eerste/een"))
    person = await somebody(database, safety_plan=PLAN, sealed=(sealed,), discreet=True)
    again = await load(database, person)
    assert (again.safety_plan, again.sealed, again.discreet) == (PLAN, (sealed,), True)


async def test_no_word_of_a_plan_stands_readable_in_the_file(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'nabij.sqlite3'}"
    await migrate(url)
    database = await open_database(url, Keys.load(tmp_path, None, rows_exist=False))
    person = await somebody(database)
    await record(database, sends(replace(person, safety_plan=PLAN)), "in:1")
    async with database.read() as conn:
        assert await conn.scalar(select(SubscriberRow.private).where(SubscriberRow.id == person.id)) is not None
    await database.close()
    found = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("nabij"))
    assert Path(str(make_url(url).database)).exists()
    for word in (b"kleurloze", b"Annelotte", b"12345678"):
        assert word not in found
