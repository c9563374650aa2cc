"""The bot as a process of its own, to be killed and starved, between a platform with a ledger and its database."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text

from bot.core.messages import Channel
from bot.store.crypt import Keys
from tests.bench.people import FIRST_CHAT, KEY, PRACTICE, Crowd, add_people, opened, queue_lessons, tomorrow_at_eight
from tests.faults.nursery import Nursery, Run
from tests.faults.oracle import OPEN, Judged, Records, Truth, judge, read_ledger
from tests.journeys.people import CONTENT
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Person

BOTS: Final = {"mariposha": "123456:" + "stub" * 9, "bellein-academie": "234567:" + "stub" * 9}
"""Tokens of the practices; the username of each bot is its practice's."""
WORDS: Final = {"mariposha": "HECHTING", "bellein-academie": "SPANNING"}
STARTS_WITHIN: Final = 60.0
"""Real seconds; the machine may be busy with other tests."""
STOPS_WITHIN: Final = 35.0
ANSWERS: Final = 2
"""Messages after a keyword: its explanation and its exercise."""
_WAIT_AT_MOST: Final = 30
DRAINED_WITHIN: Final = 60.0
"""Real seconds, beside the lease of an owner that was killed."""


def platform(folder: Path, latency: float = 0.0, practices: Sequence[str] = tuple(BOTS)) -> TelegramStub:
    """With a bot for each practice and its ledger in `folder`."""
    return TelegramStub({BOTS[one]: one for one in practices}, ledger=folder / "ledger", latency=latency)


def content_of(folder: Path, practices: Sequence[str] = tuple(BOTS)) -> Path:
    """A content folder of these practices alone, so that a start does not read all of them."""
    others = [one.name for one in (CONTENT / "practices").iterdir() if one.name not in practices]
    shutil.copytree(CONTENT, folder / "content", ignore=shutil.ignore_patterns(*others), dirs_exist_ok=True)
    return folder / "content"


