"""A person texts a practice from a browser; nothing they say is lost, doubled or shown as anything but their words."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.decision import Decision
from bot.core.messages import Button, InboundKind, Kind, Lane, Outgoing
from bot.store import decisions, subscribers
from bot.store.tables import InboundRow
from tests.web.house import SITE, House, Visitor, eventually, explains, says_nothing

pytestmark = pytest.mark.slow


async def lines(visitor: Visitor) -> list[dict[str, Any]]:
    await visitor.opens()
    return visitor.lines


async def has_lines(visitor: Visitor, number: int) -> list[dict[str, Any]]:
    async def there() -> bool:
        return len(await lines(visitor)) == number

    await eventually(there)
    return visitor.lines


async def test_a_keyword_is_answered_and_stands_in_the_history_after_a_reload(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    assert (await anna.says("HECHTING")).json() == {"ok": True}
    word, explanation, exercise = await has_lines(anna, 3)
    assert (word["you"], word["text"], word["time"], word["date"]) == (True, "HECHTING", "09:00", "dinsdag 3 maart")
    assert explanation["html"] == "<p>Hechting gaat over <strong>nabijheid</strong>.</p>\n"
    assert exercise["buttons"] == ["Gedaan", "Elke dag een stap", "Liever geen vervolg"]
    assert [line["seq"] for line in anna.lines] == [1, 2, 3]


async def test_a_tap_says_its_label_and_means_what_our_own_row_says(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    await anna.says("HECHTING")
    exercise = (await has_lines(anna, 3))[2]
    await anna.taps(exercise["id"], 1)
    tap, answer = (await has_lines(anna, 5))[3:]
    assert (tap["text"], tap["tapped"]) == ("Elke dag een stap", {"message": exercise["id"], "button": 1})
    assert "daily" in answer["html"]


async def test_somebody_elses_button_means_nothing(house: House) -> None:
    anna, bo = house.visitor(), house.visitor()
    await anna.opens()
    await bo.opens()
    await anna.says("HECHTING")
    exercise = (await has_lines(anna, 3))[2]
    await bo.taps(exercise["id"], 1)
    tap, answer = await has_lines(bo, 2)
    assert tap["text"] == ""
    assert "()" in answer["html"]


async def test_a_post_that_the_browser_repeats_is_one_message(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    for _ in range(5):
        assert (await anna.posts("messages", {"id": "de-eerste", "text": "hoi"})).status_code == 200
    await has_lines(anna, 3)
    assert await house.received() == 1


async def test_two_people_may_use_the_same_id(house: House) -> None:
    for visitor in (house.visitor(), house.visitor()):
        await visitor.opens()
        await visitor.posts("messages", {"id": "de-eerste", "text": "hoi"})
        await has_lines(visitor, 3)
    assert await house.received() == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("🙈🙈🙈", id="only emoji"),
        pytest.param("<script>alert(1)</script><b>vet</b>", id="html"),
        pytest.param("</script><script>alert(1)</script>", id="end of the data block"),
        pytest.param("'; DROP TABLE messages; --", id="sql"),
        pytest.param("{{ 7 * 7 }}{% raw %}", id="template"),
        pytest.param("nul\x00nul", id="nul"),
        pytest.param("שלום עולם \u202etxt.exe", id="right to left"),
        pytest.param("ze\u200bro\u200d\ufeff", id="zero width"),
        pytest.param("a" * 4_000, id="longest"),
        pytest.param("🙈" * 4_000, id="longest of the widest"),
        pytest.param("regel een\n\n  regel twee\t", id="white space"),
    ],
)
async def test_whatever_they_say_is_stored_as_it_is_and_shown_as_text(house: House, text: str) -> None:
    house.answers = says_nothing
    anna = house.visitor()
    await anna.opens()
    assert (await anna.says(text)).status_code == 200
    page = await anna.opens()
    assert [line["text"] for line in anna.lines] == [text]
    assert "html" not in anna.lines[0]
    assert "<b>vet" not in page.text
    assert len(re.findall("<script", page.text)) == 2


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [("", 422, "leeg"), (" \n\t ", 422, "leeg"), ("a" * 4_001, 422, "4.000"), ("a" * 10_000, 422, "4.000")],
)
async def test_what_is_no_message_is_refused_kindly(house: House, text: str, status: int, words: str) -> None:
    anna = house.visitor()
    await anna.opens()
    refusal = await anna.says(text)
    assert refusal.status_code == status
    assert words in refusal.json()["error"]
    assert await house.received() == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "123456"},
        {"id": "123456", "text": "hoi", "start": "code"},
        {"id": "123456", "message": 1},
        {"id": "123456", "message": 1, "button": -1},
        {"id": "123456", "message": 2**70, "button": 1},
        {"id": "123456", "message": "1", "button": "1"},
        {"id": "1", "text": "hoi"},
        {"id": "1:2:3:4:5", "text": "hoi"},
        {"id": "123456", "text": 7},
        {"id": "123456", "text": "hoi", "kind": "group"},
        {"id": "123456", "start": "een code met spaties"},
        {"id": "123456", "start": "a" * 65},
        [],
        "hoi",
        None,
    ],
)
async def test_a_post_of_another_shape_has_no_effect(house: House, body: Any) -> None:
    anna = house.visitor()
    await anna.opens()
    refusal = await anna.posts("messages", body)
    assert refusal.status_code == 400
    assert "error" in refusal.json()
    assert await house.received() == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 60_000])
async def test_a_malformed_body_has_no_effect(house: House, raw: bytes) -> None:
    anna = house.visitor()
    await anna.opens()
    refusal = await anna.client.post(
        "/chat/mariposha/messages",
        content=raw,
        headers={"Origin": SITE, "Content-Type": "application/json", "X-Nabij-Token": anna.token},
    )
    assert refusal.status_code == 400
    assert await house.received() == 0


async def test_half_a_character_becomes_the_mark_of_a_missing_one(house: House) -> None:
    house.answers = says_nothing
    anna = house.visitor()
    await anna.opens()
    await anna.client.post(
        "/chat/mariposha/messages",
        content=b'{"id": "123456", "text": "\\ud83d\\ude48 \\ud800"}',
        headers={"Origin": SITE, "Content-Type": "application/json", "X-Nabij-Token": anna.token},
    )
    (line,) = await lines(anna)
    assert line["text"] == "🙈 \N{REPLACEMENT CHARACTER}"


async def test_a_body_that_is_too_big_is_refused_before_it_is_read(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    refusal = await anna.posts("messages", {"id": "123456", "text": "a" * 70_000})
    assert refusal.status_code == 413
    assert await house.received() == 0


async def test_opening_a_link_says_nothing_until_the_page_does(house: House) -> None:
    anna = house.visitor()
    page = await anna.opens("?start=folder-7")
    assert 'data-start="folder-7"' in page.text
    assert await house.received() == 0
    await anna.posts("messages", {"id": "start-folder-7", "start": "folder-7"})
    (welcome,) = await has_lines(anna, 1)
    assert "Welkom" in welcome["html"]
    async with house.database.read() as conn:
        kind, payload = (await conn.execute(select(InboundRow.kind, InboundRow.payload))).one()
    assert (kind, payload) == (InboundKind.START.value, "folder-7")


@pytest.mark.parametrize("start", ["", '"><script>', "een code", "a" * 65])
async def test_a_link_with_a_strange_code_opens_the_chat_without_it(house: House, start: str) -> None:
    anna = house.visitor()
    page = await anna.client.get("/chat/mariposha", params={"start": start})
    assert page.status_code == 200
    assert 'data-start=""' in page.text


@pytest.mark.parametrize(("word", "draft"), [("HECHTING", "HECHTING"), ("ik haat jullie", ""), ("<b>", "")])
async def test_only_a_word_of_the_practice_is_laid_ready(house: House, word: str, draft: str) -> None:
    page = await house.browser().get("/chat/mariposha", params={"woord": word})
    assert re.findall(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL) == [draft]


async def test_what_the_browser_showed_is_accepted_and_what_came_later_is_not(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    await anna.says("HECHTING")
    await has_lines(anna, 3)
    assert await house.states() == ["sending", "sending"]
    assert (await anna.posts("ack", {"seq": 2})).status_code == 204
    assert await house.states() == ["accepted", "sending"]
    assert [line.get("seen") for line in await lines(anna)] == [None, True, False]


async def test_a_visitor_without_a_word_yet_may_acknowledge_nothing(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    assert (await anna.posts("ack", {"seq": 10**15})).status_code == 204
    assert (await anna.posts("ack", {"seq": -1})).status_code == 400


async def test_nobody_can_acknowledge_somebody_elses_lines(house: House) -> None:
    anna, bo = house.visitor(), house.visitor()
    await anna.opens()
    await bo.opens()
    await anna.says("HECHTING")
    await has_lines(anna, 3)
    await bo.posts("ack", {"seq": 99})
    assert await house.states() == ["sending", "sending"]


async def test_who_is_somebody_else_begins_anew_and_sees_nothing_of_before(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    await anna.says("HECHTING")
    await has_lines(anna, 3)
    before, token, mark = anna.address, anna.token, anna.mark
    assert (await anna.posts("forget", {})).status_code == 204
    assert await lines(anna) == []
    assert anna.address != before
    assert (anna.token, anna.mark) != (token, mark)


async def test_a_page_of_before_can_say_nothing_any_more(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    old = anna.token
    await anna.posts("forget", {})
    anna.token = old
    assert (await anna.says("van wie is dit?")).status_code == 403
    assert await house.received() == 0


async def test_a_long_history_is_read_page_by_page(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    await house.hear(anna.address, *(f"regel {number}" for number in range(75)))
    page = await anna.opens()
    assert [line["seq"] for line in anna.lines] == list(range(16, 76))
    assert 'id="older" class="older" hidden' not in page.text
    older = (await anna.client.get("/chat/mariposha/history?before=16")).json()
    assert [line["text"] for line in older["lines"]] == [f"regel {number}" for number in range(15)]
    assert older["more"] is False


@pytest.mark.parametrize("before", ["0", "-1", "x", "", str(2**80)])
async def test_a_history_before_nothing_is_refused(house: House, before: str) -> None:
    anna = house.visitor()
    await anna.opens()
    assert (await anna.client.get("/chat/mariposha/history", params={"before": before})).status_code == 400


async def test_a_practice_sees_its_own_people_only(house: House) -> None:
    """The same browser at two practices is two people who have nothing to do with each other."""
    anna = house.visitor()
    await anna.opens()
    await anna.says("HECHTING")
    await has_lines(anna, 3)
    elsewhere = Visitor(house, "bellein", anna.client)
    assert await lines(elsewhere) == []
    assert elsewhere.address.external_id != anna.address.external_id
    stolen = anna.client.cookies["nabij-mariposha"]
    thief = house.browser(cookies={"nabij-bellein": stolen})
    assert (await thief.get("/chat/bellein/history?before=9")).status_code == 401


async def test_what_the_bot_says_by_itself_stands_there_on_return(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    await anna.says("HECHTING")
    await has_lines(anna, 3)
    lesson = Outgoing(
        text="Stap 1.", kind=Kind.LESSON, lane=Lane.LESSON, unasked=True, buttons=(Button("Gedaan", "x"),)
    )
    await house.tell(anna.address, lesson)
    line = (await has_lines(anna, 4))[3]
    assert (line["kind"], line["seen"], line["buttons"]) == ("lesson", False, ["Gedaan"])


async def test_what_a_person_says_never_becomes_html_of_the_bot_either(house: House) -> None:
    def repeats(inbound: Any) -> tuple[Outgoing, ...]:
        return (Outgoing(text=f"Je zei: {inbound.text}"),)

    house.answers = repeats
    anna = house.visitor()
    await anna.opens()
    await anna.says("<img src=x onerror=alert(1)> [klik](javascript:alert(1))")
    answer = (await has_lines(anna, 2))[1]["html"]
    assert "<img" not in answer
    assert "href" not in answer


@pytest.mark.parametrize("slug", ["onbekend", "..%2f..", "%00", "a" * 300])
async def test_there_is_no_chat_of_an_unknown_practice(house: House, slug: str) -> None:
    page = await house.browser().get(f"/chat/{slug}", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "Deze pagina is er niet" in page.text
    assert "set-cookie" not in page.headers


async def test_the_history_in_the_page_is_json_that_can_not_leave_its_block(house: House) -> None:
    house.answers = explains
    anna = house.visitor()
    await anna.opens()
    await anna.says("<!-- <script> &amp; ' \" \u2028")
    page = await anna.opens()
    block = re.search(r'id="history">(.*?)</script>', page.text, re.DOTALL)
    assert block is not None
    assert json.loads(block[1])[0]["text"] == "<!-- <script> &amp; ' \" \u2028"


async def test_in_discreet_mode_the_page_has_a_neutral_name(house: House) -> None:
    visitor, now = house.visitor(), house.clock.now()
    page = await visitor.opens()
    assert "<title>Mariposha" in page.text

    async def switched(conn: Any) -> None:
        person = await subscribers.find_or_create(conn, "mariposha", visitor.address, zone="Europe/Amsterdam", now=now)
        decision = Decision(subscriber=replace(person, discreet=True))
        await decisions.record(conn, "mariposha", decision, "test:discreet", now, "v1")

    await house.database.write(switched)
    page = await visitor.opens()
    assert "<title>Berichten</title>" in page.text and "<h1>Berichten</h1>" in page.text
    head, _, _ = page.text.partition("<main>")
    assert "Mariposha" not in head
