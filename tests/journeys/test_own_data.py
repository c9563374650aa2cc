"""A person reads, takes along and erases what is kept of it: on both channels, over both databases."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema
import pytest
from sqlalchemy import select, update

from bot.exports import schema
from bot.store import erasure
from bot.store.base import Base
from bot.store.database import Database
from bot.store.tables import ExportLinkRow
from tests.journeys.people import InWebChat, OnTelegram, Story
from tests.journeys.test_the_main_job import enrolled

pytestmark = pytest.mark.slow

SECRET = "mijn kat heet Zeldzaamwoord"


async def rows_of_persons(database: Database) -> dict[str, int]:
    async with database.read() as conn:
        found = {}
        for table in Base.metadata.sorted_tables:
            if table.name == "subscribers" or "subscriber_id" in table.columns:
                its = (await conn.execute(select(table))).mappings().all()
                # An update's number and a count are nobody's.
                found[table.name] = sum(1 for row in its if row.get("subscriber_id", row.get("id")) is not None)
    return {name: number for name, number in found.items() if number}


async def link_in(story: Story) -> str:
    """The path of the newest link to the person's data in the web chat."""
    assert isinstance(story.person, InWebChat)
    _, line = await story.person.hears(2)
    assert "kwartier" in line.text
    newest = (await story.person.reads())[-1]["html"]
    found = re.search(r'href="http://[^/"]+(/gegevens/[^"]+)"', newest)
    assert found is not None, newest
    return found[1]


def client_of(story: Story) -> httpx.AsyncClient:
    assert isinstance(story.person, InWebChat)
    return story.person._client


async def post(story: Story, path: str, als: str) -> httpx.Response:
    client = client_of(story)
    return await client.post(path, data={"als": als}, headers={"Origin": "http://nabij.test", "Accept": "text/html"})


def keeps_to_the_schema(data: str) -> dict[str, Any]:
    export: dict[str, Any] = json.loads(data)
    jsonschema.Draft202012Validator(json.loads(schema())).validate(export)
    return export


async def test_my_data_is_two_files_on_telegram_and_a_one_time_link_in_the_web_chat(monday: Story) -> None:
    await enrolled(monday)
    await monday.person.says(SECRET)
    await monday.person.hears()
    await monday.person.says("mijn gegevens")
    if isinstance(monday.person, OnTelegram):
        await monday.person.hears(3)
        page, data = monday.person._person.received[-2:]
        assert "Zeldzaamwoord" in page.file and "<h1>" in page.file
        export = keeps_to_the_schema(data.file)
    else:
        path = await link_in(monday)
        for _ in range(3):
            preview = await client_of(monday).get(path, headers={"Accept": "text/html"})
            assert preview.status_code == 200 and "Zeldzaamwoord" not in preview.text
            assert preview.headers["cache-control"] == "no-store"
        shown = await post(monday, path, "look")
        assert "Zeldzaamwoord" in shown.text and "no-store" in shown.headers["cache-control"]
        assert (await post(monday, path, "look")).status_code == 410
        again = re.search(r'action="(/gegevens/[^"]+)"', shown.text)
        assert again is not None
        saved = await post(monday, again[1], "data")
        assert saved.headers["content-disposition"] == 'attachment; filename="mijn-gegevens.json"'
        export = keeps_to_the_schema(saved.text)
        assert (await post(monday, again[1], "page")).status_code == 410
    assert any(SECRET in line["text"] for line in export["conversation"])
    assert export["enrollments"] and export["consents"][0]["name"] == "daily"


async def test_the_link_dies_after_a_quarter_of_an_hour_and_with_the_next_one(monday: Story) -> None:
    if isinstance(monday.person, OnTelegram):
        pytest.skip("Telegram carries files")
    await monday.person.says("hoi")
    await monday.person.hears()
    await monday.person.says("mijn gegevens")
    first = await link_in(monday)
    await monday.person.says("mijn gegevens")
    second = await link_in(monday)
    assert (await post(monday, first, "look")).status_code == 410
    async with monday.app.database.read() as conn:
        [row] = (await conn.execute(select(ExportLinkRow))).all()
    assert row.digest not in second and second.rpartition("/")[2] not in str(row)
    old = datetime.now(UTC) - timedelta(minutes=15, seconds=1)
    await monday.app.database.write(lambda conn: conn.execute(update(ExportLinkRow).values(made_at=old)))
    late = await post(monday, second, "look")
    assert late.status_code == 410 and "werkt niet meer" in late.text


async def test_another_site_cannot_use_the_link_up(monday: Story) -> None:
    if isinstance(monday.person, OnTelegram):
        pytest.skip("Telegram carries files")
    await monday.person.says("hoi")
    await monday.person.hears()
    await monday.person.says("mijn gegevens")
    path = await link_in(monday)
    foreign = await client_of(monday).post(path, data={"als": "look"}, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert (await post(monday, path, "look")).status_code == 200


async def test_erase_takes_everything_and_who_comes_back_is_somebody_new(monday: Story) -> None:
    await enrolled(monday)
    await monday.person.says(SECRET)
    await monday.person.hears()
    await monday.person.says("wis alles")
    await monday.person.hears()
    await monday.person.taps("Ja, wis alles")
    (receipt,) = await monday.person.hears() if isinstance(monday.person, OnTelegram) else [await newest(monday)]
    assert "gewist, op een code zonder naam na, als bewijs, 5 jaar" in receipt.text
    left = await rows_of_persons(monday.app.database)
    assert left == {"subscribers": 1, "addresses": 1, "messages": 1, "erasures": 1}
    over = datetime.now(UTC) + erasure.RECEIPT_WITHIN
    assert await monday.app.database.write(lambda conn: erasure.finish(conn, over)) == 1
    assert await rows_of_persons(monday.app.database) == {}
    await monday.until("2026-03-20 12:00")
    assert await rows_of_persons(monday.app.database) == {}
    await monday.person.says("hechting")
    if isinstance(monday.person, OnTelegram):
        explanation, _ = await monday.person.hears(2)
        assert "Ik ben een bot" in explanation.text
    assert (await rows_of_persons(monday.app.database))["subscribers"] == 1


async def newest(story: Story) -> Any:
    """The web chat begins anew with the receipt."""
    assert isinstance(story.person, InWebChat)
    story.person._heard = 0
    (line,) = await story.person.hears()
    return line


async def test_taking_a_consent_back_is_as_easy_as_giving_it(monday: Story) -> None:
    await enrolled(monday)
    await monday.person.says("menu")
    await monday.person.hears()
    await monday.person.taps("Mijn gegevens")
    await monday.person.hears()
    await monday.person.taps("Toestemmingen")
    await monday.person.hears()
    await monday.person.taps("Intrekken: elke dag")
    (withdrawn,) = await monday.person.hears()
    assert "ingetrokken" in withdrawn.text
    await monday.until("2026-04-20 12:00")
    await monday.person.silence()
