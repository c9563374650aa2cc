"""Many rows by one statement, in the way that is quickest on each database.

SQLAlchemy looks at every parameter of every row, which takes longer than SQLite does with the row. So values are
converted here, a column at a time. SQLite runs its statement once a row; PostgreSQL gets all rows as one JSON text,
which costs one round trip and is taken apart by the server.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Date,
    Insert,
    LargeBinary,
    Text,
    Time,
    Update,
    and_,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import KeyedColumnElement

from bot.store.base import Base
from bot.store.dialect import on_sqlite
from bot.store.types import UtcDateTime

Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]
_Columns = Sequence[KeyedColumnElement[Any]]

_VALUES_KEPT: Final = 1_024
"""Moments and dates that were converted a moment ago: those who are due together share most of theirs."""


class Bulk:
    """A statement for many rows, each a tuple of the values of `columns`. Bytes are tokens of `Keys`, so ASCII."""

    def __init__(
        self,
        table: type[Base],
        columns: Sequence[str],
        to_driver: Callable[[_Columns], Insert | Update],
        from_json: Callable[[_Columns], Insert | Update],
    ) -> None:
        self._columns = [table.__table__.c[name] for name in columns]
        self._to_driver = cache(lambda: to_driver(self._columns))
        self._from_json = cache(lambda: from_json(self._columns))
        self._of_sqlite: tuple[str, list[tuple[int, _Convert | None]]] | None = None
        self._of_postgres: list[_Convert | None] | None = None

    async def run(self, conn: AsyncConnection, rows: Sequence[Row]) -> int:
        """How many rows of the table it made or changed."""
        if not rows:
            return 0
        values = list(zip(*rows, strict=True))
        if on_sqlite(conn):
            statement, places = self._for_sqlite(conn.dialect)
            converted = [_converted(values[place], convert) for place, convert in places]
            result = await conn.exec_driver_sql(statement, list(zip(*converted, strict=True)))
        else:
            converters = self._for_postgres(conn.dialect)
            converted = [_converted(some, convert) for some, convert in zip(values, converters, strict=True)]
            names = [_json_name(place) for place in range(len(converted))]
            objects = [dict(zip(names, row, strict=True)) for row in zip(*converted, strict=True)]
            result = await conn.execute(self._from_json(), {"objects": json.dumps(objects)})
        return result.rowcount

    def _for_sqlite(self, dialect: Dialect) -> tuple[str, list[tuple[int, _Convert | None]]]:
        if self._of_sqlite is None:
            compiled = self._to_driver().compile(dialect=dialect)
            converters = [_converter(of, dialect) for of in self._columns]
            places = [int(name.removeprefix("c")) for name in compiled.positiontup or ()]
            self._of_sqlite = str(compiled), [(place, converters[place]) for place in places]
        return self._of_sqlite

    def _for_postgres(self, dialect: Dialect) -> list[_Convert | None]:
        if self._of_postgres is None:
            self._of_postgres = [_json_converter(of, dialect) for of in self._columns]
        return self._of_postgres


def inserting(table: type[Base], columns: Sequence[str], always: Mapping[str, str | int] | None = None) -> Bulk:
    """INSERT, in the order of the rows. `always` are values that are the same in every row."""
    fixed = {name: _literal(value) for name, value in (always or {}).items()}

    def to_driver(of: _Columns) -> Insert:
        parameters: dict[str, Any] = {one.key: bindparam(_json_name(place)) for place, one in enumerate(of)}
        return insert(table).values({**parameters, **fixed})

    def from_json(of: _Columns) -> Insert:
        rows = select(*_from_json(of), *fixed.values())
        return insert(table).from_select([*columns, *fixed], rows, include_defaults=False)

    return Bulk(table, columns, to_driver, from_json)


def updating(table: type[Base], columns: Sequence[str], by: Sequence[str]) -> Bulk:
    """UPDATE of `columns` where the columns `by`, whose values come behind those, are the row's."""

    def set_by(of: _Columns, values: Sequence[Any]) -> Update:
        names = [one.key for one in of[: len(columns)]]
        which = [one == value for one, value in zip(of[len(columns) :], values[len(columns) :], strict=True)]
        return update(table).where(and_(*which)).values(dict(zip(names, values[: len(columns)], strict=True)))

    def to_driver(of: _Columns) -> Update:
        return set_by(of, [bindparam(_json_name(place), type_=one.type) for place, one in enumerate(of)])

    return Bulk(table, [*columns, *by], to_driver, lambda of: set_by(of, _from_json(of)))


def _converted(values: Sequence[Any], convert: _Convert | None) -> Sequence[Any]:
    return values if convert is None else [convert(value) for value in values]


def _converter(of: KeyedColumnElement[Any], dialect: Dialect) -> _Convert | None:
    """What SQLAlchemy does to a value before the driver gets it."""
    convert = of.type.dialect_impl(dialect).bind_processor(dialect)
    return convert if convert is None else lru_cache(_VALUES_KEPT)(convert)


def _json_converter(of: KeyedColumnElement[Any], dialect: Dialect) -> _Convert | None:
    convert = _converter(of, dialect)

    def to_json(value: Any) -> Any:
        plain = value if convert is None else convert(value)
        return plain if plain is None else plain.isoformat()

    if isinstance(of.type, LargeBinary):
        return lambda value: value.decode("ascii")
    return lru_cache(_VALUES_KEPT)(to_json) if isinstance(of.type, UtcDateTime | Date | Time) else convert


def _from_json(of: _Columns) -> list[Any]:
    """The columns of the rows that come as the parameter `objects`."""
    typed = [
        column(_json_name(place), Text() if isinstance(one.type, LargeBinary) else one.type)
        for place, one in enumerate(of)
    ]
    rows = func.json_to_recordset(cast(bindparam("objects", type_=Text()), JSON())).table_valued(*typed, name="rows")
    read = rows.render_derived(with_types=True).c
    return [
        func.convert_to(read[name.name], literal_column("'UTF8'"))
        if isinstance(one.type, LargeBinary)
        else read[name.name]
        for name, one in zip(typed, of, strict=True)
    ]


def _json_name(place: int) -> str:
    return f"c{place}"


def _literal(value: str | int) -> Any:
    if isinstance(value, bool):
        return literal_column("true" if value else "false")
    return literal_column(f"'{value}'" if isinstance(value, str) else str(value))
