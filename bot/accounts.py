"""The accounts that the settings give to practices: made, introduced to their platforms, and how people reach them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from bot import exports
from bot.alerting import alert_routes
from bot.channels.protocol import AccountRefused, ChannelPort, File, MakePapers
from bot.channels.telegram import Mode, TelegramAccount
from bot.channels.webchat import Hub, WebChat
from bot.content_folder import ContentFolder
from bot.core.content.model import Library
from bot.core.decision import EXPORT_PREFIX, JOIN_PREFIX
from bot.core.delivery import Message
from bot.core.messages import Address, Channel, Papers
from bot.core.turn import Reach
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store import export
from bot.store.database import Database

_CODE_BYTES: Final = 16
_log = structlog.get_logger(__name__)


def accounts_of(settings: Settings, library: Library, hub: Hub, papers: MakePapers) -> list[ChannelPort]:
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


def papers_from(database: Database, content: ContentFolder) -> MakePapers:
    async def papers(message: Message) -> File:
        practice = content.library.practices.get(message.practice)
        async with database.read() as conn:
            kept = await export.kept_of(conn, message.practice, message.subscriber_id, practice, datetime.now(UTC))
        if message.papers is Papers.DATA:
            return File("mijn-gegevens.json", exports.as_json(kept).encode())
        return File("mijn-gegevens.html", exports.as_page(kept, practice).encode())

    return papers


def reach_from(settings: Settings, channels: Mapping[str, ChannelPort]) -> Callable[[str, Address], Reach]:
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


async def introduce(channels: Sequence[ChannelPort]) -> None:
    """The process that takes in acknowledges taps, gives links and calls for help by itself, also for accounts that
    another one sends for. One at a time: nobody waits for it."""
    for channel in channels:
        try:
            await channel.start()
        except AccountRefused as refusal:
            _log.error("account_refused", account=channel.account, reason=str(refusal))


async def stopped(channels: Sequence[ChannelPort]) -> None:
    await asyncio.gather(*(channel.stop() for channel in channels), return_exceptions=True)


def _site(settings: Settings) -> str:
    """The site's own address; when none was set, that by which this machine is reached from itself."""
    host = settings.host if settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 -- compared, not bound
    return settings.public_url.rstrip("/") or f"http://{host}:{settings.port}"
