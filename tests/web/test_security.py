"""Only our own pages may speak for a visitor, and nothing that leaves this house helps an attacker."""

import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

from bot.store.errors import DatabaseUnavailable
from bot.web.security import Guard
from tests.web.house import SITE, House, open_house, practice

pytestmark = pytest.mark.slow

PAGES = ("/", "/chat/mariposha", "/healthz", "/readyz", "/onbekend", "/static/nabij.css", "/static/onbekend")


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_carries_the_headers(house: House, path: str) -> None:
    answer = await house.browser().get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_the_nonce_is_new_for_each_page_and_every_script_and_style_has_it(house: House) -> None:
    nonces = set()
    for _ in range(3):
        page = await house.browser().get("/chat/mariposha")
        (nonce,) = set(re.findall(r"'nonce-([^']+)'", page.headers["content-security-policy"]))
        loaded = re.findall(r"<(?:script|link)[^>]*(?:\.js|\.css)[^>]*>", page.text)
        assert len(loaded) > 2
        assert all(f'nonce="{nonce}"' in one for one in loaded)
        nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.parametrize("path", ["/chat/mariposha", "/", "/onbekend"])
async def test_no_page_has_anything_inline(demo: House, path: str) -> None:
    page = await demo.browser().get(path, headers={"Accept": "text/html"})
    assert not re.search(r"\son[a-z]+\s*=|\sstyle\s*=|<style|javascript:", page.text)
    scripts = re.findall(r"<script([^>]*)>", page.text)
    assert all('src="' in one or 'type="application/json"' in one for one in scripts)


async def test_a_conversation_is_never_cached_and_a_file_for_ever(house: House) -> None:
    page = await house.browser().get("/chat/mariposha")
    assert page.headers["cache-control"] == "no-store"
    address = re.search(r'href="(/static/nabij\.css\?v=[0-9a-f]{12})"', page.text)
    assert address is not None
    style = await house.browser().get(address[1])
    assert "immutable" in style.headers["cache-control"]
    script = await house.browser().get("/static/lines.js")
    assert script.headers["cache-control"] == "no-cache"
    again = await house.browser().get("/static/lines.js", headers={"If-None-Match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://elders.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://nabij.test.elders.example"}, 403),
        ({"X-Nabij-Token": ""}, 403),
        ({"X-Nabij-Token": "ééé"}, 403),
        ({"Content-Type": "text/plain"}, 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ],
)
async def test_only_our_own_page_may_post(house: House, headers: dict[str, str], status: int) -> None:
    anna = house.visitor()
    await anna.opens()
    raw: Any = {name: value.encode() for name, value in headers.items()}
    assert (await anna.posts("messages", {"id": "123456", "text": "hoi"}, **raw)).status_code == status
    assert await house.received() == (1 if status == 200 else 0)


async def test_a_page_of_plain_http_in_the_house_may_post_without_sec_fetch_site(house: House) -> None:
    """Browsers send Sec-Fetch-Site to https and to this machine only."""
    anna = house.visitor()
    await anna.opens()
    headers = {"Origin": SITE, "X-Nabij-Token": anna.token}
    said = await anna.client.post("/chat/mariposha/messages", json={"id": "123456", "text": "hoi"}, headers=headers)
    assert said.status_code == 200


async def test_behind_a_proxy_the_public_address_counts(house: House) -> None:
    proxied = house.rebuilt(public_url="https://chat.example.nl")
    anna = proxied.visitor()
    page = await anna.client.get("/chat/mariposha")
    anna.token = re.findall(r'data-token="([^"]*)"', page.text)[0]
    cookies = {"Cookie": page.headers["set-cookie"].partition(";")[0]}
    ours = await anna.posts("messages", {"id": "123456", "text": "hoi"}, Origin="https://chat.example.nl", **cookies)
    assert ours.status_code == 200


@pytest.mark.parametrize("path", ["messages", "ack", "forget"])
async def test_a_token_of_somebody_else_opens_nothing(house: House, path: str) -> None:
    anna, bo = house.visitor(), house.visitor()
    await anna.opens()
    await bo.opens()
    bodies: dict[str, dict[str, Any]] = {"messages": {"id": "123456", "text": "hoi"}, "ack": {"seq": 1}, "forget": {}}
    assert (await anna.posts(path, bodies[path], **{"X-Nabij-Token": bo.token})).status_code == 403


