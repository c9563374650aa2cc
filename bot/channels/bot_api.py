"""Telegram's Bot API over our transport: python-telegram-bot's Bot, with failures that say whether something was sent.

Facts: core.telegram.org/bots/api#making-requests, and how python-telegram-bot 22 turns statuses into exceptions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.transport import Answer, NotDelivered, Timeouts, Transport, Undecided, Upload
from bot.core.delivery import AccountDown, Ambiguous, Moved, NotSent, Outcome, Refused

_TOO_MANY: Final = 429


class Unreached(NetworkError):
    """Surely not sent: no connection came about."""


class Unclear(NetworkError):
    """Bytes left and no clear answer came back: a timeout, a reset, a 5xx, or an answer that is no Bot API answer."""


class TooManyRequests(TelegramError):
    """Telegram's 429: nothing was done. `retry_after` is in seconds; None when Telegram gave no time.

    Ours because reading python-telegram-bot's RetryAfter.retry_after warns about its own deprecation.
    """

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("Too many requests")
        self.retry_after = retry_after


class BotApiRequest(BaseRequest):
    """Sends a Bot's calls through a Transport, as JSON, or as multipart when a file is among them."""

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def read_timeout(self) -> float:
        return self._transport.timeouts.read

    async def initialize(self) -> None:
        await self._transport.open()

    async def shutdown(self) -> None:
        await self._transport.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - part of `connect` here
    ) -> tuple[int, bytes]:
        timeouts = _given(self._transport.timeouts, read_timeout, write_timeout, connect_timeout)
        try:
            answer = await self._deliver(url, method, request_data, timeouts)
        except NotDelivered as error:
            raise Unreached(str(error)) from None
        except Undecided as error:
            raise Unclear(str(error)) from None
        return _clear(answer), answer.body

    async def _deliver(self, url: str, method: str, data: RequestData | None, timeouts: Timeouts) -> Answer:
        if method == "GET":
            return await self._transport.get(url, timeouts=timeouts)
        if data is not None and data.contains_files:
            uploads = {part: Upload(*field) for part, field in data.multipart_data.items()}
            return await self._transport.post_files(url, data.json_parameters, uploads, timeouts=timeouts)
        return await self._transport.post_json(url, data.parameters if data else {}, timeouts=timeouts)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library's, but it never logs the payload, and "200 and no Bot API answer" is Unclear."""
        answer = _parsed(payload)
        if answer is None or ("result" not in answer and answer.get("ok") is not False):
            raise Unclear("the answer is not a Bot API answer")
        return answer


class PlainBot(Bot):
    """A Bot whose two busy calls take and give plain JSON. Updates stay as they came, since one of an unknown shape
    must not hide its neighbours; and making the library's objects of each message sent costs as much as sending it."""

    __slots__ = ()

    async def say(self, chat: int, text: str, more: Mapping[str, Any]) -> str:
        """sendMessage in HTML, with its further fields; the message's id. Raises TelegramError."""
        sent = await self._post("sendMessage", {"chat_id": chat, "text": text, "parse_mode": ParseMode.HTML, **more})
        number = sent.get("message_id") if isinstance(sent, dict) else None
        if not isinstance(number, int):
            raise Unclear("the answer holds no message")
        return str(number)

    async def raw_updates(self, offset: int | None, wait: float, kinds: Sequence[str]) -> list[Any]:
        """Long-polls for at most `wait` seconds of real time. Asking with an offset confirms all updates below it."""
        result = await self._post(
            "getUpdates",
            {"offset": offset, "timeout": round(wait), "allowed_updates": list(kinds)},
            read_timeout=wait + 10,
        )
        if not isinstance(result, list):
            raise Unclear("getUpdates gave no list")
        return result


def outcome_of(error: TelegramError) -> Outcome:
    """What a failed sendMessage means for the message. BadRequest is a NetworkError, so the order counts."""
    match error:
        case Forbidden():
            return Refused(_reason(error), address_gone=True)
        case BadRequest():
            return Refused(_reason(error))
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case TooManyRequests():
            return NotSent("too many requests", retry_after=error.retry_after, whole_account=True)
        case InvalidToken():
            return AccountDown("Telegram does not accept the token")
        case Conflict():
            return NotSent(_reason(error))
        case Unreached():
            return NotSent(_reason(error))
        case _:
            return Ambiguous(_reason(error))


def _reason(error: TelegramError) -> str:
    """Telegram's words up to the colon; after it parts of the message may be quoted."""
    return error.message.removeprefix("Forbidden: ").split(":")[0][:100]


def _clear(answer: Answer) -> int:
    """The status to judge a clear answer by; what is no clear answer is raised."""
    if 200 <= answer.status < 300:
        return answer.status
    said = _parsed(answer.body)
    if answer.status == _TOO_MANY:
        raise TooManyRequests(_retry_after(said) or answer.retry_after)
    if not 400 <= answer.status < 500 or said is None or said.get("ok") is not False:
        # A proxy's 403 or 404 is not Telegram's word on a person or a token.
        raise Unclear(f"status {answer.status}")
    # The library takes other 4xx (413, say) for network errors, but Telegram has clearly refused.
    return answer.status if answer.status in {400, 401, 403, 404, 409} else 400


def _retry_after(said: dict[str, Any] | None) -> float | None:
    parameters = (said or {}).get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None


def _parsed(payload: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _given(usual: Timeouts, read: object, write: object, connect: object) -> Timeouts:
    """The library marks "as usual" by a value of its own."""
    given = {"read": read, "write": write, "connect": connect}
    numbers = {name: seconds for name, seconds in given.items() if isinstance(seconds, int | float)}
    return replace(usual, **numbers) if numbers else usual
