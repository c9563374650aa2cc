"""What leaves for Telegram, and what each kind of answer means for the message."""

import json
import logging

import pytest
import structlog
from aiohttp import web

from bot.channels.protocol import ChannelPort
from bot.channels.telegram import TelegramAccount, rows
from bot.channels.transport import Timeouts
from bot.core.delivery import Accepted, AccountDown, Ambiguous, Moved, NotSent, Outcome, Refused
from bot.core.messages import Address, Button, Channel, Inbound, InboundKind
from tests.channels.conftest import MakeAccount, MakeMessage
from tests.stubs.telegram import TOKEN, TelegramStub
from tests.stubs.telegram_world import Fault


def test_an_account_is_a_channel_port(make_account: MakeAccount) -> None:
    port: ChannelPort = make_account(rate=7)

    assert (port.channel, port.account, port.practice, port.rate) == (
        Channel.TELEGRAM,
        "mariposha:telegram",
        "mariposha",
        7,
    )


async def test_a_message_arrives_with_its_marks_and_buttons(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage
) -> None:
    sanne = stub.user(1)

    outcome = await account.send(message("Dag **Sanne** & <co>", ["Gedaan", "Elke dag een stap"], row=77))

    sent = sanne.received[0]
    assert outcome == Accepted(str(sent.message_id))
    assert (sent.raw, sent.text) == ("Dag <b>Sanne</b> &amp; &lt;co&gt;", "Dag Sanne & <co>")
    assert sent.keys == [[("Gedaan", "77.0")], [("Elke dag een stap", "77.1")]]


@pytest.mark.parametrize(
    ("text", "buttons", "expected"),
    [
        ("Dag", [], {"chat_id": 1, "text": "Dag", "parse_mode": "HTML"}),
        (
            "Kijk op [onze pagina](https://a.nl)",
            ["Ja", "Nee"],
            {
                "chat_id": 1,
                "text": 'Kijk op <a href="https://a.nl">onze pagina</a>',
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": {
                    "inline_keyboard": [
                        [{"text": "Ja", "callback_data": "42.0"}, {"text": "Nee", "callback_data": "42.1"}]
                    ]
                },
            },
        ),
    ],
)
async def test_requests_on_the_wire(
    stub: TelegramStub,
    account: TelegramAccount,
    message: MakeMessage,
    text: str,
    buttons: list[str],
    expected: dict[str, object],
) -> None:
    stub.user(1)

    await account.send(message(text, buttons))

    assert stub.requests[-1] == ("sendMessage", expected)


async def test_callback_data_of_the_highest_row_fits_64_bytes(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage
) -> None:
    stub.user(1)

    outcome = await account.send(message(buttons=[str(n) for n in range(11)], row=2**63 - 1))

    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize(
    ("labels", "widths"),
    [
        ([str(n) for n in range(11)], [6, 5]),
        (["Ja", "Nee"], [2]),
        (["07:00", "08:00", "12:30", "18:00", "21:00"], [4, 1]),
        (["Gedaan", "Elke dag een stap", "Liever geen vervolg"], [1, 1, 1]),
        (["Gedaan", "Later", "Liever niet", "Vraag het later nog eens"], [2, 1, 1]),
        ([], []),
    ],
)
def test_short_buttons_share_a_row(labels: list[str], widths: list[int]) -> None:
    buttons = [Button(label, "menu") for label in labels]

    laid = rows(buttons)

    assert [len(row) for row in laid] == widths
    assert [button for row in laid for button in row] == buttons


TELEGRAMS_ANSWERS = [
    (Fault(403, "Forbidden: bot was blocked by the user"), Refused("bot was blocked by the user", address_gone=True)),
    (Fault(403, "Forbidden: user is deactivated"), Refused("user is deactivated", address_gone=True)),
    (
        Fault(403, "Forbidden: bot can't initiate conversation with a user"),
        Refused("bot can't initiate conversation with a user", address_gone=True),
    ),
    (Fault(400, "Bad Request: chat not found"), Refused("Chat not found")),
    (Fault(400, "Bad Request: message is too long"), Refused("Message is too long")),
    (Fault(400, 'Bad Request: can\'t parse entities: "mijn geheim"'), Refused("Can't parse entities")),
    (Fault(400, "Bad Request: group chat was upgraded", migrate_to=-100123), Moved("-100123")),
    (Fault(413, "Request Entity Too Large"), Refused("Request Entity Too Large")),
    (Fault(429, retry_after=7), NotSent("too many requests", retry_after=7.0, whole_account=True)),
    (Fault(429, "Too Many Requests"), NotSent("too many requests", whole_account=True)),
    (Fault(401, "Unauthorized"), AccountDown("Telegram does not accept the token")),
    (Fault(404, "Not Found"), AccountDown("Telegram does not accept the token")),
    (Fault(500, "Internal Server Error"), Ambiguous("status 500")),
    (Fault(502, "Bad Gateway", counts=True), Ambiguous("status 502")),
    (Fault(302, "Found"), Ambiguous("status 302")),
    (Fault(body="<html>"), Ambiguous("the answer is not a Bot API answer")),
    (Fault(body='{"ok": true}'), Ambiguous("the answer is not a Bot API answer")),
    (Fault(body='{"ok": true, "result": {"a": 1}}'), Ambiguous("the answer holds no message")),
    (Fault(body="[" * 100_000), Ambiguous("the answer is not a Bot API answer")),
]


