"""What inbox and worker know of a channel. Concrete channels are only known to `app` (and their own web routes)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.delivery import Message, Outcome
from bot.core.messages import Channel, Inbound

Deliver = Callable[[Sequence[Inbound]], Awaitable[None]]
"""Hands a batch to the inbox; returns only after its commit, raises when nothing was committed."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


MakePapers = Callable[[Message], Awaitable[File]]
"""Makes the file that a message with `papers` carries, from what is kept of its person now. Raises what a database
raises, and LookupError when the person is no longer there."""


class AccountRefused(Exception):
    """The platform does not accept this account's token. The caller switches the account off and says so; the text
    is one plain sentence without the token."""


class PolledElsewhere(Exception):
    """Somebody else fetches what this account receives. The caller looks who owns the account before it goes on, and
    waits a while."""


class BadRequest(Exception):
    """A webhook call that is not to be answered with 200. `status` is the HTTP status to answer with."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class ChannelPort(Protocol):
    """One account of a practice on one platform."""

    @property
    def channel(self) -> Channel: ...

    @property
    def account(self) -> str:
        """`<practice>:<channel>`."""

    @property
    def practice(self) -> str: ...

    @property
    def rate(self) -> float:
        """Messages a second that the account may send; infinity when nothing limits it."""

    async def start(self) -> bool:
        """Checks the account with the platform and announces the commands. Raises AccountRefused for a wrong token;
        False when the platform gives no clear answer, which is no error: sending will retry."""

    async def stop(self) -> None: ...

    async def prepare(self, message: Message) -> None:
        """Whatever takes a while before `send` can begin, such as drawing a picture; `send` does without it too.
        Never raises but for cancellation."""

    async def send(self, message: Message) -> Outcome:
        """One attempt, outside any transaction. Never raises but for cancellation."""

    async def acknowledge(self, inbound: Inbound) -> None:
        """Lets the platform know that a tap was seen. Best effort: a failure is logged, never raised."""

    async def receive(self, deliver: Deliver) -> None:
        """Receives until cancelled, where the channel pulls (polling); returns at once where it is pushed to. Raises
        AccountRefused, PolledElsewhere."""

    def link(self, code: str) -> str:
        """An address that opens a chat with this account and hands it `code`; empty when there is none."""
