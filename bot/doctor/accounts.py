"""Each account as its platform sees it: known, and told the way in which we receive."""

from __future__ import annotations

import asyncio
from typing import Final

from bot.channels.protocol import AccountRefused
from bot.channels.telegram_setup import Setup, Unanswered, ask
from bot.doctor.report import Line, notice, ok, wrong
from bot.settings import Settings, TelegramSettings

MANY_WAITING: Final = 100
"""Updates that Telegram could not deliver; a running bot has none."""


async def look_at_accounts(settings: Settings) -> list[Line]:
    accounts = [(slug, one.telegram) for slug, one in settings.practices.items() if one.telegram is not None]
    if not accounts:
        return [ok("Accounts", "alleen de webchat; er is geen Telegram ingesteld.")]
    return list(await asyncio.gather(*(_look_at(slug, account, settings) for slug, account in accounts)))


async def _look_at(slug: str, account: TelegramSettings, settings: Settings) -> Line:
    subject = f"Telegram van {slug}"
    setting = f"NABIJ_PRACTICES__{slug.upper().replace('-', '_')}__TELEGRAM__TOKEN"
    try:
        setup = await ask(account.token.get_secret_value(), settings.telegram_api_url)
    except AccountRefused:
        return wrong(
            subject, f"het token wordt geweigerd. Haal een nieuw token bij @BotFather en zet het in {setting}."
        )
    except Unanswered as reason:
        return wrong(
            subject,
            f"geen antwoord van {settings.telegram_api_url} ({reason}). Kijk of deze machine naar buiten kan.",
        )
    expected = f"{settings.public_url.rstrip('/')}/webhooks/telegram/{slug}" if account.mode == "webhook" else ""
    return _receiving(subject, setup, expected)


def _receiving(subject: str, setup: Setup, expected: str) -> Line:
    name = f"@{setup.username}"
    if setup.webhook != expected:
        there = f"naar {setup.webhook}" if setup.webhook else "nergens heen"
        should = f"naar {expected}" if expected else "nergens heen, want Nabij haalt ze zelf op"
        return notice(
            subject, f"{name} stuurt berichten {there}; het hoort {should}. Bij het starten zet Nabij dit zelf goed."
        )
    if setup.waiting >= MANY_WAITING:
        problem = f" ({setup.last_problem})" if setup.last_problem else ""
        return wrong(
            subject, f"er wachten {setup.waiting} berichten die Telegram niet kwijt kan{problem}. Draait Nabij?"
        )
    if expected and setup.last_problem:
        return notice(subject, f"{name} antwoordt; de laatste keer dat iets niet aankwam: {setup.last_problem}.")
    return ok(subject, f"{name} antwoordt, en berichten komen binnen {'per webhook' if expected else 'door ophalen'}.")
