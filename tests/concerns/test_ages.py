"""`nabij ages`: a human of the practice sees who said to be under 16, and puts a mistake right."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from typer.testing import CliRunner

from bot import data_requests
from bot.cli import cli
from bot.concerns import ages
from bot.core.decision import Decision, Event
from bot.core.messages import Address, Channel
from bot.core.subscriber import Subscriber
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store import decisions, subscribers
from bot.store.database import Database

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


async def says(
    database: Database, number: int, *events: str, minor: bool = True, practice: str = "mariposha"
) -> Subscriber:
    address = Address(Channel.TELEGRAM, f"{practice}:telegram", str(number))

    async def record(conn: AsyncConnection) -> Subscriber:
        person = await subscribers.find_or_create(
            conn, practice, address, zone="Europe/Amsterdam", now=NOW, name="Sanne"
        )
        said = Decision(
            subscriber=replace(person, minor=minor),
            events=tuple(Event(kind=event) for event in events),
            erase_answers=minor,
        )
        await decisions.record(conn, practice, said, f"in:{number}", NOW, "v")
        return said.subscriber

    return await database.write(record)


async def loaded(database: Database, person: Subscriber) -> Subscriber:
    return await database.write(lambda conn: subscribers.load(conn, person.practice, person.id))


async def test_nobody_said_so(settings: Settings, database: Database) -> None:
    await says(database, 1, minor=False)
    (line,) = await ages.under_sixteen(settings, "mariposha")
    assert "niemand" in line


async def test_the_own_people_are_named_with_who_took_it_back(settings: Settings, database: Database) -> None:
    child = await says(database, 1)
    grown = await says(database, 2, "minor_disputed")
    await says(database, 3, practice="bellein-academie")
    first, second, how = await ages.under_sixteen(settings, "mariposha")
    assert first == f"Nummer {child.id}: Sanne (telegram 1)"
    assert second == f"Nummer {grown.id}: Sanne (telegram 2), zei op zondag 22 november 09.00 toch ouder te zijn"
    assert "nabij ages mariposha --lift NUMMER" in how and "zelf gesproken" in how


async def test_it_is_put_right_for_that_person_alone_and_both_looks_are_noted(
    settings: Settings, database: Database
) -> None:
    grown, child = await says(database, 1, "minor_disputed"), await says(database, 2)
    line, _ = await ages.lift(settings, "mariposha", grown.id)
    assert "16 of ouder" in line and "Er gaat geen bericht uit" in line
    assert not (await loaded(database, grown)).minor and (await loaded(database, child)).minor
    assert sum("leeftijd" in line for line in await data_requests.audit(settings, "mariposha")) == 1
    with pytest.raises(Unusable, match="niet gezegd"):
        await ages.lift(settings, "mariposha", grown.id)


async def test_nobody_of_another_practice_is_touched(settings: Settings, database: Database) -> None:
    other = await says(database, 1, practice="bellein-academie")
    with pytest.raises(Unusable, match="niet gezegd"):
        await ages.lift(settings, "mariposha", other.id)
    with pytest.raises(Unusable, match="ken ik niet"):
        await ages.under_sixteen(settings, "nergens")


def test_the_command_says_it_in_dutch(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def listed(_: Settings, practice: str) -> list[str]:
        return [f"van {practice}"]

    async def lifted(_: Settings, practice: str, number: int) -> list[str]:
        return [f"{number} van {practice}"]

    monkeypatch.setattr(ages, "under_sixteen", listed)
    monkeypatch.setattr(ages, "lift", lifted)
    assert CliRunner().invoke(cli, ["ages", "mariposha"]).output == "van mariposha\n"
    assert CliRunner().invoke(cli, ["ages", "mariposha", "--lift", "3"]).output == "3 van mariposha\n"
