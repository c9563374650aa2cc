"""Every tab gets every line once, in order, whatever happens to its connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.webchat import STREAMS_PER_CHAT
from bot.core.delivery import Message
from bot.core.messages import Kind, Lane, Outgoing
from bot.store import erasure
from bot.web import stream
from tests.web.house import NOW, House, Visitor, eventually, open_house, says_nothing, served

pytestmark = pytest.mark.slow


@dataclass
class Tab:
    """An open event stream."""

    answer: httpx.Response
    seqs: list[int] = field(default_factory=list)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def until(self, event: str, number: int = 1) -> list[dict[str, Any]]:
        """Listens until `event` was heard `number` times in all; what was heard of it."""
        async with asyncio.timeout(10):
            async for name, data in self._events():
                self.heard.append((name, data))
                if len(self.of(event)) >= number:
                    break
        return self.of(event)

    def of(self, event: str) -> list[dict[str, Any]]:
        return [data for name, data in self.heard if name == event]

    async def _events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        name = ""
        async for line in self._lines:
            kind, _, value = line.partition(": ")
            if kind == "event":
                name = value
            elif kind == "data":
                data = json.loads(value)
                if name == "line":
                    self.seqs.append(data["seq"])
                yield name, data

    def __post_init__(self) -> None:
        self._lines = self.answer.aiter_lines()


@asynccontextmanager
async def tab_of(
    visitor: Visitor, site: str, after: int = 0, mark: str | None = None, **headers: str
) -> AsyncIterator[Tab]:
    params = {"who": visitor.mark if mark is None else mark, "after": str(after)}
    cookies = {f"nabij-{visitor.slug}": visitor.client.cookies[f"nabij-{visitor.slug}"]}
    async with (
        httpx.AsyncClient(base_url=site, cookies=cookies, timeout=20) as client,
        client.stream("GET", f"/chat/{visitor.slug}/events", params=params, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.status_code
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Tab(answer)


@pytest.fixture
async def site(house: House) -> AsyncIterator[str]:
    async with served(house.web, house.hub) as address:
        yield address


@pytest.fixture
async def anna(house: House) -> Visitor:
    visitor = house.visitor()
    await visitor.opens()
    return visitor


def no_streams(house: House) -> Callable[[], Awaitable[bool]]:
    async def none() -> bool:
        return house.hub.streams == 0

    return none


async def test_a_page_whose_person_was_erased_is_told_to_begin_anew(
    house: House, anna: Visitor, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_BEAT", 0.05)
    await anna.says("HECHTING")
    async with tab_of(anna, site) as tab:
        await tab.until("line", 3)
        await house.database.write(lambda conn: erasure.erase_person(conn, "mariposha", 1, 5, NOW))
        await tab.until("gone")
    async with tab_of(anna, site) as tab:
        await tab.until("clock")
        assert tab.seqs == []


async def test_what_was_missed_comes_first_and_then_what_is_said(house: House, anna: Visitor, site: str) -> None:
    await anna.says("HECHTING")
    async with tab_of(anna, site) as tab:
        await tab.until("line", 3)
        await anna.says("RUZIE")
        lines = await tab.until("line", 6)
    assert [line.get("text") for line in lines if line["you"]] == ["HECHTING", "RUZIE"]
    assert tab.seqs == [1, 2, 3, 4, 5, 6]


async def test_a_tab_goes_on_where_it_was(house: House, anna: Visitor, site: str) -> None:
    await anna.says("HECHTING")
    async with tab_of(anna, site) as tab:
        await tab.until("line", 3)
    async with tab_of(anna, site, 1) as tab:
        await tab.until("clock")
        assert tab.seqs == [2, 3]
    async with tab_of(anna, site, 1, **{"Last-Event-ID": "2"}) as tab:
        await tab.until("clock")
        assert tab.seqs == [3]
    for strange in ("", "x", "-1", "9" * 40, "2; 3"):
        async with tab_of(anna, site, 2, **{"Last-Event-ID": strange}) as tab:
            await tab.until("clock")
            assert tab.seqs == [3]


async def test_the_browser_is_told_where_it_is_and_when_to_come_back(house: House, anna: Visitor, site: str) -> None:
    await house.hear(anna.address, "een", "twee")
    async with tab_of(anna, site) as tab:
        raw = ""
        async for chunk in tab.answer.aiter_text():
            raw += chunk
            if "event: clock" in raw:
                break
    assert "retry: 2000" in raw
    assert "id: 1\n" in raw
    assert "id: 2\n" in raw


async def test_two_tabs_are_in_step_with_what_is_typed_in_one(house: House, anna: Visitor, site: str) -> None:
    async with tab_of(anna, site) as one, tab_of(anna, site) as other:
        await anna.says("HECHTING")
        assert await one.until("line", 3) == await other.until("line", 3)


async def test_nobody_hears_another(house: House, anna: Visitor, site: str) -> None:
    bo = house.visitor()
    await bo.opens()
    async with tab_of(bo, site) as tab:
        await anna.says("HECHTING")
        await house.hear(bo.address, "van mij")
        house.hub.wake(bo.address)
        (line,) = await tab.until("line")
    assert line["text"] == "van mij"


async def test_a_stream_of_a_thousand_lines_misses_none(house: House, anna: Visitor, site: str) -> None:
    await house.hear(anna.address, *(f"regel {number}" for number in range(1_000)))
    async with tab_of(anna, site, 10) as tab:
        await tab.until("clock")
    assert tab.seqs == list(range(11, 1_001))


async def test_a_line_that_drops_all_the_time_misses_nothing(house: House, anna: Visitor, site: str) -> None:
    """Each time the tab hears a few lines, is cut off, and comes back with the last it heard."""
    house.answers = says_nothing

    async def talk() -> None:
        for number in range(60):
            await house.hear(anna.address, f"regel {number}")
            house.hub.wake(anna.address)

    talking = asyncio.create_task(talk())
    heard: list[int] = []
    while len(heard) < 60:
        async with tab_of(anna, site, heard[-1] if heard else 0) as tab:
            await tab.until("line", min(7, 60 - len(heard)))
            heard += tab.seqs
    await talking
    assert heard == list(range(1, 61))


async def test_who_goes_away_leaves_nothing_behind(house: House, anna: Visitor, site: str) -> None:
    opened: list[Tab] = []
    async with AsyncExitStack() as tabs:
        for _ in range(5):
            opened.append(await tabs.enter_async_context(tab_of(anna, site)))
            await opened[-1].until("clock")
        assert house.hub.streams == 5
    await eventually(no_streams(house))


async def test_many_open_streams_hold_no_connection_to_the_database(house: House, site: str) -> None:
    opened: list[Tab] = []
    async with AsyncExitStack() as tabs:
        for _ in range(30):
            visitor = house.visitor()
            await visitor.opens()
            opened.append(await tabs.enter_async_context(tab_of(visitor, site)))
            await opened[-1].until("clock")
        assert house.hub.streams == 30
        async with asyncio.timeout(2):
            assert (await house.browser().get("/readyz")).status_code == 200


async def test_one_tab_too_many_closes_the_oldest(house: House, anna: Visitor, site: str) -> None:
    async with tab_of(anna, site) as oldest, AsyncExitStack() as tabs:
        await oldest.until("clock")
        opened: list[Tab] = []
        for _ in range(STREAMS_PER_CHAT):
            opened.append(await tabs.enter_async_context(tab_of(anna, site)))
            await opened[-1].until("clock")
        await oldest.until("full")
        assert [name for name, _ in oldest.heard][-1] == "full"


async def test_who_is_somebody_else_closes_the_tabs_of_before(house: House, anna: Visitor, site: str) -> None:
    async with tab_of(anna, site) as tab:
        await tab.until("clock")
        await anna.posts("forget", {})
        await tab.until("gone")


async def test_a_page_of_before_hears_nothing_of_the_new_visitor(house: House, anna: Visitor, site: str) -> None:
    mark = anna.mark
    await anna.posts("forget", {})
    await anna.opens()
    await anna.says("HECHTING")
    async with tab_of(anna, site, mark=mark) as tab:
        await tab.until("gone")
    assert tab.of("line") == []


async def test_a_server_that_stops_lets_everybody_go(house: House, anna: Visitor, site: str) -> None:
    async with tab_of(anna, site) as tab:
        await tab.until("clock")
        house.hub.close()
        await tab.until("closing")


async def test_a_line_that_nobody_woke_us_for_comes_with_the_next_beat(
    house: House, anna: Visitor, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_BEAT", 0.05)
    async with tab_of(anna, site) as tab:
        await tab.until("clock")
        await house.hear(anna.address, "uit een ander proces")
        (line,) = await tab.until("line")
    assert line["text"] == "uit een ander proces"


async def test_each_beat_tells_the_time_where_the_practice_is(
    house: House, anna: Visitor, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_BEAT", 0.05)
    async with tab_of(anna, site) as tab:
        clock = (await tab.until("clock", 3))[-1]
    assert clock == {"now": NOW.isoformat(), "day": "2026-03-03", "time": "09:00", "short": "di 3 mrt", "speed": 1}


async def test_help_comes_through_while_nothing_can_be_stored(house: House, anna: Visitor, site: str) -> None:
    message = Message(
        id=0,
        practice="mariposha",
        subscriber_id=0,
        address_id=0,
        address=anna.address,
        kind=Kind.ALARM,
        lane=Lane.CRISIS,
        text="Bel [112](tel:112).",
        due_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
        created_at=NOW,
    )
    async with tab_of(anna, site) as tab:
        await tab.until("clock")
        house.hub.speak(message)
        (spoken,) = await tab.until("spoken")
    assert 'href="tel:112"' in spoken["html"]
    assert tab.seqs == []


async def test_a_lesson_of_the_night_is_there_as_unseen(house: House, anna: Visitor, site: str) -> None:
    await house.tell(anna.address, Outgoing(text="Stap 1.", kind=Kind.LESSON, lane=Lane.LESSON, unasked=True))
    async with tab_of(anna, site) as tab:
        (line,) = await tab.until("line")
    assert (line["kind"], line["seen"]) == ("lesson", False)


async def insists(visitor: Visitor, text: str) -> None:
    """As the page does: the same post again for as long as the database says that it is away."""

    async def taken() -> bool:
        return (await visitor.posts("messages", {"id": f"said-{text}", "text": text})).status_code == 200

    await eventually(taken)


async def test_both_databases_tell_the_same_story(tmp_path: Path, database_url: str) -> None:
    async with open_house(tmp_path, url=database_url) as house, served(house.web, house.hub) as site:
        anna = house.visitor()
        await anna.opens()
        async with tab_of(anna, site) as tab:
            for number, word in enumerate(("HECHTING", "RUZIE"), 1):
                await insists(anna, word)
                await tab.until("line", 3 * number)
        assert tab.seqs == [1, 2, 3, 4, 5, 6]
        await anna.posts("ack", {"seq": 6})
        assert await house.states() == ["accepted"] * 4
        await anna.opens()
        assert [line["seq"] for line in anna.lines] == tab.seqs
