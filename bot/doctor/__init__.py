"""`nabij doctor`: looks at everything that an installation needs and changes nothing."""

from __future__ import annotations

import ssl

from bot.doctor.accounts import look_at_accounts
from bot.doctor.content import look_at_content, look_at_helplines
from bot.doctor.database import look_at_database
from bot.doctor.machine import look_at_certificate, look_at_files, look_at_room
from bot.doctor.report import Line, Verdict
from bot.settings import Settings

__all__ = ["Line", "Verdict", "examine"]


async def examine(settings: Settings, trust: ssl.SSLContext | None = None) -> list[Line]:
    """A line for each thing that was looked at, whatever the others found. `trust`: whose certificates count; None
    for those that this machine trusts."""
    return [
        *await look_at_database(settings),
        look_at_room(settings),
        *look_at_files(settings),
        *await look_at_accounts(settings),
        await look_at_certificate(settings, trust or ssl.create_default_context()),
        *look_at_content(settings),
        *look_at_helplines(),
    ]
