"""What Telegram says of a bot token and its webhook, asked without changing anything."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import Bot, User
from telegram.error import InvalidToken, TelegramError

from bot.channels.bot_api import BotApiRequest
from bot.channels.protocol import AccountRefused
from bot.channels.transport import Timeouts, Transport


class Unanswered(Exception):
    """Telegram gave no clear answer; the text is a word or two without the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    username: str
    webhook: str
    """Where Telegram posts updates to; empty when they are to be polled."""
    waiting: int
    """Updates that are not delivered yet."""
    last_problem: str
    """Why the newest delivery failed, in Telegram's words; empty when none did."""


async def ask(token: str, api_url: str) -> Setup:
    """getMe and getWebhookInfo (core.telegram.org/bots/api#getwebhookinfo). Raises AccountRefused, Unanswered."""
    transport = Transport(Timeouts(connect=5.0, write=5.0, read=10.0))
    request = BotApiRequest(transport)
    base = api_url.rstrip("/")
    await transport.open()
    try:
        bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=request,
            get_updates_request=request,
        )
        me = await _introduced(bot)
        info = await bot.get_webhook_info()
    except TelegramError as error:
        raise Unanswered(type(error).__name__) from None
    except (AttributeError, LookupError, TypeError, ValueError):
        raise Unanswered("an answer of an unknown shape") from None
    finally:
        await transport.close()
    return Setup(
        username=me.username or "",
        webhook=info.url or "",
        waiting=info.pending_update_count or 0,
        last_problem=info.last_error_message or "",
    )


async def _introduced(bot: Bot) -> User:
    """Only getMe says whether the token counts: servers of the Bot API answer 404 for much."""
    try:
        return await bot.get_me()
    except InvalidToken:
        raise AccountRefused("Telegram does not accept the token") from None
