"""`nabij alarms`: a human of the practice sees who is in alarm, and gives one person free."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.concerns import alarms
from bot.core.decision import Alert, AlertRoute
from bot.core.messages import Address, Channel
from bot.core.subscriber import AlarmState, Consent, Enrollment, EnrollmentState, Subscriber
from bot.doctor import Verdict, examine
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store import alerts, decisions, subscribers
from bot.store.database import Database
from tests.store.builders import sends

NOW = datetime.now(UTC).replace(microsecond=0)


async def in_alarm(database: Database, practice: str = "mariposha", number: int = 1) -> Subscriber:
    address = Address(Channel.TELEGRAM, f"{practice}:telegram", str(number))
    walking = Enrollment(
        program="hechtingspatroon", state=EnrollmentState.ACTIVE, content_version="v", started_on=NOW.date()
    )

    async def record(conn: AsyncConnection) -> Subscriber:
        person = await subscribers.find_or_create(
            conn, practice, address, zone="Europe/Amsterdam", now=NOW, name="Sanne"
        )
        alarmed = replace(
            person,
            hour=time(8),
            enrollments=(walking,),
            consents={"daily": Consent(given=True, at=NOW, version="v")},
            alarm=AlarmState(tier="B", third_party=False, rule="wish.dead", at=NOW, last_at=NOW),
        )
        told = Alert(route=AlertRoute.MAIL, what="alarm", tier="B")
        await decisions.record(conn, practice, sends(alarmed, alerts=(told,)), f"in:{number}", NOW, "v")
        return alarmed

    return await database.write(record)


async def test_without_an_alarm_it_says_so(settings: Settings, database: Database) -> None:
    (line,) = await alarms.standing(settings, "mariposha")
    assert "staat geen alarm open" in line


async def test_the_own_people_are_named_with_group_moment_and_whether_the_practice_was_told(
    settings: Settings, database: Database
) -> None:
    person = await in_alarm(database)
    await in_alarm(database, "bellein-academie", 2)
    who, told, how = await alarms.standing(settings, "mariposha")
    assert who.startswith(f"Nummer {person.id}: Sanne (telegram 1), groep B, sinds ")
    assert "nog niet gelukt" in told and "--release NUMMER" in how


async def test_a_release_lets_the_program_go_on_and_only_of_that_person(settings: Settings, database: Database) -> None:
    person = await in_alarm(database)
    (line,) = await alarms.release(settings, "mariposha", person.id)
    assert "vrijgegeven" in line
    again = await database.write(lambda conn: subscribers.load(conn, "mariposha", person.id))
    assert again.alarm is None
    async with database.read() as conn:
        assert await subscribers.next_due(conn) is not None
    with pytest.raises(Unusable, match="geen alarm open"):
        await alarms.release(settings, "mariposha", person.id)


async def test_another_practice_cannot_release_or_see_the_person(settings: Settings, database: Database) -> None:
    person = await in_alarm(database)
    with pytest.raises(Unusable, match="geen alarm open"):
        await alarms.release(settings, "bellein-academie", person.id)
    with pytest.raises(Unusable, match="ken ik niet"):
        await alarms.standing(settings, "onbekend")


async def test_the_doctor_tells_of_alerts_that_did_not_arrive(settings: Settings, database: Database) -> None:
    await in_alarm(database)
    for round_ in range(3):
        await database.write(lambda conn: alerts.claim(conn, NOW + timedelta(minutes=5 * round_)))  # noqa: B023
    lines = [line for line in await examine(settings) if line.subject == "Seintjes mariposha"]
    assert [line.verdict for line in lines] == [Verdict.WRONG] and "nabij alarms mariposha" in lines[0].says
