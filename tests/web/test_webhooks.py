"""A platform posts what came in, and hears 200 only when it is stored."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.channels.protocol import BadRequest
from bot.core.messages import Address, Channel, Inbound, InboundKind
from bot.store.errors import DatabaseUnavailable
from tests.web.house import House, open_house, practice

CHAT = Address(Channel.TELEGRAM, "mariposha:telegram", "4711")


class Port:
    """An account that takes everything but the body that it was told to refuse."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Inbound:
        if headers.get("x-telegram-bot-api-secret-token") != "geheim":
            raise BadRequest(403, "wrong secret")
        self.bodies.append(body)
        kind = InboundKind.TEXT if b"text" in body else InboundKind.UNKNOWN
        return Inbound(address=CHAT, external_id=body.decode(), kind=kind, text="hoi")


@pytest.fixture
async def port() -> Port:
    return Port()


@pytest.fixture
async def house(tmp_path: Path, port: Port) -> Any:
    async with open_house(tmp_path, practice(), practice("bellein"), webhooks={"mariposha:telegram": port}) as opened:
        yield opened


async def post(house: House, body: bytes, slug: str = "mariposha", secret: str = "geheim") -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
    return (await house.browser().post(f"/webhooks/telegram/{slug}", content=body, headers=headers)).status_code


async def test_an_update_is_received_once_however_often_it_comes(house: House) -> None:
    assert [await post(house, b"text 1") for _ in range(3)] == [200, 200, 200]
    assert await house.received() == 1


async def test_a_valid_update_of_an_unknown_shape_is_fine(house: House) -> None:
    assert await post(house, b"iets nieuws") == 200


async def test_a_wrong_secret_has_no_effect(house: House, port: Port) -> None:
    assert await post(house, b"text 1", secret="anders") == 403
    assert (port.bodies, await house.received()) == ([], 0)


@pytest.mark.parametrize("slug", ["bellein", "onbekend"])
async def test_a_practice_without_telegram_has_no_such_webhook(house: House, slug: str) -> None:
    assert await post(house, b"text 1", slug) == 404


async def test_an_update_of_more_than_a_megabyte_is_refused_unread(house: House, port: Port) -> None:
    assert await post(house, b"x" * 1_000_001) == 413

    async def endless() -> Any:
        for _ in range(1_000):
            yield b"x" * 10_000
        pytest.fail("it was read to its end")

    headers = {"X-Telegram-Bot-Api-Secret-Token": "geheim"}
    answer = await house.browser().post("/webhooks/telegram/mariposha", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert port.bodies == []


async def test_an_update_of_nearly_a_megabyte_is_read(house: House, port: Port) -> None:
    assert await post(house, b"x" * 999_000) == 200
    assert len(port.bodies) == 1


async def test_while_the_database_is_away_the_platform_has_to_come_again(house: House) -> None:
    async def away(_: Sequence[Inbound]) -> None:
        raise DatabaseUnavailable("lost")

    assert await post(house.rebuilt(receive=away), b"text 1") == 503


async def test_nobody_gets_a_webhook(house: House) -> None:
    assert (await house.browser().get("/webhooks/telegram/mariposha")).status_code == 405


async def test_an_accident_is_not_acknowledged_and_tells_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async def breaks(_: Sequence[Inbound]) -> None:
        raise RuntimeError("ik heet Anna")

    broken = house.rebuilt(receive=breaks)
    answer = await broken.browser().post(
        "/webhooks/telegram/mariposha", content=b"text 1", headers={"X-Telegram-Bot-Api-Secret-Token": "geheim"}
    )
    assert (answer.status_code, answer.content) == (500, b"")
    assert answer.headers["cache-control"] == "no-store"
    told = capsys.readouterr()
    assert "Anna" not in told.out + told.err
