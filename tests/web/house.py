"""A small house for tests of the web: the real store, inbox and worker, with a bot that says what a test tells it to.

`Visitor` is a person with a browser that does what the chat page does: it holds the cookie and the page's token.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import select
from starlette.types import ASGIApp

from bot.channels.webchat import Hub, WebChat
from bot.clock import SteppingClock
from bot.core.content.model import Keyword, Library, Practice, Step, StepKind
from bot.core.decision import Decision
from bot.core.messages import Address, Button, Channel, Inbound, InboundKind, Kind, Outgoing
from bot.core.subscriber import Subscriber
from bot.core.turn import Reach
from bot.inbox import Core, Inbox
from bot.store import decisions, inbound, subscribers
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.migrate import migrate
from bot.store.tables import InboundRow, MessageRow
from bot.web.services import Services, WebhookPort
from bot.web.site import create_web
from bot.worker import Worker

NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
"""A Tuesday, 09:00 in Amsterdam."""
SITE = "http://nabij.test"

Answer = Callable[[Inbound], Sequence[Outgoing]]


def practice(slug: str = "mariposha", name: str = "Mariposha, praktijk voor relatie- en traumatherapie") -> Practice:
    exercise = Step(id="voeten", kind=StepKind.EXERCISE, text="Zet je voeten neer.")

    def keyword(word: str, about: str) -> Keyword:
        return Keyword(name=word, about=about, explanation="Uitleg.", exercise=exercise, nudges=("1", "2", "3"))

    words = {"HECHTING": "Waarom nabijheid soms zo ingewikkeld voelt", "RUZIE": "Uit de kring van dezelfde ruzie"}
    return Practice(
        slug=slug,
        name=name,
        short_name=name.split(",")[0],
        keywords={word: keyword(word, about) for word, about in words.items()},
        programs={},
        phrases={},
    )


def explains(said: Inbound) -> Sequence[Outgoing]:
    """The usual bot of these tests: an explanation and an exercise for a word, thanks for a tap, welcome for a link."""
    if said.kind is InboundKind.START:
        return (Outgoing(text="Welkom.", kind=Kind.WELCOME),)
    if said.kind is InboundKind.BUTTON:
        return (Outgoing(text=f"Dank je ({said.action})."),)
    buttons = (Button("Gedaan", "done"), Button("Elke dag een stap", "daily"), Button("Liever geen vervolg", "none"))
    return (
        Outgoing(text="Hechting gaat over **nabijheid**.", kind=Kind.EXPLANATION),
        Outgoing(
            text="1. Zet je voeten neer.\n2. Adem uit.\n\nIn nood: [112](tel:112).", kind=Kind.EXERCISE, buttons=buttons
        ),
    )


def says_nothing(_: Inbound) -> Sequence[Outgoing]:
    return ()


@dataclass(kw_only=True)
class House:
    database: Database
    clock: SteppingClock
    hub: Hub
    services: Services
    web: ASGIApp
    worker: Worker
    answers: Answer = explains
    client_address: str = "192.0.2.7"
    _told: int = 0

    def respond(self, said: Inbound, subscriber: Subscriber, _: Practice, now: datetime, __: Reach | None) -> Decision:
        return Decision(subscriber=subscriber, messages=tuple(self.answers(said)))

    async def tell(self, address: Address, *messages: Outgoing) -> None:
        """The bot says something of itself."""
        self._told += 1
        cause, slug, now = f"test:{self._told}", address.account.partition(":")[0], self.clock.now()

        async def told(conn: Any) -> None:
            person = await subscribers.find_or_create(conn, slug, address, zone="Europe/Amsterdam", now=now)
            await decisions.record(conn, slug, Decision(subscriber=person, messages=messages), cause, now, "v1")

        await self.database.write(told)
        self.worker.wake([address.account], None)

    async def hear(self, address: Address, *texts: str) -> None:
        """The person has said all this before, one thing after the other, and nothing was answered."""
        slug, now = address.account.partition(":")[0], self.clock.now()

        async def heard(conn: Any) -> None:
            person = await subscribers.find_or_create(conn, slug, address, zone="Europe/Amsterdam", now=now)
            for text in texts:
                self._told += 1
                said = Inbound(address=address, external_id=f"before:{self._told}", kind=InboundKind.TEXT, text=text)
                await inbound.admit(conn, slug, person, said, now)

        await self.database.write(heard)

    async def states(self) -> list[str]:
        """States of every message, in the order in which they were made."""
        async with self.database.read() as conn:
            return list(await conn.scalars(select(MessageRow.state).order_by(MessageRow.id)))

    async def received(self) -> int:
        async with self.database.read() as conn:
            return len(list(await conn.scalars(select(InboundRow.id))))

    def browser(self, **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.web, client=(self.client_address, 4711), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=options.pop("base_url", SITE), **options)

    def visitor(self, slug: str = "mariposha") -> Visitor:
        return Visitor(self, slug, self.browser())

    def rebuilt(self, **changes: Any) -> House:
        """The same house with other Services."""
        services = replace(self.services, **changes)
        return replace(self, services=services, web=create_web(services))


@asynccontextmanager
async def open_house(
    folder: Path,
    *practices: Practice,
    demo: bool = False,
    url: str = "",
    webhooks: Mapping[str, WebhookPort] | None = None,
) -> AsyncIterator[House]:
    """A running house; its clock stands still unless the test moves it."""
    url = url or f"sqlite+aiosqlite:///{folder / 'nabij.sqlite3'}"
    await migrate(url)
    database = await open_database(url, Keys.load(folder, None, rows_exist=False))
    standing = 0.0
    clock = SteppingClock(NOW, 1.0, real_seconds=lambda: standing)
    hub = Hub()
    of_slug = {one.slug: one for one in practices or (practice(),)}
    library = Library(practices=of_slug, version="v1")
    channels = {f"{slug}:{Channel.WEBCHAT}": WebChat(slug, hub) for slug in of_slug}
    house: House
    worker: Worker

    def respond(*turn: Any) -> Decision:
        return house.respond(*turn)

    def wake(accounts: Collection[str], when: datetime | None) -> None:
        worker.wake(accounts, when)

    def nothing_due(subscriber: Subscriber, _: Practice, __: datetime) -> Decision:
        return Decision(subscriber=subscriber)

    core = Core(
        respond=respond,
        joined=nothing_due,
        next_at=lambda *_: None,
        is_stop=lambda _: False,
        crisis=lambda *_: None,
    )
    inbox = Inbox(
        database,
        lambda: library,
        clock,
        wake,
        lambda *_: Reach(),
        core=core,
        channels=channels,
    )
    worker = Worker(database, lambda: library, clock, list(channels.values()), inbox.deliver, plan=nothing_due)
    services = Services(
        database=database,
        library=lambda: library,
        receive=inbox.deliver,
        clock=clock,
        stepping=clock if demo else None,
        hub=hub,
        accounts=worker.accounts,
        webhooks=webhooks or {},
        cookie_secret="a secret of tests",
        version="0.1",
        demo=demo,
    )
    house = House(database=database, clock=clock, hub=hub, services=services, web=create_web(services), worker=worker)
    worker.start()
    try:
        yield house
    finally:
        hub.close()
        await worker.stop()
        await inbox.close()
        await database.close()


@asynccontextmanager
async def served(web: ASGIApp, hub: Hub) -> AsyncIterator[str]:
    """The address of a real server on this machine, for what a transport in memory can't do: streams and browsers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, lifespan="off", ws="none"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 -- the server tells it by nothing else
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            hub.close()
            server.should_exit = True
            await task


