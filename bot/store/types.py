"""Column types with the care that the databases lack."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values (both drivers would take them), stores UTC and gives aware UTC back.

    SQLite keeps text without an offset; written in UTC only, it sorts as the instants do.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError("a datetime without a time zone is refused: it names no instant")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], datetime | None] | None:
        """In one step rather than SQLAlchemy's three: a plan reads some for everybody who is due."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _in_utc(stored: datetime | None) -> datetime | None:
    return None if stored is None else stored.astimezone(UTC)


def _from_text(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored + "+00:00")


def storable(text: str, longest: int) -> str:
    """`text` as both databases can hold it in a clear column: without NUL and lone surrogates, at most `longest`
    characters. For names and payloads, which may be anything; texts of people are stored as they are, encrypted."""
    clean = text[:longest].replace("\x00", "\ufffd")
    return clean.encode("utf-8", "replace").decode("utf-8") if not clean.isascii() else clean
