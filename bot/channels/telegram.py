"""One practice's bot on Telegram: receives by polling or webhook, sends one message at a time, decides nothing.

Facts of the platform: core.telegram.org/bots/api. All waiting here is on real time, in seconds.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import structlog
from telegram import BotCommand, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.channels.bot_api import BotApiRequest, PlainBot, TooManyRequests, Unclear, outcome_of
from bot.channels.protocol import AccountRefused, BadRequest, Deliver, File, MakePapers, PolledElsewhere
from bot.channels.telegram_updates import UPDATE_KINDS, parse_update
from bot.channels.transport import Timeouts, Transport
from bot.core.delivery import Accepted, Ambiguous, Message, NotSent, Outcome, Refused
from bot.core.markup import may_preview, to_telegram_html, visible_length
from bot.core.messages import LONGEST_CAPTION, Button, Channel, Inbound, InboundKind, Picture
from bot.crash import kind_and_place
from bot.pictures import png

DEFAULT_RATE: Final = 25.0
"""Messages a second: below the 30 or so that Telegram allows a bot."""
LONGEST_TEXT: Final = 4096
BIGGEST_UPDATE: Final = 1_000_000
"""Bytes; real updates are a few kB."""

_SIGNED_BY: Final = "x-telegram-bot-api-secret-token"
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_POLL_FOR: Final = 25.0
_LONGEST_PAUSE: Final = 30.0
_LONGEST_WAIT: Final = 3_600.0
"""Where Telegram says how long: what it asks for beyond that is asked again."""
_COMMANDS: Final = {
    "hulp": "Wat ik voor je kan doen",
    "menu": "Het menu",
    "stop": "Geen berichten meer",
    "start": "Weer beginnen",
    "pauze": "Even geen berichten",
    "tijd": "Een ander moment kiezen",
    "waarom": "Waarom je dit bericht kreeg",
    "gegevens": "Wat er van je bewaard wordt",
    "privacy": "Wie wat kan lezen",
}
_UNKNOWN_SHAPE: Final = (AttributeError, LookupError, TypeError, ValueError)
"""What the library raises on an answer that lacks something."""
_log = structlog.get_logger(__name__)


class Mode(StrEnum):
    POLLING = "polling"
    WEBHOOK = "webhook"


class TelegramAccount:
    """A ChannelPort for one bot token. Raises ValueError for a webhook secret that Telegram would not take."""

    channel: Final = Channel.TELEGRAM

    def __init__(
        self,
        practice: str,
        token: str,
        *,
        api_url: str = "https://api.telegram.org",
        mode: Mode = Mode.POLLING,
        webhook_secret: str = "",
        rate: float = DEFAULT_RATE,
        public_url: str = "",
        timeouts: Timeouts | None = None,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
        papers: MakePapers | None = None,
    ) -> None:
        if mode is Mode.WEBHOOK and not _SECRET.fullmatch(webhook_secret):
            raise ValueError("a Telegram webhook needs a secret of 1 to 256 characters A-Z, a-z, 0-9, _ and -")
        self.practice: Final = practice
        self.account: Final = f"{practice}:{Channel.TELEGRAM}"
        self.rate: Final = rate
        self._mode = mode
        self._secret = webhook_secret
        self._webhook = f"{public_url.rstrip('/')}/webhooks/telegram/{practice}" if public_url else ""
        self._pause = pause
        self._papers = papers
        self._transport = Transport(timeouts)
        request = BotApiRequest(self._transport)
        base = api_url.rstrip("/")
        self._bot = PlainBot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=request,
            get_updates_request=request,
        )
        self._username = ""
        self._known = False

    async def start(self) -> bool:
        await self._transport.open()
        try:
            await self._introduce()
        except TelegramError as error:
            _log.warning("telegram_unreachable", account=self.account, error=type(error).__name__)
            return False
        return True

    async def stop(self) -> None:
        await self._transport.close()

    async def prepare(self, message: Message) -> None:
        """Draws the picture, which is kept for a while."""
        await _photo(message.picture)

    async def send(self, message: Message) -> Outcome:
        text = to_telegram_html(message.text)
        if not message.address.external_id.removeprefix("-").isdecimal():
            return Refused("the address is no chat")
        if not 1 <= visible_length(text) <= LONGEST_TEXT:
            return Refused("the text is empty or longer than Telegram takes")
        try:
            file = await self._papers(message) if self._papers is not None and message.papers is not None else None
        except LookupError:
            return Refused("whose papers these were is gone")
        except Exception as problem:  # noqa: BLE001 -- whatever a database raises: nothing was sent, so it may be tried again
            _log.warning("papers_not_made", account=self.account, **kind_and_place(problem))
            return NotSent("the papers could not be made")
        photo = await _photo(message.picture) if visible_length(text) <= LONGEST_CAPTION else None
        try:
            if file is not None:
                return Accepted(await self._hand_over(message, text, file))
            if photo is None:
                return Accepted(await self._say(message, text))
            return Accepted(await self._show(message, text, photo))
        except TelegramError as error:
            return outcome_of(error)
        except _UNKNOWN_SHAPE:
            return Ambiguous("the answer holds no message")

    async def _say(self, message: Message, text: str) -> str:
        more: dict[str, Any] = {}
        if message.buttons:
            more["reply_markup"] = {"inline_keyboard": _keys(message)}
        if may_preview(text):
            # Said only where it matters: not every server of the Bot API knows this field.
            more["link_preview_options"] = {"is_disabled": True}
        return await self._bot.say(int(message.address.external_id), text, more)

    async def _show(self, message: Message, caption: str, photo: bytes) -> str:
        sent = await self._bot.send_photo(
            chat_id=int(message.address.external_id),
            photo=photo,
            filename="week.png",
            caption=caption,
            parse_mode=ParseMode.HTML,
            reply_markup=InlineKeyboardMarkup.de_json({"inline_keyboard": _keys(message)}) if message.buttons else None,
        )
        return str(sent.message_id)

    async def _hand_over(self, message: Message, caption: str, file: File) -> str:
        sent = await self._bot.send_document(
            chat_id=int(message.address.external_id),
            document=file.content,
            filename=file.name,
            caption=caption,
            parse_mode=ParseMode.HTML,
            disable_content_type_detection=True,
        )
        return str(sent.message_id)

    async def acknowledge(self, inbound: Inbound) -> None:
        """Ends the waiting mark on a tapped button, and leaves a group, which never is a conversation."""
        if inbound.callback_id:
            await self._best_effort("tap_not_acknowledged", self._bot.answer_callback_query(inbound.callback_id))
        if inbound.kind is InboundKind.GROUP:
            await self._best_effort("group_not_left", self._bot.leave_chat(int(inbound.address.external_id)))

    async def receive(self, deliver: Deliver) -> None:
        """Raises AccountRefused when Telegram no longer accepts the token, PolledElsewhere after a conflict."""
        failures = 0
        offset: int | None = None
        while self._mode is Mode.POLLING or not self._known:
            try:
                if not self._known:
                    await self._introduce()
                if self._mode is Mode.POLLING:
                    offset = await self._poll(offset, deliver)
                failures = 0
            except AccountRefused:
                raise
            except TelegramError as error:
                failures += 1
                await self._look_into(error)
                await self._pause(_wait(failures, error))
            except Exception as error:  # noqa: BLE001 - whatever kept the inbox from its commit: Telegram keeps the batch
                failures += 1
                _log.error("telegram_batch_not_received", account=self.account, error=type(error).__name__)
                await self._pause(_wait(failures))

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Inbound:
        """Raises BadRequest: 403 for a wrong secret, 413 over 1 MB, 400 for what is no update, 404 while polling."""
        if self._mode is not Mode.WEBHOOK:
            raise BadRequest(404, "this account polls")
        given = next((value for name, value in headers.items() if name.lower() == _SIGNED_BY), "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._secret.encode()):
            raise BadRequest(403, "wrong secret")
        if len(body) > BIGGEST_UPDATE:
            raise BadRequest(413, "larger than any update")
        try:
            return parse_update(self.account, json.loads(body))
        except (ValueError, RecursionError):
            raise BadRequest(400, "not a Telegram update") from None

    def link(self, code: str) -> str:
        if not _CODE.fullmatch(code):
            raise ValueError("a start code is 1 to 64 characters A-Z, a-z, 0-9, _ and -")
        return f"https://t.me/{self._username}?start={code}" if self._username else ""

    async def _introduce(self) -> None:
        """Only getMe decides on the account; what is announced besides may fail without harm."""
        try:
            me = await self._bot.get_me()
        except InvalidToken:
            raise AccountRefused(f"Telegram does not accept the token of {self.account}") from None
        except _UNKNOWN_SHAPE:
            raise Unclear("getMe told no name") from None
        self._username = me.username or ""
        self._known = True
        await self._best_effort("telegram_commands_not_set", self._bot.set_my_commands(_commands()))
        await self._announce_mode()

    async def _announce_mode(self) -> None:
        if self._mode is Mode.POLLING:
            await self._best_effort("telegram_webhook_not_deleted", self._bot.delete_webhook())
        elif self._webhook:
            await self._best_effort(
                "telegram_webhook_not_set",
                self._bot.set_webhook(self._webhook, secret_token=self._secret, allowed_updates=UPDATE_KINDS),
            )
        else:
            _log.warning("telegram_webhook_not_set", account=self.account, error="no public address is set")

    async def _poll(self, offset: int | None, deliver: Deliver) -> int | None:
        """The offset that confirms what was fetched and committed."""
        updates = await self._bot.raw_updates(offset, _POLL_FOR, UPDATE_KINDS)
        batch = [inbound for update in updates if (inbound := self._parsed(update)) is not None]
        if not batch:
            if updates:
                raise Unclear("no update has an id")
            # All below the offset is confirmed. After a week without any, Telegram's numbers may begin lower.
            return None
        await deliver(batch)
        return max(int(inbound.external_id) for inbound in batch) + 1

    def _parsed(self, update: Any) -> Inbound | None:
        try:
            return parse_update(self.account, update)
        except ValueError:
            _log.error("telegram_update_without_id", account=self.account)
            return None

    async def _look_into(self, error: TelegramError) -> None:
        if isinstance(error, InvalidToken):
            # Servers of the Bot API answer 404 for much; whether the token is refused only getMe says, next.
            self._known = False
        elif isinstance(error, Conflict):
            # A webhook that is set is the same to Telegram as somebody else who polls.
            await self._announce_mode()
            raise PolledElsewhere(self.account) from error
        else:
            _log.warning("telegram_polling_failed", account=self.account, error=type(error).__name__)

    async def _best_effort(self, failure: str, call: Awaitable[object]) -> None:
        try:
            await call
        except TelegramError as error:
            _log.warning(failure, account=self.account, error=type(error).__name__)
        except _UNKNOWN_SHAPE:
            _log.warning(failure, account=self.account, error="an answer of an unknown shape")


def _wait(failures: int, error: TelegramError | None = None) -> float:
    """Seconds: what Telegram asks for, else 1 to 30 with jitter."""
    if isinstance(error, TooManyRequests) and error.retry_after is not None:
        return min(error.retry_after, _LONGEST_WAIT)
    return min(_LONGEST_PAUSE, 2.0 ** min(failures, 5) * random.uniform(0.5, 1.0))


def _commands() -> list[BotCommand]:
    return [BotCommand(name, description) for name, description in _COMMANDS.items()]


async def _photo(picture: Picture | None) -> bytes | None:
    """The picture drawn; None without one. The words go out whatever comes of the drawing."""
    if picture is None:
        return None
    try:
        return await png(picture)
    except Exception as problem:  # noqa: BLE001 -- whatever a library for drawing raises
        _log.error("picture_not_drawn", **kind_and_place(problem))
        return None


def _keys(message: Message) -> list[list[dict[str, str]]]:
    """Tapping sends back our row and the button's index, at most 23 bytes of the 64."""
    keys = (
        {"text": button.label, "callback_data": f"{message.id}.{index}"} for index, button in enumerate(message.buttons)
    )
    return [[next(keys) for _ in row] for row in rows(message.buttons)]


def rows(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    """One a row, so that labels stay whole; two short ones share a row; a scale stands in rows of up to six."""
    longest = max((len(button.label) for button in buttons), default=0)
    if longest <= 5:
        width = 6 if longest <= 3 else 4
        return [buttons[at : at + width] for at in range(0, len(buttons), width)]
    laid: list[Sequence[Button]] = []
    at = 0
    while at < len(buttons):
        pair = buttons[at : at + 2]
        width = 2 if len(pair) == 2 and all(len(button.label) <= 12 for button in pair) else 1
        laid.append(buttons[at : at + width])
        at += width
    return laid
