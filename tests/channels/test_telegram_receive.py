"""Polling confirms only what was committed; webhooks let in only what Telegram signed."""

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels.protocol import AccountRefused, BadRequest, PolledElsewhere
from bot.channels.telegram import Mode, TelegramAccount
from bot.core.messages import InboundKind
from tests.channels.conftest import Inbox, MakeAccount, Pauses, Receiving
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Fault

SECRET = "a" * 40
SIGNED = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
UPDATE = json.dumps(
    {
        "update_id": 9,
        "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "HECHTING"},
    }
).encode()


async def confirmed(stub: TelegramStub) -> None:
    """Everything that came in was confirmed by a later getUpdates."""
    assert await stub.bell.until(lambda: not stub.bot().updates, 5)


async def test_what_a_person_does_arrives(
    stub: TelegramStub, account: TelegramAccount, inbox: Inbox, receiving: Receiving
) -> None:
    sanne = stub.user(1, "Sanne")
    receiving(account, inbox)

    sanne.says("HECHTING")
    sanne.opens("campagne7")
    sanne.sends("kijk")
    sanne.edits("STOP")
    sanne.blocks()
    received = await inbox.takes(5)

    assert [(inbound.kind, inbound.text, inbound.payload) for inbound in received] == [
        (InboundKind.TEXT, "HECHTING", ""),
        (InboundKind.START, "/start campagne7", "campagne7"),
        (InboundKind.MEDIA, "kijk", ""),
        (InboundKind.EDIT, "STOP", ""),
        (InboundKind.BLOCKED, "", ""),
    ]
    assert {inbound.address.external_id for inbound in received} == {"1"}
    await confirmed(stub)


async def test_after_a_week_of_silence_the_numbers_may_begin_lower(
    stub: TelegramStub, account: TelegramAccount, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram._POLL_FOR", 0)
    offset: int | None = None
    stub.user(1).says("voor de stilte")
    for _ in range(3):
        offset = await account._poll(offset, inbox)
    stub.bot().next_update = 7
    stub.user(1).says("na de stilte")
    await account._poll(offset, inbox)
    assert [inbound.text for inbound in await inbox.takes(2)] == ["voor de stilte", "na de stilte"]


async def test_an_uncommitted_batch_comes_again(
    stub: TelegramStub, make_account: MakeAccount, inbox: Inbox, receiving: Receiving
) -> None:
    pauses = Pauses()
    account = make_account(pause=pauses)
    await account.start()
    inbox.refusals = [RuntimeError("database is locked: mijn geheim"), RuntimeError("again")]

    with capture_logs() as logged:
        receiving(account, inbox)
        stub.user(1).says("HECHTING")
        received = await inbox.takes(1)

    assert [inbound.text for inbound in received] == ["HECHTING"]
    assert len(pauses) == 2
    assert "geheim" not in json.dumps(logged)
    await confirmed(stub)


async def test_a_crash_before_the_commit_loses_nothing(
    stub: TelegramStub, make_account: MakeAccount, inbox: Inbox, receiving: Receiving
) -> None:
    class Stuck(Inbox):
        entered = asyncio.Event()

        async def __call__(self, batch: Any) -> None:
            self.entered.set()
            await asyncio.Event().wait()

    stub.user(1).says("HECHTING")
    first = make_account()
    await first.start()
    crashing = asyncio.create_task(first.receive(Stuck()))
    await Stuck.entered.wait()
    crashing.cancel()
    await asyncio.wait([crashing])

    second = make_account()
    await second.start()
    receiving(second, inbox)

    assert [inbound.text for inbound in await inbox.takes(1)] == ["HECHTING"]


async def test_an_update_of_an_unknown_shape_hides_no_neighbour(
    stub: TelegramStub, account: TelegramAccount, inbox: Inbox, receiving: Receiving
) -> None:
    stub.user(1).says("een")
    stub.bot().push_raw({"update_id": 1002, "message": {"from": 7}})
    stub.bot().push_raw({"update_id": 1003, "message_of_2030": {}})
    stub.bot().next_update = 1004
    stub.user(1).says("twee")

    receiving(account, inbox)
    received = await inbox.takes(4)

    assert [inbound.kind for inbound in received] == [
        InboundKind.TEXT,
        InboundKind.UNKNOWN,
        InboundKind.UNKNOWN,
        InboundKind.TEXT,
    ]
    await confirmed(stub)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500),
        Fault(502),
        Fault(body="<html>"),
        Fault(body='{"ok": true, "result": 1}'),
        Fault(cut="before"),
        Fault(cut="middle"),
        Fault(cut="after"),
        Fault(429, retry_after=17),
    ],
)
async def test_polling_goes_on_after_a_failure(
    stub: TelegramStub, make_account: MakeAccount, inbox: Inbox, receiving: Receiving, fault: Fault
) -> None:
    pauses = Pauses()
    account = make_account(pause=pauses)
    await account.start()
    stub.user(1).says("HECHTING")
    stub.fail("getUpdates", *[fault] * 7)

    receiving(account, inbox)

    assert [inbound.text for inbound in await inbox.takes(1)] == ["HECHTING"]
    assert len(pauses) == 7
    assert all(1 <= pause <= 30 for pause in pauses)
    if fault.retry_after:
        assert set(pauses) == {17.0}
    else:
        assert pauses[0] < 3 < 15 <= pauses[-1]


