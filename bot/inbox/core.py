"""What the inbox needs of the core, as functions, so that a test can hand it others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.content.model import Practice
from bot.core.decision import Decision
from bot.core.messages import Address, Button, Inbound
from bot.core.subscriber import AlarmState, Subscriber
from bot.core.turn import Reach

Wake = Callable[[Collection[str], datetime | None], None]
"""Tells the worker after a commit: the accounts that have something to send now, and the earliest new `next_at`."""

ReachFor = Callable[[str, Address], Reach]
"""How a person at this practice and address could be reached elsewhere, with a fresh one-time code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """The built-in answer to somebody who may be in danger, where the conversation itself can't give one."""

    text: str
    buttons: tuple[Button, ...]
    alarm: AlarmState


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """`bot.core.conversation` and `bot.core.programs`, and `bot.inbox.crisis.crisis`."""

    respond: Callable[[Inbound, Subscriber, Practice, datetime, Reach | None], Decision]
    joined: Callable[[Subscriber, Practice, datetime], Decision]
    next_at: Callable[[Subscriber, Practice, datetime], datetime | None]
    is_stop: Callable[[str], bool]
    crisis: Callable[[str, Sequence[str], Practice | None, datetime], Crisis | None]
    """The safety check of a text and the texts before it (ten minutes); None when it does not fire."""
