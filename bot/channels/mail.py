"""Mail to a practice, through its mail server: one attempt, and how it ended. No mail goes to a subscriber.

Source of the codes: RFC 5321, 4.2.1 (4yz: try again, 5yz: for good).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from bot.core.delivery import Accepted, Ambiguous, NotSent, Outcome, Refused

_TIMEOUT: Final = 20.0
"""Real seconds for each answer of the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    host: str
    port: int
    username: str
    password: str
    sender: str
    security: str
    """`starttls`, `tls` or `none`."""


async def send_mail(server: MailServer, to: str, subject: str, text: str, key: str) -> Outcome:
    """`key` makes the Message-ID: the same for a second attempt, so that many mail programs show one."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = server.sender, to, subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{key}@{server.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        timeout=_TIMEOUT,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
    )
    try:
        await client.connect()
        if server.username:
            await client.login(server.username, server.password)
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        # Nothing was handed over. A wrong password is tried again as well: somebody is mending it.
        return NotSent(type(error).__name__)
    try:
        await client.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return _by_code(error.recipients[0].code, error)
    except aiosmtplib.SMTPResponseException as error:
        return _by_code(error.code, error)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Ambiguous(type(error).__name__)
    finally:
        client.close()
    return Accepted()


def _by_code(code: int, error: aiosmtplib.SMTPException) -> Outcome:
    return Refused(type(error).__name__) if code >= 500 else NotSent(type(error).__name__)
