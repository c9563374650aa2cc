"""The only wiring: builds everything from settings, starts it in order and stops it in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Final

import structlog
from sqlalchemy.engine import URL
from starlette.types import ASGIApp

from bot.accounts import accounts_of, introduce, papers_from, reach_from, stopped
from bot.alerting import alert_ways
from bot.channels.protocol import ChannelPort
from bot.channels.telegram import TelegramAccount
from bot.channels.webchat import Hub
from bot.clock import Clock, RealClock, SteppingClock
from bot.content_folder import ContentFolder
from bot.content_watch import watch
from bot.core import conversation, programs
from bot.core.content.launch import missing_for_launch
from bot.core.content.model import Library
from bot.core.stopping import is_stop
from bot.data_folder import opened_here
from bot.inbox import Core, Inbox
from bot.inbox.crisis import crisis
from bot.metrics import Metrics
from bot.neighbours import Neighbours
from bot.refusals import Unusable, said_plainly
from bot.settings import Settings
from bot.store import contents
from bot.store.database import Database, async_url, is_sqlite
from bot.store.errors import UnknownDatabase
from bot.store.notices import Notice
from bot.web.services import Services
from bot.web.site import create_watch, create_web
from bot.worker import StandIn, Worker

_STAND_IN_ENDS_WITHIN: Final = 5.0
_log = structlog.get_logger(__name__)


class Role(StrEnum):
    ALL = "all"
    WEB = "web"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs. `web` is an ASGI app; it may be served once the App is open."""

    web: ASGIApp
    worker: Worker
    stand_in: StandIn
    inbox: Inbox
    database: Database
    clock: Clock
    hub: Hub
    channels: Sequence[ChannelPort]
    library: Callable[[], Library]
    is_told: Callable[[], bool]
    """Whether other processes can tell this one what they commit."""


@asynccontextmanager
async def opened(settings: Settings, role: Role = Role.ALL) -> AsyncIterator[App]:
    """The running App; everything is stopped in reverse at the end.

    Raises ContentErrors, or Unusable with a sentence for the person who starts it.
    """
    async with AsyncExitStack() as stack:
        content = ContentFolder(settings.content_dir)
        _check_practices(settings, content.library)
        _check_role(settings, role)
        with said_plainly():
            database, cookie_secret = await opened_here(settings, stack)
        clock, stepping = _clock(settings)
        neighbours = Neighbours()
        hub = Hub(neighbours.tell_chat)
        channels = accounts_of(settings, content.library, hub, papers_from(database, content))
        app = _wire(settings, content, database, cookie_secret, clock, stepping, hub, channels, neighbours, role)
        await database.write(lambda conn: contents.keep(conn, content.library.version, content.files, clock.now()))
        # After the worker, whose sends in flight need their connections.
        stack.push_async_callback(stopped, channels)
        if not database.is_sqlite:
            neighbours.join(database, _listen_url(settings), hub, app.worker)
            stack.push_async_callback(neighbours.close)
        # While others can still be told of what it commits.
        stack.push_async_callback(app.inbox.close)
        if role is not Role.WEB:
            app.worker.start()
            stack.push_async_callback(app.worker.stop)
        if role is not Role.WORKER and not database.is_sqlite:
            introducing = asyncio.create_task(introduce(channels))
            stack.push_async_callback(_cancelled, introducing)
        stack.push_async_callback(app.stand_in.close, _STAND_IN_ENDS_WITHIN)
        watching = asyncio.create_task(watch(content, database, clock, app.worker))
        stack.push_async_callback(_cancelled, watching)
        # What listens has to end before the server waits for its last connection.
        stack.callback(hub.close)
        yield app


