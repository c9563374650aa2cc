"""A real Chromium in front of the small house: a site that can be cut off, and phones that look at it.

Every phone fails its test afterwards when its console held an error, which is also how Chromium tells of a broken
content security policy.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from bot.app import App
from bot.app import opened as opened_app
from bot.core.messages import Address, Button, Channel, Kind, Lane, Outgoing
from bot.settings import Settings
from tests.web.house import House, open_house, practice

CONTENT = Path(__file__).parents[2] / "content"
START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
CUT_OFF = "Failed to load resource"
"""What Chromium's console says of each request that found no server: expected where a test takes the server away."""


@dataclass
class Site:
    """The house on a port of this machine, whose cable can be pulled."""

    house: House
    port: int = 0
    _server: uvicorn.Server | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(self.house.web, log_config=None, lifespan="off", ws="none"))
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:  # noqa: ASYNC110 -- the server tells it by nothing else
            await asyncio.sleep(0.005)

    async def cut(self) -> None:
        """No farewell: every connection breaks, and nothing listens any more."""
        assert self._server is not None
        assert self._task is not None
        self._server.should_exit = self._server.force_exit = True
        await self._task
        # Whoever was let in at the last moment would be served on.
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()


@dataclass
class Phone:
    """One tab. `lines` are the texts of the bubbles, in order."""

    page: Page
    site: Site
    problems: list[str] = field(default_factory=list)
    may_lose_the_line: bool = False

    def watch(self) -> None:
        self.page.on("pageerror", lambda error: self.problems.append(f"{error}"))
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not (self.may_lose_the_line and CUT_OFF in message.text):
            self.problems.append(f"{message.type}: {message.text}")

    async def opens(self, path: str = "/chat/mariposha") -> None:
        await self.page.goto(self.site.address + path)

    async def says(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.press("#text", "Enter")

    async def lines(self) -> list[str]:
        return await self.page.locator(".line:not(.pending) .text").all_inner_texts()

    async def has_lines(self, number: int) -> list[str]:
        """Waits until there are so many lines, and none that is still on its way."""
        await self.page.wait_for_function(
            "number => document.querySelectorAll('.line:not(.pending)').length === number"
            " && !document.querySelector('.pending')",
            arg=number,
            timeout=10_000,
        )
        return await self.lines()

    async def visitor(self) -> Address:
        cookies = await self.page.context.cookies()
        value = next(str(one.get("value")) for one in cookies if one.get("name") == "nabij-mariposha")
        return Address(Channel.WEBCHAT, "mariposha:webchat", value.rpartition(".")[0])

    async def js(self, script: str, argument: Any = None) -> Any:
        return await self.page.evaluate(script, argument)


OpenPhone = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """The whole bot with its own content, as `make demo` starts it, on a day in March 2026 at ten in the morning."""
    settings = Settings(data_dir=tmp_path / "data", content_dir=CONTENT, demo=True, clock_start=START)
    async with opened_app(settings) as running:
        yield running


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, practice(), practice("bellein", "Bellein Academie"), demo=True) as opened:
        yield opened


@pytest.fixture
async def site(house: House) -> AsyncIterator[Site]:
    site = Site(house)
    await site.start()
    yield site
    house.hub.close()
    await site.cut()


@pytest.fixture
async def phone(chromium: Browser, site: Site) -> AsyncIterator[OpenPhone]:
    """`await phone()` is a new person's phone; `phone(beside=other)` another tab of the same browser."""
    phones: list[Phone] = []

    async def make(beside: Phone | None = None, **context: Any) -> Phone:
        browser: BrowserContext = (
            beside.page.context
            if beside
            else await chromium.new_context(**({"viewport": {"width": 390, "height": 844}} | context))
        )
        made = Phone(await browser.new_page(), site)
        made.watch()
        phones.append(made)
        return made

    yield make
    problems = [problem for one in phones for problem in one.problems]
    for one in phones:
        await one.page.context.close()
    assert problems == []


def lesson(number: int, *buttons: str) -> Outgoing:
    return Outgoing(
        text=f"**Stap {number}**\n\nMerk het alleen op.",
        kind=Kind.LESSON,
        lane=Lane.LESSON,
        unasked=True,
        buttons=tuple(Button(label, label) for label in buttons),
    )


def states(site: Site, *wanted: str) -> Callable[[], Awaitable[bool]]:
    async def are_so() -> bool:
        return await site.house.states() == list(wanted)

    return are_so


async def opened(phone: OpenPhone) -> Phone:
    anna = await phone()
    await anna.opens()
    return anna