@dataclass
class Serving:
    """`nabij serve` in `folder`, polling the platform. Its clock runs fast, so that waits for a resend pass."""

    folder: Path
    stub: TelegramStub
    nursery: Nursery
    settings: Mapping[str, str] = field(default_factory=dict)
    """More settings, without their prefix."""
    database_url: str = ""
    practices: Sequence[str] = tuple(BOTS)
    before: Callable[[], None] | None = None
    """What each process calls before it begins (`tests.faults.hooks`)."""

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self.data.mkdir(exist_ok=True)
        self.log = self.folder / "serve.log"
        self._log_began = 0
        self.database_url = self.database_url or f"sqlite+aiosqlite:///{(self.data / 'nabij.sqlite3').resolve()}"
        self.records = Records(self.database_url, Keys([KEY]))
        self.stops: dict[tuple[str, int], tuple[str, int]] = {}
        mine = {
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": KEY,
            "CONTENT_DIR": str(content_of(self.folder, self.practices)),
            "PORT": "0",
            "TELEGRAM_API_URL": self.stub.url,
            "CLOCK_START": datetime.now(UTC).isoformat(),
            "CLOCK_SPEED": "20",
        }
        for practice in self.practices:
            prefix = f"PRACTICES__{practice.upper().replace('-', '_')}__TELEGRAM__"
            mine |= {f"{prefix}TOKEN": BOTS[practice], f"{prefix}RATE": "100"}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NABIJ_")}
        ours = {f"NABIJ_{name}": value for name, value in (mine | dict(self.settings)).items() if value}
        self.environment = inherited | ours

    async def settle(self, people: int, lessons: int) -> None:
        """People at the first practice, for some of whom a lesson is ready; the platform knows them all."""
        database = await opened(self.database_url)
        try:
            await add_people(database, Crowd(people, tomorrow_at_eight(datetime.now(UTC))))
            if lessons:
                await queue_lessons(database, lessons)
        finally:
            await database.close()
        for number in range(1, people + 1):
            self.person(number)

    def person(self, number: int) -> Person:
        """One of the settled people, by number from 1."""
        return self.stub.user(FIRST_CHAT + number, bot=PRACTICE)

    def says_stop(self, practice: str, person: Person) -> None:
        self.stops[practice, person.chat] = (practice, person.says("STOP"))

    @asynccontextmanager
    async def process(self, **more: str) -> AsyncIterator[Run]:
        """The running process, with more in its environment; killed at the end of the context when it still runs."""
        self._log_began = self.log.stat().st_size if self.log.exists() else 0
        run = await self.nursery.run(["serve"], self.environment | more, self.log, before=self.before)
        try:
            yield run
        finally:
            run.send(signal.SIGKILL)
            await run.end()

    async def command(self, *arguments: str) -> None:
        """`nabij ARGUMENTS`, which has to succeed."""
        log = self.folder / "command.log"
        log.unlink(missing_ok=True)
        run = await self.nursery.run(arguments, self.environment, log)
        async with asyncio.timeout(STARTS_WITHIN):
            assert await run.end() == 0, log.read_text()

    async def address(self, run: Run) -> str:
        """Where it answers, once it does."""
        found: list[str] = []

        def told() -> bool:
            if self.log.exists():
                found[:] = re.findall(r"Nabij draait op (\S+)\.\n", self.said())
            return bool(found) or run.ended.done()

        await comes_true(told, STARTS_WITHIN, self.end_of_log)
        assert found, self.end_of_log()
        return found[-1]

    def said(self) -> str:
        """What the newest process has logged so far."""
        with self.log.open("rb") as log:
            log.seek(self._log_began)
            return log.read().decode(errors="replace")

    async def dies(self, run: Run) -> None:
        """Waits until the process was killed; fails when it ended in any other way."""
        async with asyncio.timeout(STARTS_WITHIN):
            assert await run.end() == -signal.SIGKILL, self.end_of_log()

    async def stops_by_itself(self, run: Run) -> float:
        """Asks it to stop and returns the real seconds that it took."""
        began = asyncio.get_running_loop().time()
        run.send(signal.SIGTERM)
        async with asyncio.timeout(STOPS_WITHIN):
            assert await run.end() == 0, self.end_of_log()
        return asyncio.get_running_loop().time() - began

    async def drains(self, within: float = DRAINED_WITHIN) -> float:
        """Waits until every update is confirmed and every message has ended; returns the real seconds it took."""
        began = asyncio.get_running_loop().time()
        await comes_true(self.is_drained, within, self.story_so_far)
        return asyncio.get_running_loop().time() - began

    def is_drained(self) -> bool:
        waiting = any(self.stub.bot(one).updates for one in self.practices)
        return not waiting and not OPEN & self.records.states().keys()

    def buried(self) -> None:
        """The killed process's lease is over, without waiting for it: how long it lasts is other tests' business."""
        if not self.database_url.startswith("sqlite"):
            with self.records.connected() as conn, conn.begin():
                conn.execute(text("UPDATE workers SET lease_until = now() - interval '1 minute'"))

    def in_flight(self) -> int:
        return self.records.states()["sending"] if self.is_migrated() else 0

    def is_migrated(self) -> bool:
        file = self.data / "nabij.sqlite3"
        return not self.database_url.startswith("sqlite") or (file.exists() and file.stat().st_size > 0)

    def judged(self, *, but_for: Collection[int] = ()) -> Judged:
        """By what is on the disks now, leaving the chats `but_for` out."""
        confirmed = {
            (practice, update): at
            for practice in self.practices
            for update, at in self.stub.bot(practice).confirmed.items()
        }
        return judge(
            Truth(
                rows=[row for row in self.records.rows() if row.chat not in but_for],
                ledger=[sent for sent in read_ledger(self.folder / "ledger") if sent.chat not in but_for],
                practices={practice: practice for practice in self.practices},
                confirmed=confirmed,
                received=self.records.received(),
                stops=self.stops,
            )
        )

    def story_so_far(self) -> str:
        waiting = {one: len(self.stub.bot(one).updates) for one in self.practices}
        return f"unconfirmed: {waiting}; messages: {dict(self.records.states())}\n{self.end_of_log()}"

    def end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else "no log"


@dataclass
class Load:
    """People who keep coming: somebody new at each practice every so often, and now and then a STOP from somebody
    whose lesson is still waiting. Nobody comes while many wait for their answer: what piles up tells nothing more."""

    serving: Serving
    every: float = 0.1
    """Real seconds."""
    leavers: Iterator[int] = field(default_factory=lambda: iter(()))
    """Numbers of settled people who say STOP, one for each five newcomers."""
    chats: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))
    waiting: list[Person] = field(default_factory=list)

    @asynccontextmanager
    async def coming(self) -> AsyncIterator[None]:
        going_on = asyncio.create_task(self._come())
        try:
            yield
        finally:
            going_on.cancel()
            await asyncio.wait([going_on])

    async def _come(self) -> None:
        while True:
            for _ in range(5):
                self.waiting = [person for person in self.waiting if len(person.received) < ANSWERS]
                if len(self.waiting) < _WAIT_AT_MOST:
                    self.waiting += self.newcomer()
                await asyncio.sleep(self.every)
            leaver = next(self.leavers, None)
            if leaver is not None:
                self.serving.says_stop(PRACTICE, self.serving.person(leaver))

    def newcomer(self) -> list[Person]:
        """The same chat at each practice: what is said in the one is never said in the other."""
        chat = next(self.chats)
        people = [self.serving.stub.user(chat, bot=practice) for practice in self.serving.practices]
        for practice, person in zip(self.serving.practices, people, strict=True):
            person.says(WORDS[practice])
        return people


async def comes_true(holds: Callable[[], bool], within: float, otherwise: Callable[[], str]) -> None:
    """Looks again and again at another process's doings, for which there is no event."""
    deadline = asyncio.get_running_loop().time() + within
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, otherwise()
        await asyncio.sleep(0.05)


def account(practice: str) -> str:
    return f"{practice}:{Channel.TELEGRAM}"