@pytest.mark.parametrize("cookie", ["", "anna", "anna.", ".x", "anna.AAAA", "é.x"])
async def test_a_cookie_that_is_not_ours_is_nobody(house: House, cookie: str) -> None:
    headers: Any = {"Cookie": f"nabij-mariposha={cookie}".encode()}
    stranger = house.browser(headers=headers)
    assert (await stranger.get("/chat/mariposha/history?before=9")).status_code == 401
    assert (await stranger.get("/chat/mariposha/events")).status_code == 401
    assert "set-cookie" in (await stranger.get("/chat/mariposha")).headers


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    cookie = (await house.browser().get("/chat/mariposha")).headers["set-cookie"]
    assert cookie.startswith("nabij-mariposha=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


async def test_over_https_the_cookie_is_locked_to_this_host(house: House) -> None:
    page = await house.rebuilt(public_url="https://chat.example.nl").browser().get("/chat/mariposha")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-nabij-mariposha=")
    assert "Secure" in cookie.split("; ")
    assert "Domain" not in cookie
    assert "max-age" in page.headers["strict-transport-security"]


async def test_an_id_has_128_random_bits(house: House) -> None:
    ids = set()
    for _ in range(20):
        anna = house.visitor()
        await anna.opens()
        ids.add(anna.address.external_id)
    assert len(ids) == 20
    assert all(len(one) == 22 for one in ids)


async def test_new_visitors_of_one_address_are_capped_with_a_kind_page(house: House) -> None:
    capped = house.rebuilt(new_visitors_an_hour=3)
    known = capped.visitor()
    await known.opens()
    for _ in range(2):
        assert (await capped.visitor().opens()).status_code == 200
    refusal = await capped.visitor().opens()
    assert refusal.status_code == 429
    assert "over een uur" in refusal.text
    assert "tel:113" in refusal.text
    assert (await known.opens()).status_code == 200
    assert (await known.posts("forget", {})).status_code == 429
    capped.client_address = "192.0.2.8"
    assert (await capped.visitor().opens()).status_code == 200


async def test_a_household_with_many_addresses_is_one(house: House) -> None:
    capped = house.rebuilt(new_visitors_an_hour=1)
    answers = []
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"):
        capped.client_address = address
        answers.append((await capped.visitor().opens()).status_code)
    assert answers == [200, 429, 200]


@pytest.mark.parametrize(("client", "status"), [("192.168.1.20", 404), ("127.0.0.1", 200), ("::1", 200)])
async def test_the_phones_in_the_house_get_the_chat_and_not_the_dashboard(
    house: House, client: str, status: int
) -> None:
    lan = house.rebuilt(lan=True)
    lan.client_address = client
    assert (await lan.browser().get("/metrics")).status_code == status
    assert (await lan.browser().get("/chat/mariposha")).status_code == 200
    dashboard = Guard(PlainTextResponse("alleen hier"), secure=False, lan=True)
    transport = httpx.ASGITransport(app=dashboard, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://nabij.test") as browser:
        assert (await browser.get("/praktijk/inbox")).status_code == status


async def test_an_accident_shows_and_logs_nothing_of_it(
    house: House, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secret = "ik heet Anna en mijn geheim is groot"

    async def breaks(_: Any) -> None:
        raise RuntimeError(secret)

    broken = house.rebuilt(receive=breaks)
    anna = broken.visitor()
    await anna.opens()
    with caplog.at_level(logging.DEBUG):
        answer = await anna.says(secret)
    assert answer.status_code == 500
    assert "Dat ligt aan ons" in answer.json()["error"]
    printed = "".join(capsys.readouterr())
    assert secret not in answer.text + printed + caplog.text
    assert "request_failed" in printed


async def test_without_a_database_nothing_is_acknowledged(house: House) -> None:
    async def away(_: Any) -> None:
        raise DatabaseUnavailable("disk full")

    broken = house.rebuilt(receive=away)
    anna = broken.visitor()
    await anna.opens()
    answer = await anna.says("HECHTING")
    assert answer.status_code == 503
    assert "disk" not in answer.text


async def test_a_response_that_breaks_off_tells_nobody_why() -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("geheim")

    async def nothing() -> Message:
        return {"type": "http.request"}

    async def sent(_: Message) -> None:
        return None

    scope = {"type": "http", "path": "/", "headers": [], "client": ("127.0.0.1", 1)}
    with pytest.raises(Exception, match=r"^$") as broken:
        await Guard(breaks, secure=False, lan=False)(scope, nothing, sent)
    assert broken.value.__cause__ is None
    assert broken.value.__suppress_context__


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/static/../site.py", "/static/%2e%2e/site.py"])
async def test_nothing_else_is_told(house: House, path: str) -> None:
    assert (await house.browser().get(path)).status_code == 404


async def test_errors_speak_dutch_to_people_and_json_to_programs(house: House) -> None:
    page = await house.browser().get("/onbekend", headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Deze pagina is er niet" in page.text
    answer = await house.browser().post("/healthz", headers={"Accept": "application/json"})
    assert answer.status_code == 405
    assert "andere manier" in answer.json()["error"]


async def test_a_practice_with_a_strange_name_is_escaped(tmp_path: Path) -> None:
    strange = practice(name='<b>Praktijk "A & B"</b>')
    async with open_house(tmp_path, strange, demo=True) as house:
        for path in ("/", "/chat/mariposha"):
            page = await house.browser().get(path)
            assert "<b>Praktijk" not in page.text
            assert "&lt;b&gt;Praktijk &#34;A &amp; B&#34;" in page.text
