"""Our account against a Bot API server that others wrote: the pip package lo-bot-api-emulator."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator

from bot.channels.telegram import TelegramAccount
from bot.core.delivery import Accepted
from bot.core.messages import InboundKind
from tests.channels.conftest import Inbox, MakeMessage, Receiving
from tests.stubs.telegram import TOKEN

SANNE = {"id": 31, "is_bot": False, "first_name": "Sanne", "language_code": "nl"}
CHAT = {"id": 31, "type": "private", "first_name": "Sanne"}


@pytest.fixture
async def emulator() -> AsyncIterator[tuple[Any, str]]:
    running = LoBotApiEmulator()
    runner = web.AppRunner(running.app(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield running, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_from_a_keyword_to_a_tap(
    emulator: tuple[Any, str], inbox: Inbox, receiving: Receiving, message: MakeMessage
) -> None:
    telegram, url = emulator
    account = TelegramAccount("mariposha", TOKEN, api_url=url)
    await account.start()
    receiving(account, inbox)

    await telegram.enqueue_update(
        {"message": {"message_id": 1, "date": 1, "chat": CHAT, "from": SANNE, "text": "hechting!"}}, token=TOKEN
    )
    asked = (await inbox.takes(1))[0]
    outcome = await account.send(message("**Hechting** is ...", ["Gedaan", "Liever niet"], chat="31", row=8))
    tap = {"id": "t1", "from": SANNE, "chat_instance": "1", "data": "8.0"}
    shown = {"message_id": 1, "date": 1, "chat": CHAT, "text": "Hechting is ..."}
    await telegram.enqueue_update({"callback_query": {**tap, "message": shown}}, token=TOKEN)
    tapped = (await inbox.takes(2))[1]
    await account.acknowledge(tapped)
    await account.stop()

    assert (asked.kind, asked.text, asked.address.external_id) == (InboundKind.TEXT, "hechting!", "31")
    assert isinstance(outcome, Accepted)
    assert (tapped.kind, tapped.message_id, tapped.button) == (InboundKind.BUTTON, 8, 0)
    assert [request["method"] for request in telegram.requests if request["status"] != 200] == []
    assert {request["method"] for request in telegram.requests} >= {
        "getMe",
        "setMyCommands",
        "deleteWebhook",
        "getUpdates",
        "sendMessage",
        "answerCallbackQuery",
    }