async def eventually(true: Callable[[], Awaitable[bool]], within: float = 10.0) -> None:
    """Waits until something holds; fails after `within` real seconds."""
    async with asyncio.timeout(within):
        while not await true():  # noqa: ASYNC110 -- whatever it waits for, it has no event
            await asyncio.sleep(0.01)


@dataclass
class Visitor:
    """A person with a browser; `opens` before anything else."""

    house: House
    slug: str
    client: httpx.AsyncClient
    token: str = ""
    mark: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    _said: int = 0

    @property
    def address(self) -> Address:
        cookie = unescape(self.client.cookies[f"nabij-{self.slug}"])
        return Address(Channel.WEBCHAT, f"{self.slug}:{Channel.WEBCHAT}", cookie.rpartition(".")[0])

    async def opens(self, query: str = "") -> httpx.Response:
        page = await self.client.get(f"/chat/{self.slug}{query}", headers={"Accept": "text/html"})
        if page.status_code == 200:
            self.token, self.mark = (_data(page.text, name) for name in ("token", "mark"))
            history = re.search(r'id="history">(.*?)</script>', page.text, re.DOTALL)
            self.lines = json.loads(history[1]) if history else []
        return page

    async def posts(self, path: str, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        usual = {"Origin": SITE, "Sec-Fetch-Site": "same-origin", "X-Nabij-Token": self.token}
        return await self.client.post(f"/chat/{self.slug}/{path}", json=body, headers=usual | headers)

    async def says(self, text: str) -> httpx.Response:
        self._said += 1
        return await self.posts("messages", {"id": f"text-{self._said:04}", "text": text})

    async def taps(self, message: int, button: int) -> httpx.Response:
        self._said += 1
        return await self.posts("messages", {"id": f"tap-{self._said:04}", "message": message, "button": button})


def _data(html: str, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', html)
    assert found is not None, f"the page has no data-{name}"
    return unescape(found[1])
