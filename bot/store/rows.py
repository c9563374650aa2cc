"""What a message's row holds, and the conditions that its indexes know."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, literal_column

from bot.core.delivery import MessageState
from bot.core.messages import Button, Papers, Picture, Series
from bot.store.crypt import Keys
from bot.store.tables import MessageRow


def is_ready() -> ColumnElement[bool]:
    return in_state(MessageState.READY)


def in_state(state: MessageState) -> ColumnElement[bool]:
    """A literal, not a parameter: the partial indexes are of no use to a query that might ask for any state."""
    return MessageRow.state == literal_column(f"'{state.value}'")


class Body(NamedTuple):
    """What a message's row says."""

    text: str
    buttons: tuple[Button, ...]
    picture: Picture | None
    papers: Papers | None = None


def write_body(text: str, buttons: tuple[Button, ...], picture: Picture | None, papers: Papers | None = None) -> str:
    body: dict[str, Any] = {"text": text}
    if buttons:
        body["buttons"] = [[button.label, button.action, button.short] for button in buttons]
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
    return json.dumps(body)


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
