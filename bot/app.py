"""The only wiring: builds everything from settings, starts it in order and stops it in reverse."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Final

import structlog
from sqlalchemy.engine import URL
from starlette.types import ASGIApp

from bot import exports
from bot.alerting import alert_routes, alert_ways
from bot.channels.protocol import AccountRefused, ChannelPort, File, MakePapers
from bot.channels.telegram import Mode, TelegramAccount
from bot.channels.webchat import Hub, WebChat
from bot.clock import Clock, RealClock, SteppingClock
from bot.content_folder import ContentFolder
from bot.core import conversation, programs
from bot.core.content.launch import missing_for_launch
from bot.core.content.model import Library
from bot.core.content.report import Level
from bot.core.decision import EXPORT_PREFIX, JOIN_PREFIX
from bot.core.delivery import Message
from bot.core.messages import Address, Channel, Papers
from bot.core.turn import Reach
from bot.crash import kind_and_place
from bot.inbox import Core, Inbox
from bot.inbox.crisis import crisis
from bot.metrics import Metrics
from bot.neighbours import Neighbours
from bot.refusals import Unusable, said_plainly
from bot.settings import Settings
from bot.store import contents, export
from bot.store.database import Database, async_url, is_sqlite, lock_file, open_database
from bot.store.errors import DatabaseUnavailable, NotMigrated, UnknownDatabase
from bot.store.migrate import is_current, migrate
from bot.store.notices import Notice
from bot.store.roots import load_keys
from bot.store.tombstones import Tombstones
from bot.web.services import Services
from bot.web.site import create_watch, create_web
from bot.worker import StandIn, Worker

CONTENT_LOOKED_AT_EVERY: Final = 5.0
"""Real seconds between two looks at the content folder."""
_STAND_IN_ENDS_WITHIN: Final = 5.0
_CODE_BYTES: Final = 16
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
        with said_plainly():
            database, cookie_secret = await _open_database(settings, stack, role)
        clock, stepping = _clock(settings)
        neighbours = Neighbours()
        hub = Hub(neighbours.tell_chat)
        channels = _channels(settings, content.library, hub, _papers(database, content))
        app = _wire(settings, content, database, cookie_secret, clock, stepping, hub, channels, neighbours, role)
        await database.write(lambda conn: contents.keep(conn, content.library.version, content.files, clock.now()))
        stack.push_async_callback(app.inbox.close)
        if not database.is_sqlite:
            neighbours.join(database, _listen_url(settings), hub, app.worker)
            stack.push_async_callback(neighbours.close)
        if role is not Role.WEB:
            app.worker.start()
            stack.push_async_callback(app.worker.stop)
        if role is not Role.WORKER and not database.is_sqlite:
            introducing = asyncio.create_task(_introduce(channels))
            stack.push_async_callback(_stopped, channels)
            stack.push_async_callback(_cancelled, introducing)
        stack.push_async_callback(app.stand_in.close, _STAND_IN_ENDS_WITHIN)
        watching = asyncio.create_task(_watch_content(content, database, clock, app.worker))
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
        is_stop=conversation.is_stop,
        crisis=crisis,
    )
    metrics = Metrics()
    stand_in = StandIn(database, clock, by_account, is_ours, metrics)
    inbox = Inbox(
        database,
        library,
        clock,
        wake,
        _reach(settings, by_account),
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


def _site(settings: Settings) -> str:
    """The site's own address; when none was set, that by which this machine is reached from itself."""
    host = settings.host if settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 -- compared, not bound
    return settings.public_url.rstrip("/") or f"http://{host}:{settings.port}"


def _reach(settings: Settings, channels: Mapping[str, ChannelPort]) -> Callable[[str, Address], Reach]:
    """One-time links to what is kept of the person and to the safety plan; for a person in the web chat a link with a
    fresh one-time code into each other channel of the practice."""

    def reach(practice: str, address: Address) -> Reach:
        export_code = EXPORT_PREFIX + secrets.token_urlsafe(_CODE_BYTES)
        here = Reach(
            export_code=export_code,
            export_link=f"{_site(settings)}/gegevens/{export_code}",
            site=settings.public_url.rstrip("/") or None,
            secret=secrets.token_urlsafe(_CODE_BYTES),
            alerts=alert_routes(settings, practice),
        )
        if address.channel is not Channel.WEBCHAT:
            return here
        code = JOIN_PREFIX + secrets.token_urlsafe(_CODE_BYTES)
        others = [c for c in channels.values() if c.practice == practice and c.channel is not Channel.WEBCHAT]
        links = {c.channel: link for c in others if (link := c.link(code))}
        return replace(here, links=links, code=code, site="")

    return reach


def _papers(database: Database, content: ContentFolder) -> MakePapers:
    async def papers(message: Message) -> File:
        practice = content.library.practices.get(message.practice)
        async with database.read() as conn:
            kept = await export.kept_of(conn, message.practice, message.subscriber_id, practice, datetime.now(UTC))
        if message.papers is Papers.DATA:
            return File("mijn-gegevens.json", exports.as_json(kept).encode())
        return File("mijn-gegevens.html", exports.as_page(kept, practice).encode())

    return papers


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


