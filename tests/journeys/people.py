"""A person who talks to the running bot, on Telegram or in the web chat, and the time that passes meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from bot.app import App, opened
from bot.clock import SteppingClock
from bot.core.schedule import local, zone_of
from bot.settings import AlertSettings, PracticeSettings, Settings, SmtpSettings, TelegramSettings
from bot.store.migrate import migrate
from tests.stubs.telegram import TOKEN, TelegramStub
from tests.stubs.telegram_world import Person as TelegramPerson

ZONE = "Europe/Amsterdam"
CONTENT = Path(__file__).parents[2] / "content"
KEY = "bmFiaWotdGVzdC1rZXktMzItYnl0ZXMtbG9uZyEhISE="


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as the person reads it, with the clock's local moment at which it was seen."""

    at: str
    text: str
    labels: list[str]


class Person(Protocol):
    """Someone on a channel."""

    async def opens(self, payload: str = "") -> None: ...
    async def says(self, text: str) -> None: ...
    async def taps(self, label: str) -> None: ...
    async def hears(self, count: int = 1) -> list[Heard]:
        """The next messages; fails when they don't come within some real seconds."""

    async def newest_link(self) -> str:
        """Address of the newest link in what was heard."""

    async def silence(self) -> None:
        """Fails when a message has come that was not heard."""


@dataclass
class Story:
    """The running app and the person in it."""

    app: App
    person: Person
    clock: SteppingClock
    telegram: TelegramStub
    browser: httpx.AsyncClient
    """Somebody's browser, for pages of ours."""

    def now(self) -> str:
        return f"{local(self.clock.now(), ZONE):%Y-%m-%d %H:%M}"

    async def until_soon(self) -> None:
        """A little real time, and half a minute of the clock."""
        await asyncio.sleep(0.02)
        async with asyncio.timeout(30):
            await self.clock.advance(timedelta(seconds=30))

    async def until(self, wall: str) -> None:
        """Time passes to a local moment, through everything that is due on the way."""
        there = datetime.fromisoformat(wall).replace(tzinfo=zone_of(ZONE))
        async with asyncio.timeout(30):
            await self.clock.advance(there - self.clock.now())
        await asyncio.sleep(0)


class OnTelegram:
    def __init__(self, person: TelegramPerson, clock: SteppingClock) -> None:
        self._person = person
        self._clock = clock

    async def opens(self, payload: str = "") -> None:
        self._person.opens(payload)

    async def says(self, text: str) -> None:
        self._person.says(text)

    async def taps(self, label: str) -> None:
        on = next(sent for sent in reversed(self._person.received) if label in sent.labels)
        self._person.taps(label, on)

    async def hears(self, count: int = 1) -> list[Heard]:
        at = f"{local(self._clock.now(), ZONE):%Y-%m-%d %H:%M}"
        return [Heard(at, sent.text, sent.labels) for sent in await self._person.hears(count)]

    async def edits(self, text: str) -> None:
        self._person.edits(text)

    async def shows(self, caption: str) -> None:
        self._person.sends(caption)

    async def newest_link(self) -> str:
        return unescape(re.findall(r'href="([^"]*)"', self._person.received[-1].raw)[-1])

    async def silence(self) -> None:
        await asyncio.sleep(0.05)
        assert len(self._person.received) == self._person._heard


