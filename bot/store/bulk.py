"""Many rows by one statement, in the way that is quickest on each database.

SQLAlchemy looks at every parameter of every row, which takes longer than SQLite does with the row. So values are
converted here, a column at a time. SQLite gets some hundred rows as the VALUES of one statement, which runs without
Python's lock; PostgreSQL gets all rows as one JSON text, which costs one round trip and is taken apart by the server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    Date,
    Insert,
    LargeBinary,
    Text,
    Time,
    Update,
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
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import KeyedColumnElement

from bot.store.base import Base
from bot.store.dialect import on_sqlite
from bot.store.errors import Missing
from bot.store.types import UtcDateTime

Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]
_Columns = Sequence[KeyedColumnElement[Any]]

_VALUES_KEPT: Final = 1_024
"""Moments and dates that were converted a moment ago: those who are due together share most of theirs."""


_SIZES: Final = (4, 16, 64, 256)
"""Rows of one statement on SQLite: few different statements, so that all of them stay prepared, and few in a batch,
since between two of them the thread waits for Python's lock. What is lacking is filled up with NULL."""
_FEW: Final = 64
"""So many rows are written sooner than a thread begins."""

_OBJECTS: Final = TypeAdapter(list[dict[str, Any]])
_NOT_THERE: Final = "a row to write is not there"

_Statement = tuple[str, list[Any]]


class Bulk:
    """A statement for many rows, each a tuple of the values of `columns`. Bytes are tokens of `Keys`, so ASCII."""

    def __init__(
        self,
        table: type[Base],
        columns: Sequence[str],
        for_sqlite: Callable[[int], str],
        from_json: Callable[[_Columns], Insert | Update],
    ) -> None:
        """`for_sqlite` is its text for so many rows."""
        self._columns = [table.__table__.c[name] for name in columns]
        self._for_sqlite = cache(for_sqlite)
        self._from_json = from_json
        self._text = ""
        self._to_sqlite: list[_Convert | None] = []
        self._to_json: list[_Convert | None] = []

    def statements(self, dialect: Dialect, rows: Sequence[Row]) -> Iterator[_Statement]:
        """Of SQLite, with their parameters."""
        if not self._to_sqlite:
            self._to_sqlite = [_converter(of, dialect) for of in self._columns]
        converted = _converted(rows, self._to_sqlite)
        for start in range(0, len(converted), _SIZES[-1]):
            part = converted[start : start + _SIZES[-1]]
            size = next(size for size in _SIZES if size >= len(part))
            values = list(chain.from_iterable(part))
            values += [None] * ((size - len(part)) * len(self._columns))
            yield self._for_sqlite(size), values

    def one_statement(self, dialect: Dialect, rows: Sequence[Row]) -> tuple[str, dict[str, str]]:
        """Of PostgreSQL, with its parameter."""
        if not self._to_json:
            self._to_json = [_json_converter(of, dialect) for of in self._columns]
        if not self._text:
            self._text = str(self._from_json(self._columns).compile(dialect=dialect))
        names = [_json_name(place) for place in range(len(self._columns))]
        objects = [dict(zip(names, row, strict=True)) for row in _converted(rows, self._to_json)]
        return self._text, {"objects": _OBJECTS.dump_json(objects).decode()}


async def write_rows(conn: AsyncConnection, *parts: tuple[Bulk, Sequence[Row]]) -> None:
    """Each row makes or changes one row of its table, the parts one after the other. On SQLite many rows are written
    in a thread, and meanwhile others run. Raises Missing for a row to change that is not there; what was written
    then has to be undone."""
    some = [(bulk, rows) for bulk, rows in parts if rows]
    await (_write_to_sqlite if on_sqlite(conn) else _write_to_postgres)(conn, some)


async def _write_to_postgres(conn: AsyncConnection, parts: Sequence[tuple[Bulk, Sequence[Row]]]) -> None:
    """All statements are sent before the first is answered: the server works on them while others run here."""
    # Imported here: it takes eight megabytes, and SQLite does without it.
    import psycopg

    statements = [bulk.one_statement(conn.dialect, rows) for bulk, rows in parts]
    raw = await conn.get_raw_connection()
    driver: Any = raw.driver_connection
    cursors = [driver.cursor() for _ in statements]
    try:
        async with driver.pipeline():
            for cursor, (text, parameters) in zip(cursors, statements, strict=True):
                await cursor.execute(text, parameters)
    except psycopg.errors.ForeignKeyViolation as error:
        raise Missing(_NOT_THERE) from error
    except psycopg.Error as error:
        raise _as_raised(conn, error, psycopg.Error) from error
    if any(cursor.rowcount != len(rows) for cursor, (_, rows) in zip(cursors, parts, strict=True)):
        raise Missing(_NOT_THERE)


