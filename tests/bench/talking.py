"""Keywords that come in at a steady pace, each from another chat, and how long each waits for its reply."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from tests.bench.bot_api import Platform, Sent
from tests.bench.people import KEYWORD
from tests.bench.served import SECRET, Served

STRANGERS: Final = 2_000_000_000
"""First chat of those who never wrote before; a run takes as many as it needs from here on."""
_ANSWERED_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Replies:
    """Real seconds of each, from the moment the platform posts the keyword."""

    on_the_wire: list[float]
    """Until the reply has come in at the platform."""
    answered: list[float]
    """Until the platform has answered it, after its latency."""


async def bare_calls(url: str, count: int) -> list[float]:
    """How long sendMessage takes without us: seconds of each of `count` calls, one after the other."""
    waits: list[float] = []
    async with aiohttp.ClientSession() as session:
        for chat in range(count):
            began = time.monotonic()
            async with session.post(f"{url}/bot/sendMessage", json={"chat_id": chat, "text": "hoi"}) as answer:
                await answer.read()
            waits.append(time.monotonic() - began)
    return waits


async def talk(bot: Served, platform: Platform, chats: Iterable[int], per_second: float) -> Replies:
    """Posts the keyword from each chat at its moment, however long earlier ones take, and waits for all replies."""
    posted: dict[int, float] = {}
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:
        begin = time.monotonic()
        async with asyncio.TaskGroup() as posts:
            for number, chat in enumerate(chats):
                await asyncio.sleep(begin + number / per_second - time.monotonic())
                posts.create_task(_post(session, bot.webhook, chat, posted))
    return await _replies(platform, posted)


async def _post(session: aiohttp.ClientSession, webhook: str, chat: int, posted: dict[int, float]) -> None:
    update = _update(chat)
    posted[chat] = time.monotonic()
    async with session.post(webhook, json=update) as answer:
        answer.raise_for_status()


def _update(chat: int) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "Sanne", "language_code": "nl"}
    message = {
        "message_id": 1,
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private", "first_name": "Sanne"},
        "from": person,
        "text": KEYWORD,
    }
    return {"update_id": chat, "message": message}


async def _replies(platform: Platform, posted: dict[int, float]) -> Replies:
    until = time.monotonic() + _ANSWERED_WITHIN
    while True:
        first = _first_of_each(platform.sent(), posted)
        if len(first) == len(posted):
            break
        if time.monotonic() > until:
            raise TimeoutError(f"{len(posted) - len(first)} of {len(posted)} keywords got no reply")
        await asyncio.sleep(0.2)
    return Replies(
        on_the_wire=[first[chat].came - at for chat, at in posted.items()],
        answered=[first[chat].answered - at for chat, at in posted.items()],
    )


def _first_of_each(sent: Sequence[Sent], posted: dict[int, float]) -> dict[int, Sent]:
    first: dict[int, Sent] = {}
    for one in sent:
        if one.chat in posted and (one.chat not in first or one.came < first[one.chat].came):
            first[one.chat] = one
    return first