async def test_a_second_poller_ends_the_receiving_until_somebody_has_looked_who_owns_the_account(
    stub: TelegramStub, account: TelegramAccount, inbox: Inbox
) -> None:
    stub.fail("getUpdates", Fault(409, "Conflict: terminated by other getUpdates request"))

    with pytest.raises(PolledElsewhere):
        await account.receive(inbox)


async def test_a_webhook_that_someone_set_is_removed_when_we_poll(
    stub: TelegramStub, account: TelegramAccount, inbox: Inbox, receiving: Receiving
) -> None:
    stub.bot().webhook = "https://elsewhere.example/hook"
    with pytest.raises(PolledElsewhere):
        await account.receive(inbox)

    assert not stub.bot().webhook
    receiving(account, inbox)
    stub.user(1).says("HECHTING")
    assert [inbound.text for inbound in await inbox.takes(1)] == ["HECHTING"]


async def test_a_wrong_token_is_refused_at_start(make_account: MakeAccount) -> None:
    for token in ("999999:" + "x" * 35, "nonsense"):
        with pytest.raises(AccountRefused) as refusal:
            await make_account(token=token).start()

        assert str(refusal.value) == "Telegram does not accept the token of mariposha:telegram"


async def test_a_token_revoked_while_polling_ends_the_receiving(
    stub: TelegramStub, account: TelegramAccount, inbox: Inbox
) -> None:
    stub.bots.clear()

    with pytest.raises(AccountRefused):
        await account.receive(inbox)


async def test_only_get_me_decides_on_the_account(
    stub: TelegramStub, make_account: MakeAccount, inbox: Inbox, receiving: Receiving
) -> None:
    for method in ("setMyCommands", "deleteWebhook", "getUpdates"):
        stub.fail(method, Fault(404, "Not Found"))
    account = make_account()

    await account.start()
    receiving(account, inbox)
    stub.user(1).says("HECHTING")

    assert [inbound.text for inbound in await inbox.takes(1)] == ["HECHTING"]


async def test_a_platform_that_comes_later_is_no_error(
    stub: TelegramStub, make_account: MakeAccount, inbox: Inbox, receiving: Receiving
) -> None:
    account = make_account()
    stub.fail("getMe", Fault(500), Fault(500), Fault(body='{"ok": true, "result": {}}'))

    await account.start()
    before = account.link("x")
    receiving(account, inbox)
    stub.user(1).says("HECHTING")
    await inbox.takes(1)

    assert before == ""
    assert account.link("x") == "https://t.me/nabij_stub_bot?start=x"


