"""The platform's side of a webhook, in the hand of a test: what is posted when, how often, and what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from tests.faults.serving import BOTS
from tests.stubs.telegram import TelegramStub

_SECRET: Final = "faults-secret"


def webhooks_at(practices: Sequence[str] = tuple(BOTS)) -> dict[str, str]:
    """Settings with which these practices poll nothing and wait for webhooks."""
    settings: dict[str, str] = {}
    for practice in practices:
        prefix = f"PRACTICES__{practice.upper().replace('-', '_')}__TELEGRAM__"
        settings |= {f"{prefix}MODE": "webhook", f"{prefix}WEBHOOK_SECRET": _SECRET}
    return settings


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts to a bot that answers at `url`."""

    stub: TelegramStub
    url: str
    session: aiohttp.ClientSession

    def taken(self, practice: str) -> list[dict[str, Any]]:
        """The updates that wait at the platform; they are this test's to deliver now."""
        bot = self.stub.bot(practice)
        waiting, bot.updates = bot.updates, []
        return waiting

    async def post(self, practice: str, update: dict[str, Any]) -> int:
        """The status; a 200 means that the update is safe. 0 without any answer."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": _SECRET}
        try:
            async with self.session.post(
                f"{self.url}/webhooks/telegram/{practice}", json=update, headers=headers
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
        if status == 200:
            self.stub.bot(practice).confirm(update)
        return status


@asynccontextmanager
async def poster(stub: TelegramStub, url: str) -> AsyncIterator[Poster]:
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout) as session:
        yield Poster(stub, url, session)