class InWebChat:
    """What the chat page does, by the same routes."""

    def __init__(self, client: httpx.AsyncClient, slug: str) -> None:
        self._client = client
        self._slug = slug
        self._token = ""
        self._said = 0
        self._lines: list[dict[str, Any]] = []
        self._heard = 0

    async def _open(self) -> None:
        if not self._token:
            page = await self._client.get(f"/chat/{self._slug}", headers={"Accept": "text/html"})
            found = re.search(r'data-token="([^"]*)"', page.text)
            assert found is not None, page.status_code
            self._token = unescape(found[1])

    async def _post(self, path: str, **body: Any) -> None:
        await self._open()
        headers = {"Origin": str(self._client.base_url).rstrip("/"), "X-Nabij-Token": self._token}
        answer = await self._client.post(f"/chat/{self._slug}/{path}", json=body, headers=headers)
        assert answer.is_success, answer.text

    async def _say(self, **body: Any) -> None:
        self._said += 1
        await self._post("messages", id=f"said-{self._said:05}", **body)

    async def opens(self, payload: str = "") -> None:
        await self._say(start=payload or "hoi")

    async def says(self, text: str) -> None:
        await self._say(text=text)

    async def taps(self, label: str) -> None:
        await self._look()
        line = next(line for line in reversed(self._lines) if label in line["buttons"])
        await self._say(message=line["id"], button=line["buttons"].index(label))

    async def _look(self) -> None:
        history = await self._client.get(f"/chat/{self._slug}/history", params={"before": 2**50})
        assert history.is_success, history.text
        lines = history.json()["lines"]
        self._lines = [line for line in lines if not line["you"]]
        if lines:
            await self._post("ack", seq=lines[-1]["seq"])

    async def hears(self, count: int = 1) -> list[Heard]:
        async with asyncio.timeout(5):
            while True:
                await self._look()
                if len(self._lines) >= self._heard + count:
                    break
                await asyncio.sleep(0.01)
        new = self._lines[self._heard : self._heard + count]
        self._heard += count
        zone = zone_of(ZONE)
        return [
            Heard(
                f"{datetime.fromisoformat(line['at']).astimezone(zone):%Y-%m-%d %H:%M}", _plain(line), line["buttons"]
            )
            for line in new
        ]

    async def newest_link(self) -> str:
        return unescape(re.findall(r'href="([^"]*)"', self._lines[-1]["html"])[-1])

    async def reads(self) -> list[dict[str, Any]]:
        """Everything that the bot has said in this chat."""
        await self._look()
        return self._lines

    async def silence(self) -> None:
        await asyncio.sleep(0.05)
        await self._look()
        assert len(self._lines) == self._heard, self._lines[self._heard :]


def _plain(line: dict[str, Any]) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", line["html"]))


def content_of(practice: str, folder: Path) -> Path:
    """The content of one practice alone, so that a story does not wait for all of them to be read."""
    others = [other.name for other in (CONTENT / "practices").iterdir() if other.name != practice]
    copytree(CONTENT, folder, ignore=ignore_patterns(*others), dirs_exist_ok=True)
    return folder


@asynccontextmanager
async def story(
    channel: str,
    database_url: str,
    folder: Path,
    start: str = "2026-03-02 10:00",
    practice: str = "mariposha",
    alert: AlertSettings | None = None,
    smtp: SmtpSettings | None = None,
    public_url: str = "",
) -> AsyncIterator[Story]:
    """The whole app over the database. Its clock begins at a local moment and runs ten times as fast as real time,
    so that rate limits pass; the test moves it from day to day."""
    await migrate(database_url)
    async with TelegramStub() as stub:
        begin = datetime.fromisoformat(start).replace(tzinfo=zone_of(ZONE))
        telegram = TelegramSettings(token=SecretStr(TOKEN), rate=1000)
        settings = Settings(
            _env_file=None,
            data_dir=folder,
            database_url=database_url,
            content_dir=content_of(practice, folder / "content"),
            secret_key=SecretStr(KEY),
            telegram_api_url=stub.url,
            practices={
                practice: PracticeSettings(
                    telegram=telegram if channel == "telegram" else None, alert=alert or AlertSettings()
                )
            },
            smtp=smtp,
            public_url=public_url,
            clock_start=begin,
            clock_speed=10,
            new_visitors_per_hour=1000,
        )
        async with opened(settings) as app:
            assert isinstance(app.clock, SteppingClock)
            transport = httpx.ASGITransport(app=app.web)
            async with httpx.AsyncClient(transport=transport, base_url="http://nabij.test") as client:
                person: Person = (
                    OnTelegram(stub.user(7), app.clock) if channel == "telegram" else InWebChat(client, practice)
                )
                yield Story(app, person, app.clock, stub, client)
