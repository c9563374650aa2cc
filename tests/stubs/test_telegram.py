"""The stub behaves as Telegram does, judged by python-telegram-bot's own Bot."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError

from tests.stubs.telegram import TOKEN, USERNAME, TelegramStub
from tests.stubs.telegram_rules import Refusal, parse_html
from tests.stubs.telegram_world import Fault

pytestmark = pytest.mark.slow


@pytest.fixture
async def stub() -> AsyncIterator[TelegramStub]:
    async with TelegramStub() as running:
        yield running


@pytest.fixture
async def bot(stub: TelegramStub) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, f"{stub.url}/bot") as opened:
        yield opened


def keys(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Gedaan", callback_data=data)]])


async def test_a_conversation(stub: TelegramStub, bot: Bot) -> None:
    sanne = stub.user(1)
    sanne.says("HECHTING")
    asked = await bot.get_updates(timeout=1)
    await bot.send_message(1, "<b>Dag</b> &amp; welkom", parse_mode="HTML", reply_markup=keys("1.0"))
    heard = await sanne.hears(1)
    sanne.taps("Gedaan")
    tapped = await bot.get_updates(offset=asked[-1].update_id + 1, timeout=1)

    assert bot.username == USERNAME
    assert asked[0].effective_message is not None
    assert asked[0].effective_message.text == "HECHTING"
    assert (heard[0].text, heard[0].labels) == ("Dag & welkom", ["Gedaan"])
    assert [update.callback_query.data for update in tapped if update.callback_query] == ["1.0"]
    assert tapped[0].callback_query is not None
    assert await bot.answer_callback_query(tapped[0].callback_query.id)
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query(tapped[0].callback_query.id)


async def test_updates_stay_until_their_offset_is_confirmed(stub: TelegramStub, bot: Bot) -> None:
    first, second = stub.user(1).says("een"), stub.user(1).says("twee")

    assert [update.update_id for update in await bot.get_updates()] == [first, second]
    assert [update.update_id for update in await bot.get_updates()] == [first, second]
    assert [update.update_id for update in await bot.get_updates(offset=second)] == [second]
    assert [update.update_id for update in await bot.get_updates(offset=first)] == [second]
    assert await bot.get_updates(offset=second + 1) == ()


async def test_a_long_poll_wakes_at_once_and_a_second_one_ends_it(stub: TelegramStub, bot: Bot) -> None:
    async with Bot(TOKEN, f"{stub.url}/bot") as other:
        waiting = asyncio.create_task(bot.get_updates(timeout=30))
        assert await stub.bell.until(lambda: stub.bot().poll == 1, 5)
        newer = asyncio.create_task(other.get_updates(timeout=30))

        with pytest.raises(Conflict):
            await waiting
        stub.user(1).says("x")
        assert len(await newer) == 1


async def test_a_webhook_gets_updates_in_order_and_again_until_200(stub: TelegramStub, bot: Bot) -> None:
    posted: list[tuple[str, str]] = []
    answers = [503, 200, 200]
    done = asyncio.Event()

    async def hook(request: web.Request) -> web.Response:
        body = await request.json()
        posted.append((request.headers["X-Telegram-Bot-Api-Secret-Token"], body["message"]["text"]))
        if len(posted) == 3:
            done.set()
        return web.Response(status=answers.pop(0))

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s-1")
    stub.user(1).says("een")
    stub.user(1).says("twee")
    async with asyncio.timeout(5):
        await done.wait()

    assert posted == [("s-1", "een"), ("s-1", "een"), ("s-1", "twee")]
    with pytest.raises(Conflict):
        await bot.get_updates()
    await bot.delete_webhook()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("text", "data", "error"),
    [
        ("<b>x", "1", "Can't parse entities"),
        ("<script>x</script>", "1", "Can't parse entities"),
        ("a & b", "1", "Can't parse entities"),
        ("&copy;", "1", "Can't parse entities"),
        ("<b></b> ", "1", "Message text is empty"),
        ("&amp;" * 4097, "1", "Message is too long"),
        ("x", "d" * 65, "Button_data_invalid"),
    ],
)
async def test_strict_rules_for_a_message(stub: TelegramStub, bot: Bot, text: str, data: str, error: str) -> None:
    stub.user(1)

    with pytest.raises(BadRequest, match=error):
        await bot.send_message(1, text, parse_mode="HTML", reply_markup=keys(data))
    assert stub.sent == []


async def test_chats_that_cannot_be_written_to(stub: TelegramStub, bot: Bot) -> None:
    stub.user(1).blocks()
    stub.user(2).is_deleted()
    stub.user(3).migrated_to = -100

    for chat, error in ((1, Forbidden), (2, Forbidden), (3, ChatMigrated), (4, BadRequest)):
        with pytest.raises(error):
            await bot.send_message(chat, "x")
    stub.user(1).unblocks()
    assert await bot.send_message(1, "x")


async def test_faults_come_in_their_order_and_then_it_works(stub: TelegramStub, bot: Bot) -> None:
    stub.user(1)
    stub.fail("sendMessage", Fault(500), Fault(cut="before"), Fault(cut="after"), Fault(cut="middle"))

    for _ in range(4):
        with pytest.raises(NetworkError):
            await bot.send_message(1, "x")
    assert len(stub.sent) == 2
    assert await bot.send_message(1, "x")


async def test_a_rate_is_kept_and_early_sends_are_seen() -> None:
    async with TelegramStub(rate=2) as stub, aiohttp.ClientSession() as session:
        stub.user(1)
        answers = []
        for _ in range(4):
            async with session.post(f"{stub.url}/bot{TOKEN}/sendMessage", json={"chat_id": 1, "text": "x"}) as answer:
                answers.append(await answer.json())

    assert [answer["ok"] for answer in answers] == [True, True, False, False]
    assert [answer.get("parameters") for answer in answers[2:]] == [{"retry_after": 1}] * 2
    assert len(stub.early) == 1


async def test_tokens_and_commands_are_checked(stub: TelegramStub, bot: Bot) -> None:
    for wrong in ("999999:" + "x" * 35, "nonsense"):
        with pytest.raises(InvalidToken):
            async with Bot(wrong, f"{stub.url}/bot"):
                pass
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([BotCommand("Hulp!", "x")])
    assert await bot.set_my_commands([BotCommand("hulp", "Wat kan ik")])
    assert await bot.send_photo(stub.user(1).chat, InputFile(b"\x89PNG"), caption="x")


@pytest.mark.parametrize(
    "source",
    [
        "<blockquote><blockquote>x</blockquote></blockquote>",
        "<code><b>x</b></code>",
        "<a>x</a>",
        "<b></i>",
        "</b>",
        "a > b",
    ],
)
def test_html_is_read_strictly(source: str) -> None:
    with pytest.raises(Refusal):
        parse_html(source)


async def test_as_a_process_with_a_ledger_on_disk(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    script = Path(__file__).with_name("telegram.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, "--port", "0", "--ledger", ledger, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))["url"]
        async with aiohttp.ClientSession(url) as session:
            await session.post("/control/update", json={"chat": 5, "says": "HECHTING"})
            await session.post("/control/fail", json={"method": "sendMessage", "faults": [{"status": 502}]})
            async with session.get(f"/bot{TOKEN}/getUpdates") as answer:
                updates = (await answer.json())["result"]
            send = {"chat_id": 5, "text": "Dag", "reply_markup": keys("1.0").to_json()}
            statuses = []
            for _ in range(2):
                async with session.post(f"/bot{TOKEN}/sendMessage", json=send) as answer:
                    statuses.append(answer.status)
            async with session.post("/control/update", json={"chat": 5, "taps": "Gedaan"}) as answer:
                tapped = answer.status
            async with session.get("/control/sent") as answer:
                sent = (await answer.json())["sent"]
    finally:
        process.kill()
        await process.wait()

    assert [update["message"]["text"] for update in updates] == ["HECHTING"]
    assert (statuses, tapped) == ([502, 200], 200)
    assert [(one["chat"], one["text"], one["keys"]) for one in sent] == [(5, "Dag", [[["Gedaan", "1.0"]]])]
    assert [json.loads(line) for line in ledger.read_text().splitlines()] == sent
