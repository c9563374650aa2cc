"""The built-in crisis reply for when the conversation can't give it: a text that breaks it, or no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.core.content.model import Practice
from bot.core.messages import Button
from bot.core.safety import check, texts
from bot.core.subscriber import AlarmState
from bot.inbox.core import Crisis

_ZONE: Final = "Europe/Amsterdam"


def crisis(text: str, recent: Sequence[str], practice: Practice | None, now: datetime) -> Crisis | None:
    """What to say and how to freeze when the safety check fires on `text` after `recent`; else None."""
    alarm = check(text, tuple(recent))
    if alarm is None:
        return None
    words, choices = texts.reply(
        alarm,
        zone=practice.zone if practice is not None else _ZONE,
        takeover_name=None,
        repeat=False,
        now=now,
        practice=practice.name if practice is not None else "",
    )
    return Crisis(
        text=words,
        buttons=tuple(Button(label, action) for action, label in choices),
        alarm=AlarmState(tier=alarm.tier, third_party=alarm.third_party, rule=alarm.rule, at=now, last_at=now),
    )