def _wire(
    settings: Settings,
    content: ContentFolder,
    database: Database,
    cookie_secret: str,
    clock: Clock,
    stepping: SteppingClock | None,
    hub: Hub,
    channels: Sequence[ChannelPort],
    neighbours: Neighbours,
    role: Role,
) -> App:
    def library() -> Library:
        return content.library

    by_account = {channel.account: channel for channel in channels}
    worker: Worker | None = None

    def wake(accounts: Collection[str], next_at: datetime | None) -> None:
        if role is Role.WEB:
            neighbours.tell(Notice(accounts=frozenset(accounts), next_at=next_at))
        elif worker is not None:
            worker.wake(accounts, next_at)

    def is_ours(account: str) -> bool:
        return worker is not None and worker.has_in_hand(account)

    core = Core(
        respond=conversation.respond,
        joined=conversation.joined,
        next_at=programs.next_at,
        is_stop=is_stop,
        crisis=crisis,
    )
    metrics = Metrics()
    stand_in = StandIn(database, clock, by_account, is_ours, metrics)
    inbox = Inbox(
        database,
        library,
        clock,
        wake,
        reach_from(settings, by_account),
        core=core,
        channels=by_account,
        metrics=metrics,
        help_waits=stand_in.look,
    )
    worker = Worker(
        database,
        library,
        clock,
        channels,
        inbox.deliver,
        plan=programs.plan,
        metrics=metrics,
        tell=neighbours.tell,
        alert_ways=alert_ways(settings, by_account),
    )
    services = Services(
        database=database,
        library=library,
        receive=inbox.deliver,
        clock=clock,
        stepping=stepping,
        hub=hub,
        is_told=neighbours.is_told,
        accounts=worker.accounts,
        webhooks={c.account: c for c in channels if isinstance(c, TelegramAccount)},
        cookie_secret=cookie_secret,
        metrics=metrics,
        version=version("nabij"),
        public_url=settings.public_url.rstrip("/"),
        only_approved=settings.is_public,
        demo=settings.demo,
        lan=settings.lan,
        new_visitors_an_hour=settings.new_visitors_per_hour,
    )
    web = create_watch(services) if role is Role.WORKER else create_web(services)
    return App(
        web=web,
        worker=worker,
        stand_in=stand_in,
        inbox=inbox,
        database=database,
        clock=clock,
        hub=hub,
        channels=channels,
        library=library,
        is_told=neighbours.is_told,
    )


def _check_practices(settings: Settings, library: Library) -> None:
    for slug in settings.practices:
        if slug not in library.practices:
            known = ", ".join(sorted(library.practices))
            raise Unusable(
                f"De instellingen noemen de praktijk '{slug}', maar in {settings.content_dir} staat die niet. "
                f"Wel: {known}. Kijk de naam na in NABIJ_PRACTICES__..., of maak de map van de praktijk."
            )
        missing = missing_for_launch(library.practices[slug]) if settings.reaches_a_real_platform else []
        if missing:
            raise Unusable(
                f"De praktijk '{slug}' kan zo nog niet naar echte mensen: er ontbreekt iets in "
                f"practices/{slug}/practice.yaml. Vul in: {'; '.join(missing)}. In de demo en bij `nabij simulate` kan "
                "alles al wel."
            )

    closed = [slug for slug, practice in library.practices.items() if missing_for_launch(practice)]
    if settings.is_public and closed:
        _log.warning("webchat_closed_to_new_people", practices=sorted(closed))


def _check_role(settings: Settings, role: Role) -> None:
    if role is not Role.ALL and settings.database.startswith("sqlite"):
        raise Unusable(
            "Met SQLite draait Nabij als één proces: laat --role weg, of gebruik PostgreSQL (NABIJ_DATABASE_URL)."
        )
    if role is not Role.ALL and settings.has_own_clock:
        raise Unusable("Een eigen klok (CLOCK_START, CLOCK_SPEED, demo) kan alleen zonder --role.")


def _clock(settings: Settings) -> tuple[Clock, SteppingClock | None]:
    if not settings.has_own_clock:
        return RealClock(), None
    start = settings.clock_start or datetime.now(UTC)
    stepping = SteppingClock(start, settings.clock_speed, settings.data_dir / "clock")
    return stepping, stepping


def _listen_url(settings: Settings) -> URL:
    try:
        url = async_url(settings.database_listen_url or settings.database)
    except UnknownDatabase as error:
        raise Unusable("NABIJ_DATABASE_LISTEN_URL is geen adres met postgresql://.") from error
    if is_sqlite(url):
        raise Unusable("NABIJ_DATABASE_LISTEN_URL is van SQLite en NABIJ_DATABASE_URL niet: haal de eerste weg.")
    return url


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
