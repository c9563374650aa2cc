"""Telegram's payloads in, Inbound values out. The payloads have the shapes of core.telegram.org/bots/api."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram_updates import parse_update
from bot.core.messages import Address, Channel, Inbound, InboundKind

ACCOUNT = "mariposha:telegram"
CHAT = {"id": 991, "type": "private", "first_name": "Sanne", "username": "sanne"}
SANNE = {"id": 991, "is_bot": False, "first_name": "Sanne", "username": "sanne", "language_code": "nl"}
GROUP = {"id": -100777, "type": "supergroup", "title": "Vriendinnen"}
BOT = {"id": 7, "is_bot": True, "first_name": "Nabij", "username": "nabij_bot"}
HEAD = {"message_id": 5, "date": 1795262400, "chat": CHAT, "from": SANNE}
PHOTO = [{"file_id": "a", "file_unique_id": "b", "width": 90, "height": 90, "file_size": 1000}]
VOICE = {"file_id": "a", "file_unique_id": "b", "duration": 3, "mime_type": "audio/ogg"}
STICKER = {
    "file_id": "a",
    "file_unique_id": "b",
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "emoji": "\N{GREEN HEART}",
}


def of(update: object) -> Inbound:
    return parse_update(ACCOUNT, update)


def message(**content: Any) -> dict[str, Any]:
    return {"update_id": 10, "message": {**HEAD, **content}}


def member(status: str) -> dict[str, Any]:
    return {"user": BOT, "status": status, **({"until_date": 0} if status == "kicked" else {})}


def membership(chat: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    change = {
        "chat": chat,
        "from": SANNE,
        "date": 1795262400,
        "old_chat_member": member(before),
        "new_chat_member": member(after),
    }
    return {"update_id": 10, "my_chat_member": change}


def tap(data: str | None, **more: Any) -> dict[str, Any]:
    query = {
        "id": "4382",
        "from": SANNE,
        "chat_instance": "-3",
        "message": {**HEAD, "from": BOT, "text": "Dag"},
        **more,
    }
    return {"update_id": 10, "callback_query": query if data is None else {**query, "data": data}}


def inbound(kind: InboundKind, chat: str = "991", **more: Any) -> Inbound:
    named = {"name": "Sanne", "language": "nl"} if kind is not InboundKind.UNKNOWN else {}
    return Inbound(address=Address(Channel.TELEGRAM, ACCOUNT, chat), external_id="10", kind=kind, **{**named, **more})


PAYLOADS: list[tuple[dict[str, Any], Inbound]] = [
    (message(text="HECHTING"), inbound(InboundKind.TEXT, text="HECHTING")),
    (message(text="/hulp@nabij_bot"), inbound(InboundKind.TEXT, text="/hulp@nabij_bot")),
    (message(text="/start"), inbound(InboundKind.START, text="/start")),
    (message(text="/start@nabij_bot"), inbound(InboundKind.START, text="/start@nabij_bot")),
    (
        message(text="/start HECHTING-ig", entities=[{"type": "bot_command", "offset": 0, "length": 6}]),
        inbound(InboundKind.START, text="/start HECHTING-ig", payload="HECHTING-ig"),
    ),
    (
        message(text="/start@nabij_bot Ab_9"),
        inbound(InboundKind.START, text="/start@nabij_bot Ab_9", payload="Ab_9"),
    ),
    (
        message(text="/start ik wil niet meer"),
        inbound(InboundKind.TEXT, text="/start ik wil niet meer"),
    ),
    (message(text=f"/start {'a' * 65}"), inbound(InboundKind.TEXT, text=f"/start {'a' * 65}")),
    (message(text="/started"), inbound(InboundKind.TEXT, text="/started")),
    (message(text="NUL \x00 en <b> en \u202e"), inbound(InboundKind.TEXT, text="NUL \x00 en <b> en \u202e")),
    (message(text="half \ud83d"), inbound(InboundKind.TEXT, text="half \ufffd")),
    (message(text="x" * 10_000), inbound(InboundKind.TEXT, text="x" * 10_000)),
    (message(photo=PHOTO, caption="kijk"), inbound(InboundKind.MEDIA, text="kijk")),
    (message(photo=PHOTO, caption="/start abc"), inbound(InboundKind.MEDIA, text="/start abc")),
    (message(voice=VOICE), inbound(InboundKind.MEDIA)),
    (message(sticker=STICKER), inbound(InboundKind.MEDIA)),
    (message(location={"latitude": 52.1, "longitude": 4.3}), inbound(InboundKind.MEDIA)),
    (message(pinned_message={**HEAD, "text": "x"}), inbound(InboundKind.UNKNOWN)),
    (message(brand_new_thing={"a": 1}), inbound(InboundKind.UNKNOWN)),
    (message(text=["a"]), inbound(InboundKind.UNKNOWN, chat="")),
    (
        {
            "update_id": 10,
            "message": {**HEAD, "from": {**SANNE, "first_name": "\n S\u200fanne\x07 " + "x" * 90}, "text": "a"},
        },
        inbound(InboundKind.TEXT, text="a", name="S anne " + "x" * 57),
    ),
    (
        {"update_id": 10, "message": {**HEAD, "from": {**SANNE, "language_code": "<script>"}, "text": "a"}},
        inbound(InboundKind.TEXT, text="a", language=""),
    ),
    (
        {"update_id": 10, "message": {key: HEAD[key] for key in ("message_id", "date", "chat")} | {"text": "a"}},
        inbound(InboundKind.TEXT, text="a", name="", language=""),
    ),
    (
        {"update_id": 10, "edited_message": {**HEAD, "edit_date": 1795262401, "text": "STOP"}},
        inbound(InboundKind.EDIT, text="STOP"),
    ),
    (message(chat=GROUP, text="HECHTING"), inbound(InboundKind.GROUP, chat="-100777")),
    (
        {"update_id": 10, "edited_message": {**HEAD, "chat": GROUP, "text": "x"}},
        inbound(InboundKind.GROUP, chat="-100777"),
    ),
    (
        {
            "update_id": 10,
            "channel_post": {
                "message_id": 1,
                "date": 1795262400,
                "chat": {"id": -100888, "type": "channel", "title": "Kanaal"},
                "text": "x",
            },
        },
        inbound(InboundKind.GROUP, chat="-100888", name="", language=""),
    ),
    (membership(GROUP, "left", "member"), inbound(InboundKind.GROUP, chat="-100777")),
    (membership(GROUP, "member", "kicked"), inbound(InboundKind.UNKNOWN, chat="")),
    (membership(CHAT, "member", "kicked"), inbound(InboundKind.BLOCKED)),
    (membership(CHAT, "kicked", "member"), inbound(InboundKind.UNKNOWN)),
    (tap("42.1"), inbound(InboundKind.BUTTON, message_id=42, button=1, callback_id="4382")),
    (
        tap("900000000000000000.10", message={"message_id": 5, "date": 0, "chat": CHAT}),
        inbound(InboundKind.BUTTON, message_id=900000000000000000, button=10, callback_id="4382"),
    ),
    (
        tap("42.1", message=None, inline_message_id="x"),
        inbound(InboundKind.BUTTON, message_id=42, button=1, callback_id="4382"),
    ),
    *[
        (tap(data), inbound(InboundKind.UNKNOWN, callback_id="4382"))
        for data in ("", "42", "42.", ".1", "0.1", "-1.1", "42.1\n", "42.100", "٤٢.1", "9" * 19 + ".1", "menu", None)
    ],
    (
        tap("42.1", message={**HEAD, "chat": GROUP}),
        inbound(InboundKind.GROUP, chat="-100777", callback_id="4382"),
    ),
    ({"update_id": 10}, inbound(InboundKind.UNKNOWN, chat="")),
    ({"update_id": 10, "something_of_2030": {"id": 1}}, inbound(InboundKind.UNKNOWN, chat="")),
    ({"update_id": 10, "message": {}}, inbound(InboundKind.UNKNOWN, chat="")),
    ({"update_id": 10, "message": "text"}, inbound(InboundKind.UNKNOWN, chat="")),
    (message(chat={"id": "991", "type": "private"}, text="a"), inbound(InboundKind.UNKNOWN, chat="")),
    (message(date=10**30, text="a"), inbound(InboundKind.UNKNOWN, chat="")),
    ({"update_id": 10, "callback_query": {"id": "1"}}, inbound(InboundKind.UNKNOWN, chat="")),
    (
        {"update_id": 10, "poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0}},
        inbound(InboundKind.UNKNOWN, chat=""),
    ),
]


@pytest.mark.parametrize(("payload", "expected"), PAYLOADS)
def test_a_payload_becomes_an_inbound(payload: dict[str, Any], expected: Inbound) -> None:
    assert of(json.loads(json.dumps(payload))) == expected


@pytest.mark.parametrize(
    "payload", [None, [], "x", 7, {}, {"update_id": "10"}, {"update_id": None}, {"update_id": True}, {"update_id": 1.5}]
)
def test_what_is_no_update_is_refused(payload: object) -> None:
    with pytest.raises(ValueError, match="not a Telegram update"):
        of(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)
SHAPES = [payload for payload, _ in PAYLOADS]


def places(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [path]
    return [path, *(place for key, inside in value.items() for place in places(inside, (*path, key)))]


def put(value: Any, path: tuple[str, ...], new: object) -> Any:
    return new if not path else {**value, path[0]: put(value[path[0]], path[1:], new)}


@given(st.data())
def test_no_shape_of_an_update_raises(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    path = data.draw(st.sampled_from(places(shape)).filter(lambda found: found not in {(), ("update_id",)}))
    update = put(shape, path, data.draw(json_values)) if path else shape

    parsed = of(update)

    assert parsed.external_id == "10"
    parsed.text.encode()
    parsed.name.encode()
    assert parsed.address.external_id.lstrip("-").isdecimal() or parsed.kind is InboundKind.UNKNOWN
