"""How the practices of the settings that opted in are told of an alarm: their own bot, or a mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.channels.mail import MailServer, send_mail
from bot.channels.protocol import ChannelPort
from bot.core.decision import AlertRoute
from bot.core.delivery import Message, Outcome
from bot.core.markup import to_plain_text
from bot.core.messages import Address, Channel, Kind, Lane
from bot.core.safety.alerting import SUBJECT
from bot.settings import Settings
from bot.worker.alerter import Tell, Word


def alert_routes(settings: Settings, practice: str) -> tuple[AlertRoute, ...]:
    """How the practice wants to be told of an alarm; nothing where it did not opt in."""
    if practice not in settings.practices:
        return ()
    wanted = settings.practices[practice].alert
    routes = {AlertRoute.TELEGRAM: wanted.telegram_chat is not None, AlertRoute.MAIL: bool(wanted.mail)}
    return tuple(route for route, is_wanted in routes.items() if is_wanted)


def alert_ways(settings: Settings, channels: Mapping[str, ChannelPort]) -> dict[tuple[str, AlertRoute], Tell]:
    """`channels` by account: an alert goes through the practice's own bot, to the chat that the settings name."""
    ways: dict[tuple[str, AlertRoute], Tell] = {}
    for slug, practice in settings.practices.items():
        chat = practice.alert.telegram_chat
        if chat is not None:
            ways[slug, AlertRoute.TELEGRAM] = partial(_by_telegram, channels[f"{slug}:{Channel.TELEGRAM}"], chat)
        if practice.alert.mail and settings.smtp is not None:
            smtp = settings.smtp
            server = MailServer(
                host=smtp.host,
                port=smtp.port,
                username=smtp.username,
                password=smtp.password.get_secret_value() if smtp.password is not None else "",
                sender=smtp.sender,
                security=smtp.security,
            )
            ways[slug, AlertRoute.MAIL] = partial(_by_mail, server, practice.alert.mail)
    return ways


async def _by_telegram(channel: ChannelPort, chat: int, word: Word) -> Outcome:
    """Past the outbox, which holds messages to subscribers: a message without a row."""
    now = datetime.now(UTC)
    return await channel.send(
        Message(
            id=0,
            practice=channel.practice,
            subscriber_id=0,
            address_id=0,
            address=Address(Channel.TELEGRAM, channel.account, str(chat)),
            kind=Kind.NOTICE,
            lane=Lane.CRISIS,
            text=word.text,
            due_at=now,
            expires_at=now + timedelta(minutes=5),
            created_at=now,
        )
    )


async def _by_mail(server: MailServer, to: str, word: Word) -> Outcome:
    return await send_mail(server, to, SUBJECT, to_plain_text(word.text), word.key)
