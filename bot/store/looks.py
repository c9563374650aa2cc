"""Who looked at whose data: written in the same transaction as the reading of it, by everything of the practice or of
the machine that shows or erases a person's data. Nothing here ever changes a row."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypt import Keys, keys_of
from bot.store.tables import LookRow

_CODE_LENGTH: Final = 12


class Looked(StrEnum):
    EXPORT = "export"
    ANSWERS = "answers"
    CONVERSATION = "conversation"
    ERASE = "erase"
    PROOF = "proof"
    ALARM = "alarm"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Look:
    at: datetime
    who: str
    what: str
    whom: str


def code_of(keys: Keys, practice: str, subscriber_id: int) -> str:
    """How the list calls a subscriber: who knows the number finds the code, and nobody finds a number by it."""
    name = f"{practice}:{subscriber_id}"
    return hmac.new(keys.derived("looks").encode(), name.encode(), hashlib.sha256).hexdigest()[:_CODE_LENGTH]


async def note(conn: AsyncConnection, practice: str, who: str, what: Looked, subscriber_id: int) -> None:
    whom = code_of(keys_of(conn), practice, subscriber_id)
    await note_code(conn, practice, who, what, whom)


async def note_code(conn: AsyncConnection, practice: str, who: str, what: Looked, whom: str) -> None:
    """For who looks at what has no subscriber any more."""
    row = {"practice": practice, "who": who, "what": what.value, "whom": whom, "at": datetime.now(UTC)}
    await conn.execute(insert(LookRow), row)


async def of_practice(conn: AsyncConnection, practice: str, *, whom: str = "", limit: int = 1_000) -> Sequence[Look]:
    """The newest first; with `whom` (a code) only of that subscriber."""
    looks = select(LookRow).where(LookRow.practice == practice).order_by(LookRow.id.desc()).limit(limit)
    if whom:
        looks = looks.where(LookRow.whom == whom)
    return [Look(row.at, row.who, row.what, row.whom) for row in await conn.execute(looks)]
