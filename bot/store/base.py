"""What all tables share: names of constraints, types of columns, and how a row hangs on its subscriber."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    Time,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from bot.store.types import UtcDateTime

# SQLite numbers rows by itself only in a column that is called exactly INTEGER.
Id: Final = BigInteger().with_variant(Integer(), "sqlite")

# Ids that tombstones and buttons in old messages name: SQLite would hand out a deleted one again.
NEVER_REUSED: Final = {"sqlite_autoincrement": True}

TableArgs = tuple[SchemaItem | dict[str, bool], ...]

NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads it from the class
        datetime: UtcDateTime(),
        date: Date(),
        time: Time(),
        str: Text(),
        bytes: LargeBinary(),
        bool: Boolean(),
    }


def partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def own_id() -> Mapped[int]:
    return mapped_column(Id, Identity(), primary_key=True)


def of_subscriber(*, nullable: bool = False) -> Mapped[Any]:
    return mapped_column(Id, ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=nullable)