@pytest.mark.parametrize(("fault", "expected"), TELEGRAMS_ANSWERS)
async def test_each_answer_has_its_outcome(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage, fault: Fault, expected: Outcome
) -> None:
    stub.user(1)
    stub.fail("sendMessage", fault)

    assert await account.send(message()) == expected


@pytest.mark.parametrize(("cut", "accepted"), [("before", 0), ("middle", 1), ("after", 1)])
async def test_a_connection_cut_after_bytes_left_is_ambiguous(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage, cut: str, accepted: int
) -> None:
    stub.user(1)
    stub.fail("sendMessage", Fault(cut=cut))  # type: ignore[arg-type]

    outcome = await account.send(message())

    assert isinstance(outcome, Ambiguous)
    assert len(stub.sent) == accepted


async def test_a_platform_that_is_away_surely_got_nothing(
    stub: TelegramStub, make_account: MakeAccount, message: MakeMessage
) -> None:
    stub.user(1)
    account = make_account()
    await stub.goes_away()
    await account.start()
    away = await account.send(message())
    await stub.comes_back()
    back = await account.send(message())

    assert away == NotSent("ClientConnectorError")
    assert isinstance(back, Accepted)


async def test_an_unknown_host_surely_got_nothing(make_account: MakeAccount, message: MakeMessage) -> None:
    account = make_account(api_url="http://nowhere.invalid")
    await account.start()

    assert isinstance(await account.send(message()), NotSent)


async def test_an_answer_that_is_too_late_is_ambiguous(
    stub: TelegramStub, make_account: MakeAccount, message: MakeMessage
) -> None:
    stub.user(1)
    account = make_account(timeouts=Timeouts(connect=1, write=1, read=0.05))
    await account.start()
    stub.fail("sendMessage", Fault(delay=0.5))

    assert await account.send(message()) == Ambiguous("SocketTimeoutError")
    assert len(stub.sent) == 1


async def test_after_stopping_nothing_is_sent(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage
) -> None:
    await account.stop()

    assert isinstance(await account.send(message()), NotSent)
    assert stub.sent == []


@pytest.mark.parametrize(
    ("text", "chat"), [("a" * 4097, "1"), ("", "1"), ("**", "abc"), ("Dag", ""), ("\N{GREEN HEART}" * 2049, "1")]
)
async def test_what_telegram_would_refuse_is_not_even_tried(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage, text: str, chat: str
) -> None:
    stub.user(1)
    before = len(stub.requests)

    assert isinstance(await account.send(message(text, chat=chat)), Refused)
    assert len(stub.requests) == before


async def test_marks_do_not_count_for_the_length(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage
) -> None:
    stub.user(1)

    assert isinstance(await account.send(message("**" + "&" * 4096 + "**")), Accepted)


@pytest.mark.parametrize("text", ["<b>", "</i>", "&", "a < b > c", "*_`[", "\x00\ud800", "{{ x }}", "\u202eabc", "'\""])
async def test_no_text_can_poison_the_html(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage, text: str
) -> None:
    stub.user(1)

    assert isinstance(await account.send(message(f"Dag {text}.")), Accepted)


async def test_a_proxys_403_says_nothing_about_a_person(
    stub: TelegramStub, account: TelegramAccount, message: MakeMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.user(1)
    monkeypatch.setattr("tests.stubs.telegram._refused", lambda refusal: _page(refusal.status))
    for status in (403, 404, 401):
        stub.fail("sendMessage", Fault(status, "no"))

        assert await account.send(message()) == Ambiguous(f"status {status}")


def _page(status: int) -> web.Response:
    return web.Response(text="<html>geen toegang</html>", status=status)


async def test_a_tap_is_acknowledged_and_a_stale_one_is_no_error(stub: TelegramStub, account: TelegramAccount) -> None:
    stub.bot().open_taps.add("tap1")

    for tap in ("tap1", "tap1"):
        await account.acknowledge(_inbound(InboundKind.BUTTON, callback_id=tap))

    assert stub.bot().answered_taps == ["tap1"]


async def test_a_group_is_left(stub: TelegramStub, account: TelegramAccount) -> None:
    stub.user(-5, "Vriendinnen")

    await account.acknowledge(_inbound(InboundKind.GROUP, chat="-5"))
    await account.acknowledge(_inbound(InboundKind.GROUP, chat="-6"))

    assert stub.bot().left == [-5]


async def test_neither_token_nor_text_reaches_a_log(
    stub: TelegramStub, make_account: MakeAccount, message: MakeMessage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.user(1)
    account = make_account()
    faults = [fault for fault, _ in TELEGRAMS_ANSWERS]
    stub.fail("sendMessage", *faults)
    stub.fail("setMyCommands", *faults[:3])

    with structlog.testing.capture_logs() as logged:
        await account.start()
        outcomes = [await account.send(message("mijn geheim")) for _ in faults]
        await account.acknowledge(_inbound(InboundKind.BUTTON, callback_id="x"))
        await stub.goes_away()
        outcomes.append(await account.send(message("mijn geheim")))

    written = caplog.text + json.dumps(logged) + repr(outcomes)
    assert TOKEN.split(":")[1] not in written
    assert "geheim" not in written
    assert logged


def _inbound(kind: InboundKind, chat: str = "1", callback_id: str = "") -> Inbound:
    return Inbound(
        address=Address(Channel.TELEGRAM, "mariposha:telegram", chat),
        external_id="1",
        kind=kind,
        callback_id=callback_id,
    )
