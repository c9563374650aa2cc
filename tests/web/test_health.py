"""What a load balancer and a worried practice are told."""

from typing import Any

import pytest

from bot.store.errors import DatabaseUnavailable
from bot.worker.status import AccountMode, AccountStatus
from tests.web.house import NOW, House


class Away:
    is_sqlite = True

    def read(self) -> Any:
        raise DatabaseUnavailable("no connection to 10.0.0.7")


async def test_healthz_tells_the_clocks_time_and_the_version(house: House) -> None:
    answer = (await house.browser().get("/healthz")).json()
    assert answer == {"status": "ok", "now": NOW.isoformat(), "version": "0.1"}


async def test_readyz_tells_how_each_account_fares(house: House) -> None:
    states = [
        AccountStatus("mariposha:webchat", AccountMode.ON),
        AccountStatus("mariposha:telegram", AccountMode.OFF, "Telegram does not accept the token."),
    ]
    answer = await house.rebuilt(accounts=lambda: states).browser().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": True,
        "accounts": [
            {"account": "mariposha:webchat", "state": "on", "reason": "", "owner": "here"},
            {
                "account": "mariposha:telegram",
                "state": "off",
                "reason": "Telegram does not accept the token.",
                "owner": "here",
            },
        ],
    }


async def test_without_a_database_it_is_alive_and_not_ready(house: House) -> None:
    away = house.rebuilt(database=Away())
    assert (await away.browser().get("/healthz")).status_code == 200
    answer = await away.browser().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert "10.0.0.7" not in answer.text


@pytest.mark.parametrize("path", ["/chat/mariposha", "/chat/mariposha/history?before=9"])
async def test_without_a_database_a_chat_says_so_kindly(house: House, path: str) -> None:
    away = house.rebuilt(database=Away())
    anna = house.visitor()
    await anna.opens()
    anna.client = away.browser(cookies=anna.client.cookies)
    page = await anna.client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "Het lukt even niet" in page.text
    assert "tel:112" in page.text
