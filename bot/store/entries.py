"""A Decision to be recorded, with its cause, and the rows that it adds to what was sent and to a person's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.decision import Decision
from bot.core.delivery import MessageState
from bot.store.crypt import Keys
from bot.store.errors import Missing
from bot.store.rows import (
    EVENT_COLUMNS,
    MESSAGE_COLUMNS,
    NEW_MESSAGE,
    body_of,
    event_values,
    message_values,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The rows are values by the names of their table's columns."""

    decision: Decision
    cause: str
    content_version: str

    @property
    def practice(self) -> str:
        return self.decision.subscriber.practice

    @property
    def subscriber_id(self) -> int:
        return self.decision.subscriber.id

    def messages(self, address_id: int | None, keys: Keys, now: datetime) -> Iterator[dict[str, Any]]:
        """To `address_id`, that of the decision's address. Raises Missing when there is none to send to."""
        if address_id is None and self.decision.messages:
            raise Missing("the decision's address is none of the subscriber's")
        tokens = [keys.encrypt(body_of(outgoing)) for outgoing in self.decision.messages]
        for values in message_values(self.decision, self.cause, address_id or 0, tokens, self.content_version, now):
            yield {**dict(zip(MESSAGE_COLUMNS, values, strict=True)), **NEW_MESSAGE}

    def answers(self, keys: Keys, now: datetime) -> Iterator[dict[str, Any]]:
        for answer in self.decision.answers:
            yield {
                **self._history(now),
                "question": answer.question,
                "uid": answer.uid,
                "program": answer.program,
                "step": answer.step,
                "content_version": answer.content_version,
                "number": answer.number,
                "choice": answer.choice,
                "text": keys.encrypt(answer.text) if answer.text else None,
            }

    def consents(self, now: datetime) -> Iterator[dict[str, Any]]:
        for change in self.decision.consents:
            yield {**self._history(now), "name": change.name, "given": change.given, "version": change.version}

    def events(self, now: datetime) -> Iterator[dict[str, Any]]:
        for values in event_values(self.decision, self.cause, now):
            yield dict(zip(EVENT_COLUMNS, values, strict=True))

    def alerts(self, now: datetime) -> Iterator[dict[str, Any]]:
        for alert in self.decision.alerts:
            yield {
                **self._history(now),
                "what": alert.what,
                "route": alert.route.value,
                "tier": alert.tier,
                "third_party": alert.third_party,
                "state": MessageState.READY.value,
                "due_at": now,
                "attempt": 0,
                "resends": 0,
                "reason": "",
            }

    def _history(self, now: datetime) -> dict[str, Any]:
        return {"practice": self.practice, "subscriber_id": self.subscriber_id, "at": now, "cause": self.cause}