async def test_starting_announces_the_commands_and_polling(stub: TelegramStub, account: TelegramAccount) -> None:
    assert [command["command"] for command in stub.bot().commands] == [
        "hulp",
        "menu",
        "stop",
        "start",
        "pauze",
        "tijd",
        "waarom",
        "gegevens",
        "privacy",
    ]
    assert [method for method, _ in stub.requests] == ["getMe", "setMyCommands", "deleteWebhook"]


async def test_starting_announces_the_webhook(stub: TelegramStub, make_account: MakeAccount, inbox: Inbox) -> None:
    account = make_account(mode=Mode.WEBHOOK, webhook_secret=SECRET, public_url="https://nabij.example/")

    await account.start()
    await account.receive(inbox)

    assert stub.requests[-1] == (
        "setWebhook",
        {
            "url": "https://nabij.example/webhooks/telegram/mariposha",
            "secret_token": SECRET,
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
        },
    )


async def test_a_webhook_is_announced_as_soon_as_telegram_can_be_reached(
    stub: TelegramStub, make_account: MakeAccount, inbox: Inbox
) -> None:
    account = make_account(mode=Mode.WEBHOOK, webhook_secret=SECRET, public_url="https://nabij.example")
    stub.fail("getMe", Fault(500), Fault(500))

    await account.start()
    await account.receive(inbox)

    assert stub.bot().webhook == "https://nabij.example/webhooks/telegram/mariposha"


@pytest.fixture
def hooked(make_account: MakeAccount) -> TelegramAccount:
    return make_account(mode=Mode.WEBHOOK, webhook_secret=SECRET)


@pytest.mark.parametrize("name", ["X-Telegram-Bot-Api-Secret-Token", "x-telegram-bot-api-secret-token"])
def test_a_signed_call_is_parsed(hooked: TelegramAccount, name: str) -> None:
    inbound = hooked.parse_webhook({"Host": "x", name: SECRET}, UPDATE)

    assert (inbound.external_id, inbound.text, inbound.address.account) == ("9", "HECHTING", "mariposha:telegram")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, UPDATE, 403),
        ({"X-Telegram-Bot-Api-Secret-Token": ""}, UPDATE, 403),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET + "a"}, UPDATE, 403),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET.upper()}, UPDATE, 403),
        ({"X-Telegram-Bot-Api-Secret-Token": "é\udc80"}, UPDATE, 403),
        (SIGNED, b" " * 1_000_001, 413),
        (SIGNED, b"", 400),
        (SIGNED, b"{", 400),
        (SIGNED, b"\xff\xfe", 400),
        (SIGNED, b"[]", 400),
        (SIGNED, b"{}", 400),
        (SIGNED, b'{"update_id": "9"}', 400),
        (SIGNED, b"[" * 999_999, 400),
        (SIGNED, b'{"update_id": ' + b"9" * 5000 + b"}", 400),
    ],
)
def test_other_calls_are_refused(hooked: TelegramAccount, headers: dict[str, str], body: bytes, status: int) -> None:
    with pytest.raises(BadRequest) as refusal:
        hooked.parse_webhook(headers, body)

    assert refusal.value.status == status


def test_a_polling_account_has_no_webhook(make_account: MakeAccount) -> None:
    with pytest.raises(BadRequest) as refusal:
        make_account().parse_webhook({"X-Telegram-Bot-Api-Secret-Token": ""}, UPDATE)

    assert refusal.value.status == 404


@pytest.mark.parametrize("secret", ["", "a b", "a" * 257, "geheim\n"])
def test_a_webhook_needs_a_secret_that_telegram_takes(make_account: MakeAccount, secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        make_account(mode=Mode.WEBHOOK, webhook_secret=secret)


@pytest.mark.parametrize("code", ["", "a b", "a\n", "a" * 65, "é"])
def test_a_link_takes_only_what_telegram_hands_on(account: TelegramAccount, code: str) -> None:
    with pytest.raises(ValueError, match="start code"):
        account.link(code)
