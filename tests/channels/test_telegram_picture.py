"""A message with a picture goes to Telegram as a photo with a caption, with the same outcomes as any other."""

from dataclasses import replace
from datetime import date

import pytest

from bot.channels import telegram
from bot.channels.telegram import TelegramAccount
from bot.core.delivery import Accepted, Ambiguous, Message, NotSent, Outcome, Refused
from bot.core.messages import Picture, Series
from tests.channels.conftest import MakeMessage
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Fault

WEEK = Picture(
    alt="Spanning: maandag 9 maart een 7.",
    series=(Series("Spanning", ((date(2026, 3, 9), 7), (date(2026, 3, 10), 3))),),
    first=date(2026, 3, 9),
    last=date(2026, 3, 15),
)


@pytest.fixture
def week(message: MakeMessage) -> Message:
    return replace(message("**Je week** & zo", ["Menu"]), picture=WEEK)


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    async def png(picture: Picture) -> bytes:
        return b"\x89PNG of " + picture.alt.encode()

    monkeypatch.setattr(telegram, "png", png)


async def test_the_words_stand_under_the_photo(stub: TelegramStub, account: TelegramAccount, week: Message) -> None:
    sanne = stub.user(1)

    outcome = await account.send(week)

    [sent] = sanne.received
    assert outcome == Accepted(str(sent.message_id))
    assert (sent.raw, sent.text, sent.labels) == ("<b>Je week</b> &amp; zo", "Je week & zo", ["Menu"])
    method, parameters = stub.requests[-1]
    assert (method, parameters["parse_mode"], str(parameters["chat_id"])) == ("sendPhoto", "HTML", "1")
    assert parameters["photo"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=403, description="Forbidden: bot was blocked by the user"), Refused),
        (Fault(status=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS"), Refused),
        (Fault(status=429, retry_after=7), NotSent),
        (Fault(status=502), Ambiguous),
        (Fault(cut="after"), Ambiguous),
    ],
    ids=["blocked", "refused", "too many", "bad gateway", "cut"],
)
async def test_each_outcome_means_what_it_means_for_words(
    stub: TelegramStub, account: TelegramAccount, week: Message, fault: Fault, expected: type[Outcome]
) -> None:
    stub.user(1)
    stub.fail("sendPhoto", fault)

    outcome = await account.send(week)

    assert isinstance(outcome, expected)
    if isinstance(outcome, NotSent):
        assert (outcome.retry_after, outcome.whole_account) == (7, True)


async def test_words_too_long_for_a_caption_go_without_the_photo(
    stub: TelegramStub, account: TelegramAccount, week: Message
) -> None:
    sanne = stub.user(1)

    await account.send(replace(week, text="x" * 1025))

    assert len(sanne.received[0].text) == 1025
    assert stub.requests[-1][0] == "sendMessage"


async def test_what_cannot_be_drawn_is_said(
    stub: TelegramStub, account: TelegramAccount, week: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Picture) -> bytes:
        raise ValueError("no font")

    monkeypatch.setattr(telegram, "png", broken)
    sanne = stub.user(1)

    outcome = await account.send(week)

    assert isinstance(outcome, Accepted)
    assert sanne.received[0].text == "Je week & zo"