async def _write_to_sqlite(conn: AsyncConnection, parts: Sequence[tuple[Bulk, Sequence[Row]]]) -> None:
    statements = [list(bulk.statements(conn.dialect, rows)) for bulk, rows in parts]
    counts = [len(rows) for _, rows in parts]
    raw = await conn.get_raw_connection()
    driver: Any = raw.driver_connection

    def run() -> None:
        cursor = driver.cursor()
        for of_one, count in zip(statements, counts, strict=True):
            if sum(cursor.execute(text, values).rowcount for text, values in of_one) != count:
                raise Missing(_NOT_THERE)

    try:
        if sum(counts) <= _FEW:
            run()
        else:
            await driver.in_thread(run)
    except sqlite3.Error as error:
        raise _as_raised(conn, error, sqlite3.Error) from error


def _as_raised(conn: AsyncConnection, error: Exception, kind: type[Exception]) -> BaseException:
    """As SQLAlchemy raises what a driver does, whose way many rows do not go."""
    lost = conn.dialect.is_disconnect(error, None, None)  # type: ignore[arg-type]
    return DBAPIError.instance(None, None, error, kind, connection_invalidated=lost, dialect=conn.dialect)


def inserting(table: type[Base], columns: Sequence[str], always: Mapping[str, str | int] | None = None) -> Bulk:
    """INSERT, in the order of the rows, whose first value is never NULL. `always` are values that every row has."""
    fixed = {name: _literal(value) for name, value in (always or {}).items()}

    def for_sqlite(count: int) -> str:
        names = ", ".join(f'"{name}"' for name in [*columns, *fixed])
        its = f'"{table.__tablename__}" ({names})'
        values = ", ".join(["*", *fixed.values()])
        rows = _values(len(columns), count)
        return f"INSERT INTO {its} SELECT {values} FROM ({rows}) WHERE column1 IS NOT NULL"  # noqa: S608 -- names

    def from_json(of: _Columns) -> Insert:
        rows = select(*_from_json(of), *map(literal_column, fixed.values()))
        return insert(table).from_select([*columns, *fixed], rows, include_defaults=False)

    return Bulk(table, columns, for_sqlite, from_json)


def updating(table: type[Base], columns: Sequence[str], by: Sequence[str]) -> Bulk:
    """UPDATE of `columns` where the columns `by`, whose values come behind those, are the row's."""

    def for_sqlite(count: int) -> str:
        its = f'"{table.__tablename__}"'
        news = ", ".join(f'"{name}" = news.column{place}' for place, name in enumerate(columns, start=1))
        which = " AND ".join(
            f'{its}."{name}" {"IS" if table.__table__.c[name].nullable else "="} news.column{place}'
            for place, name in enumerate(by, start=len(columns) + 1)
        )
        values = _values(len(columns) + len(by), count)
        return f"UPDATE {its} SET {news} FROM ({values}) AS news WHERE {which}"  # noqa: S608 -- names of columns

    def from_json(of: _Columns) -> Update:
        values = _from_json(of)
        which = [one == value for one, value in zip(of[len(columns) :], values[len(columns) :], strict=True)]
        return update(table).where(*which).values(dict(zip(columns, values[: len(columns)], strict=True)))

    return Bulk(table, [*columns, *by], for_sqlite, from_json)


def _values(columns: int, rows: int) -> str:
    one = ", ".join("?" * columns)
    return f"VALUES {', '.join([f'({one})'] * rows)}"


def _converted(rows: Sequence[Row], converters: Sequence[_Convert | None]) -> Sequence[Row]:
    columns = zip(*rows, strict=True)
    converted = (
        values if convert is None else map(convert, values)
        for values, convert in zip(columns, converters, strict=False)
    )
    return list(zip(*converted, strict=True))


def _converter(of: KeyedColumnElement[Any], dialect: Dialect) -> _Convert | None:
    """What SQLAlchemy does to a value before the driver gets it."""
    convert = of.type.dialect_impl(dialect).bind_processor(dialect)
    return convert if convert is None else lru_cache(_VALUES_KEPT)(convert)


def _json_converter(of: KeyedColumnElement[Any], dialect: Dialect) -> _Convert | None:
    convert = _converter(of, dialect)

    def plainly(value: Any) -> Any:
        plain = value if convert is None else convert(value)
        return plain if plain is None else plain.isoformat()

    if isinstance(of.type, LargeBinary):
        return lambda value: value.decode("ascii")
    return lru_cache(_VALUES_KEPT)(plainly) if isinstance(of.type, UtcDateTime | Date | Time) else convert


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


def _literal(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)
