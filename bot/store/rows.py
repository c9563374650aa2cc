"""What the rows of messages and events hold, and the conditions that a message's indexes know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, literal_column

from bot.core.decision import Decision
from bot.core.delivery import Message, MessageState
from bot.core.messages import Address, Button, Channel, Kind, Lane, Outgoing, Papers, Picture, Series
from bot.store.crypt import Keys
from bot.store.tables import AlertRow, MessageRow

REPLY_LIFETIME: Final = timedelta(hours=24)
WEBCHAT_REPLY_LIFETIME: Final = timedelta(days=30)
"""A reply in the web chat waits for the browser to come back; nothing knocks on the person's phone meanwhile."""
LESSON_LIFETIME: Final = timedelta(hours=14)
"""What could not go out today is not sent tomorrow morning, next to tomorrow's."""

MESSAGE_COLUMNS: Final = (
    "practice", "subscriber_id", "address_id", "account", "cause", "n", "kind", "lane", "topic", "step", "unasked",
    "body", "content_version", "created_at", "due_at", "expires_at",
)  # fmt: skip
NEW_MESSAGE: Final[Mapping[str, str | int]] = {
    "state": MessageState.READY.value,
    "attempt": 0,
    "resends": 0,
    "retries": 0,
    "epoch": 0,
    "seq": 0,
    "provider_id": "",
    "reason": "",
    "duplicate_possible": False,
}
"""The other columns of a message on which nobody has worked yet."""
TAKEN_BACK: Final = "taken back"
"""The reason of a message that was cancelled while it was being sent."""
EVENT_COLUMNS: Final = ("practice", "subscriber_id", "kind", "data", "at", "cause")


def is_ready() -> ColumnElement[bool]:
    return in_state(MessageState.READY)


def in_state(state: MessageState) -> ColumnElement[bool]:
    """A literal, not a parameter: the partial indexes are of no use to a query that might ask for any state."""
    return MessageRow.state == literal_column(f"'{state.value}'")


def alert_is_open() -> ColumnElement[bool]:
    return AlertRow.state.in_([literal_column("'ready'"), literal_column("'sending'")])


class Body(NamedTuple):
    """What a message's row says."""

    text: str
    buttons: tuple[Button, ...]
    picture: Picture | None
    papers: Papers | None = None


def message_of(row: Row[*tuple[Any, ...]], body: Body) -> Message:
    """Of a row of messages with its address's `external_id`."""
    return Message(
        id=row.id,
        practice=row.practice,
        subscriber_id=row.subscriber_id,
        address_id=row.address_id,
        address=Address(Channel(row.account.partition(":")[2]), row.account, row.external_id),
        kind=Kind(row.kind),
        lane=Lane(row.lane),
        text=body.text,
        buttons=body.buttons,
        picture=body.picture,
        papers=body.papers,
        unasked=row.unasked,
        attempt=row.attempt,
        resends=row.resends,
        retries=row.retries,
        due_at=row.due_at,
        expires_at=row.expires_at,
        created_at=row.created_at,
        seq=row.seq,
    )


def message_values(
    decision: Decision, cause: str, address_id: int, tokens: Sequence[bytes], content_version: str, now: datetime
) -> Iterator[tuple[Any, ...]]:
    """MESSAGE_COLUMNS of each message of the Decision, due `now`; `tokens` are their bodies, encrypted."""
    subscriber = decision.subscriber
    for n, (outgoing, token) in enumerate(zip(decision.messages, tokens, strict=True)):
        yield (
            subscriber.practice,
            subscriber.id,
            address_id,
            subscriber.address.account,
            cause,
            n,
            str(outgoing.kind),
            int(outgoing.lane),
            outgoing.topic,
            outgoing.step,
            outgoing.unasked,
            token,
            content_version,
            now,
            now,
            outgoing.expires or now + _lifetime(outgoing, subscriber.address.channel),
        )


def _lifetime(outgoing: Outgoing, channel: Channel) -> timedelta:
    if outgoing.lane not in {Lane.CRISIS, Lane.REPLY}:
        return LESSON_LIFETIME
    return WEBCHAT_REPLY_LIFETIME if channel is Channel.WEBCHAT else REPLY_LIFETIME


def event_values(decision: Decision, cause: str, now: datetime) -> Iterator[tuple[Any, ...]]:
    """EVENT_COLUMNS of each event of the Decision."""
    subscriber = decision.subscriber
    for event in decision.events:
        yield subscriber.practice, subscriber.id, event.kind, _data(tuple(event.data.items())), now, cause


# Those who get the same step have the same event.
@lru_cache(1_024)
def _data(data: tuple[tuple[str, str | int], ...]) -> str:
    return json.dumps(dict(data))


def body_of(outgoing: Outgoing) -> str:
    return write_body(outgoing.text, outgoing.buttons, outgoing.picture, outgoing.papers)


def write_body(text: str, buttons: tuple[Button, ...], picture: Picture | None, papers: Papers | None = None) -> str:
    body: dict[str, Any] = {"text": text}
    if buttons:
        # Without an empty short label, and without spaces below: a scale has eleven buttons.
        body["buttons"] = [
            [one.label, one.action, one.short] if one.short else [one.label, one.action] for one in buttons
        ]
    if picture is not None:
        body["picture"] = {
            "alt": picture.alt,
            "first": picture.first.isoformat(),
            "last": picture.last.isoformat(),
            "series": [
                [series.name, [[on.isoformat(), number] for on, number in series.points]] for series in picture.series
            ],
        }
    if papers is not None:
        body["papers"] = papers.value
    return json.dumps(body, separators=(",", ":"))


NO_BODY: Final = b""
"""Of a message whose text was kept long enough: the row still tells that something was sent."""


def opened_body(keys: Keys, stored: bytes) -> Body:
    """What a message said; empty once that is no longer kept. Raises KeyMissing."""
    return read_body(keys.decrypt(stored)) if stored != NO_BODY else Body("", (), None)


def read_body(body: str) -> Body:
    stored = json.loads(body)
    picture = stored.get("picture")
    return Body(
        stored["text"],
        tuple(Button(*button) for button in stored.get("buttons", ())),
        _read_picture(picture) if picture else None,
        Papers(stored["papers"]) if "papers" in stored else None,
    )


def _read_picture(stored: dict[str, Any]) -> Picture:
    return Picture(
        alt=stored["alt"],
        first=date.fromisoformat(stored["first"]),
        last=date.fromisoformat(stored["last"]),
        series=tuple(
            Series(name, tuple((date.fromisoformat(on), number) for on, number in points))
            for name, points in stored["series"]
        ),
    )
