"""A mail server on this machine that keeps what it is given and answers as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.settings import SmtpSettings


@dataclass
class Mailbox:
    """`answers`: what the next mails are answered with instead of 250, after they were handed over."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    cut: int = 0
    """So many connections are cut after the mail was handed over, before any answer."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settings(self) -> SmtpSettings:
        return SmtpSettings(host="127.0.0.1", port=self.port, sender="nabij@praktijk.example", security="none")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The library's hook."""
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        self.changed.set()
        if self.cut:
            self.cut -= 1
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return "250 OK"

    async def gets(self, count: int = 1) -> list[EmailMessage]:
        """The mails so far, once there are so many."""
        async with asyncio.timeout(10):
            while len(self.mails) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.mails


@asynccontextmanager
async def open_mailbox(port: int = 0) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop, hostname="mailbox.test"), "127.0.0.1", port)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        await server.wait_closed()
