"""What a message's row holds, and the conditions that its indexes know."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, literal_column

from bot.core.delivery import MessageState
from bot.core.messages import Button
from bot.store.tables import MessageRow


def is_ready() -> ColumnElement[bool]:
    return in_state(MessageState.READY)


def in_state(state: MessageState) -> ColumnElement[bool]:
    """A literal, not a parameter: the partial indexes are of no use to a query that might ask for any state."""
    return MessageRow.state == literal_column(f"'{state.value}'")


def write_body(text: str, buttons: tuple[Button, ...], picture: str) -> str:
    body: dict[str, Any] = {"text": text}
    if buttons:
        body["buttons"] = [[button.label, button.action, button.short] for button in buttons]
    if picture:
        body["picture"] = picture
    return json.dumps(body)


def read_body(body: str) -> tuple[str, tuple[Button, ...]]:
    stored = json.loads(body)
    return stored["text"], tuple(Button(*button) for button in stored.get("buttons", ()))
