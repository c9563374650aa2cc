"""The two databases' own INSERT ... ON CONFLICT under one name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

from bot.store.base import Base


def on_sqlite(conn: AsyncConnection) -> bool:
    return conn.dialect.name == "sqlite"


def insert_into(conn: AsyncConnection, row: type[Base]) -> sqlite_dialect.Insert | postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`; after a conflict that did nothing,
    RETURNING gives no row."""
    return an_insert(row, sqlite=on_sqlite(conn))


def an_insert(row: type[Base], *, sqlite: bool) -> sqlite_dialect.Insert | postgresql.Insert:
    """`insert_into` for a statement that is built once, before there is a connection."""
    return sqlite_dialect.insert(row) if sqlite else postgresql.insert(row)


def is_among(
    column: InstrumentedAttribute[Any] | ColumnElement[Any], name: str, *, sqlite: bool, texts: bool = False
) -> ColumnElement[bool]:
    """True when the column's value is in the list that comes with the parameter `name`. The statement is the same for
    every length of the list, so that it is compiled and prepared once; an IN with a parameter each is not."""
    if sqlite:
        values = func.json_each(bindparam(name, type_=_AsJson())).table_valued("value")
        return column.in_(select(values.c.value))
    if texts:
        return column == any_(bindparam(name, type_=postgresql.ARRAY(Text())))
    # As text: the driver looks at each number of a list, which takes longer than the server does with it.
    return column == any_(cast(bindparam(name, type_=_AsNumbers()), postgresql.ARRAY(BigInteger())))


class _AsNumbers(TypeDecorator[Sequence[int]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, _dialect: Dialect) -> str:
        return f"{{{','.join(map(str, value or ()))}}}"


class _AsJson(TypeDecorator[Sequence[Any]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, _dialect: Dialect) -> str:
        return json.dumps(list(value or ()))
