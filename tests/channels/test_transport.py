"""HTTP as the platforms need it: what surely was not sent, and what may have been."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest

from bot.channels.bot_api import BotApiRequest
from bot.channels.transport import Answer, NotDelivered, Timeouts, Transport, Undecided
from tests.stubs.telegram import TOKEN, TelegramStub
from tests.stubs.telegram_world import Fault

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    opened = Transport(Timeouts(connect=0.3, write=0.3, read=0.3), connections=1)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def listen() -> AsyncIterator[Callable[[Conversation], Awaitable[str]]]:
    """A bare TCP server, for what no HTTP server would do."""
    servers: list[asyncio.Server] = []

    async def start(conversation: Conversation) -> str:
        servers.append(await asyncio.start_server(conversation, "127.0.0.1", 0))
        return f"http://127.0.0.1:{servers[0].sockets[0].getsockname()[1]}/"

    yield start
    for server in servers:
        server.close()


def says(*parts: bytes) -> Conversation:
    """Reads the head of a request, answers these bytes and hangs up."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
        await writer.drain()
        writer.close()

    return conversation


async def hangs_up_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def test_every_status_is_an_answer(transport: Transport, listen: Any) -> None:
    url = await listen(says(b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno"))

    assert await transport.post_json(url, {}) == Answer(429, b"no", 7.0)


async def test_a_first_request_amid_the_start_opens_it(stub: TelegramStub) -> None:
    """Somebody in danger may write before the worker has started the account."""
    early = Transport()
    assert (await early.get(f"{stub.url}/")).status < 500
    await early.close()
    with pytest.raises(NotDelivered):
        await early.get(f"{stub.url}/")


async def test_redirects_are_not_followed(transport: Transport, listen: Any) -> None:
    url = await listen(says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"))

    assert (await transport.post_json(url, {})).status == 302


@pytest.mark.parametrize(
    "conversation",
    [
        says(),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"),
        says(b"no http at all\r\n\r\n"),
        hangs_up_at_once,
        never_answers,
    ],
)
async def test_once_bytes_left_a_failure_is_undecided(
    transport: Transport, listen: Any, conversation: Conversation
) -> None:
    url = await listen(conversation)

    with pytest.raises(Undecided):
        await transport.post_json(url, {"text": "Dag"})


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://nowhere.invalid/", "no address", "ftp://a.nl/"])
async def test_without_a_connection_nothing_was_delivered(transport: Transport, url: str) -> None:
    with pytest.raises(NotDelivered):
        await transport.post_json(url, {})


async def test_tls_that_fails_delivered_nothing(transport: Transport, listen: Any) -> None:
    url = await listen(hangs_up_at_once)

    with pytest.raises(NotDelivered):
        await transport.post_json(url.replace("http:", "https:"), {})


async def test_waiting_for_a_place_in_the_pool_delivered_nothing(transport: Transport, listen: Any) -> None:
    url = await listen(never_answers)
    patient = Timeouts(connect=0.05, write=1, read=1)

    first = asyncio.create_task(transport.post_json(url, {}, timeouts=patient))
    await asyncio.sleep(0)
    with pytest.raises(NotDelivered, match="ConnectionTimeoutError"):
        await transport.post_json(url, {}, timeouts=patient)

    first.cancel()
    await asyncio.wait([first])


async def test_a_closed_transport_delivers_nothing_and_ends_what_is_open(transport: Transport, listen: Any) -> None:
    arrived = asyncio.Event()

    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await never_answers(reader, writer)

    url = await listen(listens)
    open_request = asyncio.create_task(transport.post_json(url, {}, timeouts=Timeouts(1, 1, 1)))
    await arrived.wait()

    await transport.close()

    with pytest.raises(Undecided):
        await open_request
    with pytest.raises(NotDelivered):
        await transport.post_json(url, {})


async def test_an_error_carries_no_address(transport: Transport, listen: Any) -> None:
    url = await listen(hangs_up_at_once)

    with pytest.raises(Undecided) as failure:
        await transport.get(f"{url}bot123:secret/getMe")

    assert "secret" not in str(failure.value)
    assert failure.value.__suppress_context__


async def test_the_librarys_bot_works_over_our_transport(stub: TelegramStub) -> None:
    sanne = stub.user(1)
    request = BotApiRequest(Transport())

    async with Bot(TOKEN, f"{stub.url}/bot", request=request, get_updates_request=request) as bot:
        sent = await bot.send_photo(1, io.BytesIO(b"\x89PNG"), caption="<b>Kijk</b>", parse_mode="HTML")
        sanne.says("HECHTING")
        updates = await bot.get_updates(timeout=1)
        with pytest.raises(BadRequest, match="Can't parse entities"):
            await bot.send_message(1, "<b>open", parse_mode="HTML")

    assert sent.caption == "Kijk"
    assert stub.requests[1] == (
        "sendPhoto",
        {"chat_id": "1", "caption": "<b>Kijk</b>", "parse_mode": "HTML", "photo": b"\x89PNG"},
    )
    assert [update.message.text for update in updates if update.message] == ["HECHTING"]


async def test_a_call_can_ask_for_more_time_than_usual(stub: TelegramStub) -> None:
    request = BotApiRequest(Transport(Timeouts(connect=1, write=1, read=0.05)))
    stub.fail("getMe", Fault(delay=0.2))
    bot = Bot(TOKEN, f"{stub.url}/bot", request=request, get_updates_request=request)
    await request.initialize()

    me = await bot.get_me(read_timeout=2)

    assert me.username == "nabij_stub_bot"
    await request.shutdown()
