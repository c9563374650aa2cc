"""What processes tell each other: in few payloads, in time, and not to themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.store.database import Database, async_url
from bot.store.notices import Notice, Notices, read
from tests.fakes import database_at

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def test_notices_that_wait_are_told_as_one() -> None:
    both = Notice(accounts=frozenset({"a"}), next_at=NOW + timedelta(hours=1)) | Notice(
        accounts=frozenset({"b"}), next_at=NOW, chats=frozenset({"c"}), workers=True
    )
    assert both == Notice(accounts=frozenset({"a", "b"}), next_at=NOW, chats=frozenset({"c"}), workers=True)


@pytest.mark.parametrize(
    "notice",
    [
        Notice(workers=True),
        Notice(next_at=NOW),
        Notice(left=frozenset({"a mark"})),
        Notice(
            accounts=frozenset(f"practice-{number}:telegram" for number in range(301)),
            chats=frozenset(f"mark {number}" for number in range(120)),
            next_at=NOW,
        ),
    ],
)
def test_a_notice_comes_over_whole_in_payloads_that_postgresql_takes(notice: Notice) -> None:
    payloads = list(notice.written("me"))
    assert all(len(payload.encode()) < 8_000 for payload in payloads)
    heard = Notice()
    for payload in payloads:
        said = read(payload)
        assert said is not None and said[0] == "me"
        heard |= said[1]
    assert heard == notice


def test_what_says_nothing_is_not_sent() -> None:
    assert list(Notice().written("me")) == []


@pytest.mark.parametrize(
    "payload", ["", "[]", "{}", "3", '{"from": "x", "next": "soon"}', '{"from": 1, "accounts": 2}']
)
def test_a_payload_of_another_version_is_passed_over(payload: str) -> None:
    assert read(payload) is None


class Process:
    """Its notices, and what it heard."""

    def __init__(self, database: Database, url: str) -> None:
        self.heard = Notice()
        self.listening: list[bool] = []
        self.changed = asyncio.Event()
        self.notices = Notices(database, async_url(url), self._hear, self._listens)

    def _hear(self, notice: Notice) -> None:
        self.heard |= notice
        self.changed.set()

    def _listens(self, is_listening: bool) -> None:  # noqa: FBT001 -- a fact
        self.listening.append(is_listening)
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(15):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def database(postgres_database_url: str) -> AsyncIterator[Database]:
    async with database_at(postgres_database_url) as opened:
        yield opened


@pytest.mark.postgres
async def test_another_process_hears_it_and_the_one_that_tells_does_not(
    database: Database, postgres_database_url: str
) -> None:
    here, there = Process(database, postgres_database_url), Process(database, postgres_database_url)
    for process in (here, there):
        process.notices.start()
        await process.until(lambda: process.notices.is_listening)  # noqa: B023 -- used within the loop
    for number in range(500):
        here.notices.tell(Notice(accounts=frozenset({f"practice-{number}:telegram"})))
    await there.until(lambda: len(there.heard.accounts) == 500)
    there.notices.tell(Notice(workers=True))
    await here.until(lambda: here.heard.workers)
    assert here.heard == Notice(workers=True)
    for process in (here, there):
        await process.notices.close()
    assert here.listening == [True, False]


@pytest.mark.postgres
async def test_a_lost_connection_is_made_again_and_everybody_is_told_to_look(
    database: Database, postgres_database_url: str
) -> None:
    here = Process(database, postgres_database_url)
    here.notices.start()
    await here.until(lambda: here.notices.is_listening)
    async with database.read() as conn:
        await conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        )
    await here.until(lambda: here.listening == [True, False, True])
    await here.notices.close()
