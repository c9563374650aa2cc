"""The demo's clock can be moved by whoever looks at the page, and nowhere else is there such a clock."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.web.house import NOW, SITE, House


async def turn(house: House, body: Any, **headers: str) -> httpx.Response:
    usual = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}
    return await house.browser().post("/demo/clock", json=body, headers=usual | headers)


async def test_it_shows_the_time_of_the_bot(demo: House) -> None:
    answer = (await demo.browser().get("/demo/clock")).json()
    assert answer == {
        "now": NOW.isoformat(),
        "day": "2026-03-03",
        "time": "09:00",
        "short": "di 3 mrt",
        "speed": 1.0,
    }


@pytest.mark.parametrize(("step", "further"), [("hour", timedelta(hours=1)), ("day", timedelta(days=1))])
async def test_it_goes_an_hour_or_a_day_further(demo: House, step: str, further: timedelta) -> None:
    assert (await turn(demo, {"advance": step})).json()["now"] == (NOW + further).isoformat()
    assert demo.clock.now() == NOW + further


async def test_it_goes_faster(demo: House) -> None:
    assert (await turn(demo, {"speed": 3600})).json()["speed"] == 3600
    assert demo.clock.speed == 3600


@pytest.mark.parametrize(
    "body", [{}, {"advance": "year"}, {"speed": 0}, {"speed": -1}, {"speed": 20_001}, {"speed": "1"}, {"back": 1}, []]
)
async def test_it_takes_no_nonsense(demo: House, body: Any) -> None:
    assert (await turn(demo, body)).status_code == 400
    assert (demo.clock.now(), demo.clock.speed) == (NOW, 1.0)


async def test_another_site_can_not_turn_it(demo: House) -> None:
    assert (await turn(demo, {"advance": "day"}, Origin="https://elders.example")).status_code == 403
    assert demo.clock.now() == NOW


async def test_a_real_bot_has_no_such_clock(house: House) -> None:
    assert (await turn(house, {"advance": "day"})).status_code == 404
    assert (await house.browser().get("/demo/clock")).status_code == 404
