"""SQLite without a thread for each statement: the dialect of the one writer.

aiosqlite hands each statement to a thread and back, several times: that costs more than the statement, which takes 20
to 100 microseconds. So the writer's statements run where they are called. What waits for the disk or for somebody
else goes to a thread: a commit, a begin that another process keeps waiting, and statements that are marked `LONG`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util.concurrency import await_

T = TypeVar("T")

DRIVER: Final = "sqlite+inline"
LONG: Final = {"nabij_long": True}
"""Execution options of a statement that may take more than a few milliseconds."""

_STATEMENTS_KEPT: Final = 512
_GIVES_WAY_AFTER: Final = 0.0002


@contextmanager
def threads_hurried() -> Iterator[None]:
    """Meanwhile who runs Python gives way to a thread that waits for it much sooner: else that thread would wait
    5 ms between two statements."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_GIVES_WAY_AFTER)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class InlineConnection(sqlite3.Connection):
    """For one task. `patience` is how long a begin waits for another process's write, in milliseconds."""

    patience: int = 0
    _threads: ThreadPoolExecutor | None = None

    def cursor(self, _factory: Any = None) -> Any:
        return super().cursor(InlineCursor)

    def begin(self) -> None:
        """Within a greenlet of SQLAlchemy's. Raises sqlite3.OperationalError when the other one takes too long."""
        try:
            super().execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            await_(self.in_thread(self._begin_patiently))

    def _begin_patiently(self) -> None:
        super().execute(f"PRAGMA busy_timeout={self.patience}")
        try:
            super().execute("BEGIN IMMEDIATE")
        finally:
            super().execute("PRAGMA busy_timeout=0")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Who is cancelled waits for `work` all the same: nobody may use or close the connection under it."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "nabij-sqlite")
        working = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])
            raise

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False)
        super().close()


class InlineCursor(sqlite3.Cursor):
    """Reads its rows at once, as aiosqlite's does under SQLAlchemy: a later statement changes none of them."""

    _rows: Iterator[Any] | None = None

    async def _async_soft_close(self) -> None:
        """SQLAlchemy calls it when a statement with rows was executed, before it gives the result away."""
        if self._rows is None:
            self._rows = iter(super().fetchall())

    def fetchone(self) -> Any:
        return super().fetchone() if self._rows is None else next(self._rows, None)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        if self._rows is None:
            return super().fetchmany(size)
        return [row for _, row in zip(range(size or 1), self._rows, strict=False)]

    def fetchall(self) -> list[Any]:
        return super().fetchall() if self._rows is None else list(self._rows)


class _Done(Awaitable[None]):
    """SQLAlchemy refuses an async driver that waited for nothing: this is what it waits for."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE: Final = _Done()


class InlineDialect(SQLiteDialect_pysqlite):
    """An async dialect of SQLAlchemy's on the standard library's sqlite3."""

    driver = "inline"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, _url: object) -> type[AsyncAdaptedQueuePool]:
        return AsyncAdaptedQueuePool

    def connect(self, *positional: Any, **named: Any) -> Any:
        named.update(
            check_same_thread=False,
            # Else Python's driver begins transactions by itself.
            isolation_level=None,
            cached_statements=_STATEMENTS_KEPT,
            factory=InlineConnection,
        )
        return sqlite3.connect(*positional, **named)

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.begin()

    def do_commit(self, dbapi_connection: Any) -> None:
        await_(dbapi_connection.in_thread(dbapi_connection.commit))

    def do_savepoint(self, connection: Connection, name: str) -> None:
        # SQLAlchemy's own would be compiled anew each time, which takes ten times as long as the savepoint.
        connection.exec_driver_sql(f"SAVEPOINT {name}")

    def do_release_savepoint(self, connection: Connection, name: str) -> None:
        connection.exec_driver_sql(f"RELEASE SAVEPOINT {name}")

    def do_terminate(self, dbapi_connection: Any) -> None:
        dbapi_connection.close()

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        self._run(cursor, context, lambda: cursor.execute(statement, parameters))

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        self._run(cursor, context, lambda: cursor.execute(statement))

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        self._run(cursor, context, lambda: cursor.executemany(statement, parameters))

    def _run(self, cursor: Any, context: Any, execute: Callable[[], object]) -> None:
        if context is not None and context.execution_options.get("nabij_long"):
            await_(cursor.connection.in_thread(execute))
        else:
            execute()
            await_(_DONE)


registry.register("sqlite.inline", __name__, InlineDialect.__name__)