async def _open_database(settings: Settings, stack: AsyncExitStack, role: Role) -> tuple[Database, str]:
    """Locks the folder, migrates SQLite, finds the keys and opens the database; also the secret that signs cookies."""
    url = settings.database
    on_sqlite = url.startswith("sqlite")
    if on_sqlite and role is not Role.ALL:
        raise Unusable(
            "Met SQLite draait Nabij als één proces: laat --role weg, of gebruik PostgreSQL (NABIJ_DATABASE_URL)."
        )
    if settings.has_own_clock and role is not Role.ALL:
        raise Unusable("Een eigen klok (CLOCK_START, CLOCK_SPEED, demo) kan alleen zonder --role.")
    _make_folder(settings)
    if on_sqlite:
        stack.enter_context(lock_file(settings.data_dir))
        await migrate(url)
    elif not await is_current(url):
        raise NotMigrated(url.partition(":")[0])
    explicit = settings.secret_key.get_secret_value() if settings.secret_key is not None else None
    keys = await load_keys(url, settings.data_dir if on_sqlite else None, explicit, may_be_new=True)
    database = await open_database(url, keys, tombstones=Tombstones.beside(settings.data_dir, keys))
    stack.push_async_callback(database.close)
    return database, keys.derived("cookies")


def _make_folder(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unusable(
            f"De map {settings.data_dir} kan niet gemaakt worden ({error.strerror}). "
            "Kies een andere map met NABIJ_DATA_DIR."
        ) from error
    if not os.access(settings.data_dir, os.W_OK):
        raise Unusable(
            f"In de map {settings.data_dir} kan niet geschreven worden. Geef er rechten op, of kies een andere map met "
            "NABIJ_DATA_DIR."
        )


async def migrate_database(settings: Settings) -> bool:
    """Brings the database to this version's tables; False when it was there already. Raises Unusable."""
    with said_plainly():
        if settings.database.startswith("sqlite"):
            _make_folder(settings)
        if await is_current(settings.database):
            return False
        await migrate(settings.database)
        return True


def _clock(settings: Settings) -> tuple[Clock, SteppingClock | None]:
    if not settings.has_own_clock:
        return RealClock(), None
    start = settings.clock_start or datetime.now(UTC)
    stepping = SteppingClock(start, settings.clock_speed, settings.data_dir / "clock")
    return stepping, stepping


def _channels(settings: Settings, library: Library, hub: Hub, papers: MakePapers) -> list[ChannelPort]:
    """The web chat of every practice, and the accounts that the settings give."""
    channels: list[ChannelPort] = [WebChat(slug, hub, settings.public_url) for slug in library.practices]
    for slug, practice in settings.practices.items():
        if practice.telegram is not None:
            telegram = practice.telegram
            secret = telegram.webhook_secret.get_secret_value() if telegram.webhook_secret is not None else ""
            try:
                account = TelegramAccount(
                    slug,
                    telegram.token.get_secret_value(),
                    api_url=settings.telegram_api_url,
                    mode=Mode(telegram.mode),
                    webhook_secret=secret,
                    rate=telegram.rate,
                    public_url=settings.public_url,
                    papers=papers,
                )
            except ValueError as error:
                raise Unusable(f"NABIJ_PRACTICES__{slug.upper().replace('-', '_')}__TELEGRAM: {error}") from error
            channels.append(account)
    return channels


async def _watch_content(content: ContentFolder, database: Database, clock: Clock, worker: Worker) -> None:
    while True:
        await asyncio.sleep(CONTENT_LOOKED_AT_EVERY)
        await take_over_changes(content, database, clock, worker)


async def take_over_changes(content: ContentFolder, database: Database, clock: Clock, worker: Worker) -> None:
    """A changed folder is taken over whole, or not at all with one log line; the last good version stays."""
    before = content.library.version
    try:
        findings = await asyncio.to_thread(content.refresh)
    except OSError as problem:
        # A folder that can't be read for a moment (a volume that is away) must not end the watching.
        _log.error("content_not_read", **kind_and_place(problem))
        return
    wrong = [finding for finding in findings if finding.level is Level.ERROR]
    if wrong:
        first = wrong[0]
        _log.error("content_not_taken", file=first.file, line=first.line, reason=first.problem, count=len(wrong))
    version, now = content.library.version, clock.now()
    if version == before:
        return
    try:
        await database.write(lambda conn: contents.keep(conn, version, content.files, now))
    except DatabaseUnavailable:
        _log.warning("content_version_not_kept", version=version[:12])
    _log.info("content_taken", version=version[:12])
    worker.wake((), now)


def _listen_url(settings: Settings) -> URL:
    try:
        url = async_url(settings.database_listen_url or settings.database)
    except UnknownDatabase as error:
        raise Unusable("NABIJ_DATABASE_LISTEN_URL is geen adres met postgresql://.") from error
    if is_sqlite(url):
        raise Unusable("NABIJ_DATABASE_LISTEN_URL is van SQLite en NABIJ_DATABASE_URL niet: haal de eerste weg.")
    return url


async def _introduce(channels: Sequence[ChannelPort]) -> None:
    """The process that takes in acknowledges taps, gives links and calls for help by itself, also for accounts that
    another one sends for. One at a time: nobody waits for it."""
    for channel in channels:
        try:
            await channel.start()
        except AccountRefused as refusal:
            _log.error("account_refused", account=channel.account, reason=str(refusal))


async def _stopped(channels: Sequence[ChannelPort]) -> None:
    await asyncio.gather(*(channel.stop() for channel in channels), return_exceptions=True)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
