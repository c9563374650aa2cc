"""Many rows by one statement, in the way that is quickest on each database.

SQLAlchemy looks at every parameter of every row, which takes longer than SQLite does with the row. So values are
converted here, a column at a time. SQLite gets some hundred rows as the VALUES of one statement, which runs without
Python's lock. PostgreSQL gets an array of each column; what many rows have alike is sent once, and each row tells
which of those it has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Date, LargeBinary, String, Time
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
_Array = Callable[[Sequence[Any]], str]

_VALUES_KEPT: Final = 1_024
"""Moments and dates that were converted a moment ago: those who are due together share most of theirs."""


_SIZES: Final = (4, 16, 64, 256)
"""Rows of one statement on SQLite: few different statements, so that all of them stay prepared, and few in a batch,
since between two of them the thread waits for Python's lock. What is lacking is filled up with NULL."""
_FEW: Final = 64
"""So many rows are written sooner than a thread begins."""

_PARTING: Final = "\x1f"
"""Between texts: a control character, which JSON and causes are without."""
_NOT_THERE: Final = "a row to write is not there"

_Statement = tuple[str, list[Any]]


class Bulk:
    """A statement for many rows, each a tuple of the values of `columns`. Bytes are tokens of `Keys`, so ASCII."""

    def __init__(
        self,
        table: type[Base],
        columns: Sequence[str],
        of_each: Collection[str],
        for_sqlite: Callable[[int], str],
        for_postgres: Callable[[Sequence[str], str], str],
    ) -> None:
        """`of_each` are the columns that differ from row to row, none of them NULL, and no text of them empty or with
        `_PARTING` in it; of the others, at least two, many rows have the same.
        `for_sqlite` is the text for so many rows, `for_postgres` for the values of a row and what they are FROM."""
        self._columns = [table.__table__.c[name] for name in columns]
        self._of_each = [place for place, name in enumerate(columns) if name in of_each]
        self._alike = [place for place, name in enumerate(columns) if name not in of_each]
        self._alike_of = itemgetter(*self._alike)
        self._for_sqlite = cache(for_sqlite)
        self._for_postgres = for_postgres
        self._text = ""
        self._to_sqlite: list[_Convert | None] = []
        self._arrays: list[_Array] = []

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

    def one_statement(self, dialect: Dialect, rows: Sequence[Row]) -> _Statement:
        """Of PostgreSQL, with its parameters."""
        if not self._text:
            self._arrays = [_array_of(of, dialect) for of in self._columns]
            self._text = self._written(dialect)
        kinds: dict[Row, int] = {}
        kind_of_each = [kinds.setdefault(alike, len(kinds) + 1) for alike in map(self._alike_of, rows)]
        columns = list(zip(*rows, strict=True))
        arrays = [
            _parted(columns[place]) if self._is_text(place) else self._arrays[place](columns[place])
            for place in self._of_each
        ]
        arrays.append(_array(map(str, kind_of_each)))
        for place, values in zip(self._alike, zip(*kinds, strict=True), strict=True):
            arrays.append(self._arrays[place](values))
        return self._text, arrays

    def _is_text(self, place: int) -> bool:
        return isinstance(self._columns[place].type, String)

    def _written(self, dialect: Dialect) -> str:
        # Through a subquery, since a parameter of an array cannot be followed by a place in it.
        types = [of.type.compile(dialect) for of in self._columns]
        of_each = ", ".join(
            f"string_to_array(%s, '{_PARTING}')" if self._is_text(place) else f"%s::{types[place]}[]"
            for place in self._of_each
        )
        names = ", ".join(f"c{place}" for place in self._of_each)
        alike = ", ".join(f"%s::{types[place]}[] AS c{place}" for place in self._alike)
        values = [
            f"rows.c{place}" if place in self._of_each else f"alike.c{place}[rows.kind]" for place in range(len(types))
        ]
        source = f"unnest({of_each}, %s::int[]) AS rows({names}, kind), (SELECT {alike}) AS alike"
        return self._for_postgres(values, source)


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


def inserting(
    table: type[Base],
    columns: Sequence[str],
    of_each: Collection[str],
    always: Mapping[str, str | int] | None = None,
) -> Bulk:
    """INSERT, in the order of the rows, whose first value is never NULL. `always` are values that every row has."""
    fixed = {name: _literal(value) for name, value in (always or {}).items()}
    names = ", ".join(f'"{name}"' for name in [*columns, *fixed])
    into = f'INSERT INTO "{table.__tablename__}" ({names})'

    def for_sqlite(count: int) -> str:
        values = ", ".join(["*", *fixed.values()])
        rows = _values(len(columns), count)
        return f"{into} SELECT {values} FROM ({rows}) WHERE column1 IS NOT NULL"  # noqa: S608 -- names of columns

    def for_postgres(values: Sequence[str], source: str) -> str:
        return f"{into} SELECT {', '.join([*values, *fixed.values()])} FROM {source}"  # noqa: S608 -- names of columns

    return Bulk(table, columns, of_each, for_sqlite, for_postgres)


def updating(table: type[Base], columns: Sequence[str], by: Sequence[str], of_each: Collection[str]) -> Bulk:
    """UPDATE of `columns` where the columns `by`, whose values come behind those, are the row's."""
    its = f'"{table.__tablename__}"'

    def text(values: Sequence[str], source: str, same: Callable[[str], str]) -> str:
        news = ", ".join(f'"{name}" = {value}' for name, value in zip(columns, values, strict=False))
        which = " AND ".join(
            f'{its}."{name}" {same(name)} {value}' for name, value in zip(by, values[len(columns) :], strict=True)
        )
        return f"UPDATE {its} SET {news} FROM {source} WHERE {which}"  # noqa: S608 -- names of columns

    def for_sqlite(count: int) -> str:
        places = range(1, len(columns) + len(by) + 1)
        source = f"({_values(len(places), count)}) AS news"
        return text([f"news.column{place}" for place in places], source, _same_on_sqlite)

    def _same_on_sqlite(name: str) -> str:
        return "IS" if table.__table__.c[name].nullable else "="

    def for_postgres(values: Sequence[str], source: str) -> str:
        return text(values, source, lambda _: "=")

    return Bulk(table, [*columns, *by], of_each, for_sqlite, for_postgres)


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


def _array_of(of: KeyedColumnElement[Any], dialect: Dialect) -> _Array:
    """What makes the text of an array of a column's values."""
    # Bytes go as the text that they are.
    convert = None if isinstance(of.type, LargeBinary) else _converter(of, dialect)

    def element(value: Any) -> str:
        return _element(value if convert is None else convert(value))

    quick = lru_cache(_VALUES_KEPT)(element) if isinstance(of.type, UtcDateTime | Date | Time) else element
    return lambda values: _array(map(quick, values))


def _parted(values: Sequence[str]) -> str:
    """The text of many long texts, which an array's quotes would make longer. Raises ValueError."""
    text = _PARTING.join(values)
    if text.count(_PARTING) != len(values) - 1:
        raise ValueError("a text holds what parts it from the next one")
    return text


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f'"{value.decode("ascii") if isinstance(value, bytes) else value.isoformat()}"'


def _array(elements: Iterable[str]) -> str:
    return f"{{{','.join(elements)}}}"


def _literal(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)
