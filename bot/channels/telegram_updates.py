"""A Telegram update as an Inbound. Every valid shape becomes one; what we do not know is UNKNOWN, never an error.

Source: core.telegram.org/bots/api#update. Only private chats are conversations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.core.messages import Address, Channel, Inbound, InboundKind

UPDATE_KINDS: Final = ("message", "edited_message", "callback_query", "my_chat_member")
"""What we ask Telegram for."""

_START: Final = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
_DATA: Final = re.compile(r"([1-9][0-9]{0,17})\.([0-9]{1,2})")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LONGEST_NAME: Final = 64
_MEDIA: Final = (
    "animation", "audio", "contact", "dice", "document", "location", "paid_media", "photo", "poll", "sticker", "story",
    "venue", "video", "video_note", "voice",
)  # fmt: skip
_IN_GROUP: Final = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED}


def parse_update(account: str, data: object) -> Inbound:
    """Raises ValueError for what is no update at all (not an object, or without an integer update_id)."""
    update_id = data.get("update_id") if isinstance(data, Mapping) else None
    if not isinstance(data, dict) or not isinstance(update_id, int) or isinstance(update_id, bool):
        raise ValueError("not a Telegram update")
    external_id = str(update_id)
    try:
        parsed = _parsed(account, external_id, Update.de_json(data, None))
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError):
        # A shape that the library's classes refuse: it holds no more than the ones that we do not handle.
        parsed = None
    return parsed or unknown(account, external_id)


def unknown(account: str, external_id: str, chat_id: str = "", callback_id: str = "") -> Inbound:
    """An update that we do not act on. Its address has no external id when the update names no private chat."""
    return Inbound(
        address=Address(Channel.TELEGRAM, account, chat_id),
        external_id=external_id,
        kind=InboundKind.UNKNOWN,
        callback_id=callback_id,
    )


def _parsed(account: str, external_id: str, update: Update) -> Inbound | None:
    if update.callback_query is not None:
        return _tap(account, external_id, update.callback_query)
    if update.my_chat_member is not None:
        return _membership(account, external_id, update.my_chat_member)
    if update.message is not None:
        return _message(account, external_id, update.message)
    if update.edited_message is not None:
        return _edit(account, external_id, update.edited_message)
    if update.channel_post is not None:
        return _from(account, external_id, update.channel_post.chat, None, InboundKind.GROUP)
    return None


def _message(account: str, external_id: str, message: Message) -> Inbound:
    text = _storable(message.text or message.caption or "")
    if not _is_private(message.chat):
        return _from(account, external_id, message.chat, message.from_user, InboundKind.GROUP)
    started = _START.fullmatch(text) if message.text else None
    if started is not None:
        return _from(
            account, external_id, message.chat, message.from_user, InboundKind.START, text, payload=started[1] or ""
        )
    if message.text:
        return _from(account, external_id, message.chat, message.from_user, InboundKind.TEXT, text)
    if text or any(getattr(message, kind, None) for kind in _MEDIA):
        return _from(account, external_id, message.chat, message.from_user, InboundKind.MEDIA, text)
    return unknown(account, external_id, str(message.chat.id))


def _edit(account: str, external_id: str, message: Message) -> Inbound:
    kind = InboundKind.EDIT if _is_private(message.chat) else InboundKind.GROUP
    text = _storable(message.text or message.caption or "") if kind is InboundKind.EDIT else ""
    return _from(account, external_id, message.chat, message.from_user, kind, text)


def _tap(account: str, external_id: str, query: CallbackQuery) -> Inbound:
    """Our buttons only stand in private chats, where the chat's id is the person's."""
    chat = query.message.chat if query.message is not None else None
    if chat is not None and not _is_private(chat):
        return _from(account, external_id, chat, query.from_user, InboundKind.GROUP, callback_id=query.id)
    tapped = _DATA.fullmatch(query.data or "")
    if tapped is None:
        return unknown(account, external_id, str(_whole(query.from_user.id)), query.id)
    return Inbound(
        address=Address(Channel.TELEGRAM, account, str(_whole(chat.id if chat else query.from_user.id))),
        external_id=external_id,
        kind=InboundKind.BUTTON,
        message_id=int(tapped[1]),
        button=int(tapped[2]),
        callback_id=str(query.id),
        name=_name(query.from_user),
        language=_language(query.from_user),
    )


def _membership(account: str, external_id: str, change: ChatMemberUpdated) -> Inbound:
    status = change.new_chat_member.status
    if _is_private(change.chat):
        if status == ChatMemberStatus.BANNED:
            return _from(account, external_id, change.chat, change.from_user, InboundKind.BLOCKED)
        return unknown(account, external_id, str(change.chat.id))
    if status in _IN_GROUP:
        return _from(account, external_id, change.chat, change.from_user, InboundKind.GROUP)
    return unknown(account, external_id)


def _from(
    account: str,
    external_id: str,
    chat: Chat,
    person: User | None,
    kind: InboundKind,
    text: str = "",
    payload: str = "",
    callback_id: str = "",
) -> Inbound:
    return Inbound(
        address=Address(Channel.TELEGRAM, account, str(_whole(chat.id))),
        external_id=external_id,
        kind=kind,
        text=text,
        payload=payload,
        callback_id=callback_id,
        name=_name(person),
        language=_language(person),
    )


def _is_private(chat: Chat) -> bool:
    return chat.type == ChatType.PRIVATE and _whole(chat.id) > 0


def _whole(number: Any) -> int:
    """The library checks no types."""
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError("an id that is no number")
    return number


def _storable(text: Any) -> str:
    """As it was written, but for lone surrogates, which no database and no platform takes."""
    if not isinstance(text, str):
        raise TypeError("a text that is no text")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _name(person: User | None) -> str:
    if person is None:
        return ""
    printable = "".join(char if char.isprintable() else " " for char in _storable(person.first_name))
    return " ".join(printable.split())[:_LONGEST_NAME]


def _language(person: User | None) -> str:
    code = _storable((person.language_code if person is not None else None) or "")
    return code if _LANGUAGE.fullmatch(code) else ""
