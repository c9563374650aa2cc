"""What has to stay fast uses its index, whatever the size of the tables: asked of the databases themselves."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Decision
from bot.core.messages import Lane
from bot.store import decisions, outbox, subscribers
from bot.store.database import Database
from tests.store.builders import LATER, NOW, OWNER, TELEGRAM, claim, record, reply, sends, somebody

HOT: dict[str, tuple[Callable[[AsyncConnection], Awaitable[Any]], str]] = {
    "due": (lambda conn: subscribers.due(conn, [OWNER], LATER, 10), "ix_subscribers_due"),
    "next due": (subscribers.next_due, "ix_subscribers_due"),
    "next due of practices": (lambda conn: subscribers.next_due(conn, [OWNER]), "ix_subscribers_due"),
    "claim": (lambda conn: outbox.claim(conn, TELEGRAM, Lane.REPLY, LATER, 1, 5, (99,)), "ix_messages_claim"),
    "claim, one per address": (
        lambda conn: outbox.claim(conn, TELEGRAM, Lane.REPLY, LATER, 1, 5),
        "ix_messages_address_order",
    ),
    "claim, order of a decision": (
        lambda conn: outbox.claim(conn, TELEGRAM, Lane.REPLY, LATER, 1, 5),
        "sqlite_autoindex_messages_1 (practice=? AND cause=? AND n<?)",
    ),
    "next message": (lambda conn: outbox.next_due(conn, [TELEGRAM], LATER), "ix_messages_claim"),
    "expire": (lambda conn: outbox.expire(conn, LATER, 10), "ix_messages_expiry"),
    "recover": (lambda conn: outbox.recover(conn, TELEGRAM, 2, LATER), "ix_messages_sending"),
}


async def plans(database: Database, work: Callable[[AsyncConnection], Awaitable[Any]]) -> str:
    """The plans of the statements that `work` runs, as SQLite explains them."""
    statements: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            statements.append((statement, parameters))

    engine = database._writers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await database.write(work)
    event.remove(engine, "before_cursor_execute", note)
    explained: list[str] = []
    async with database.read() as conn:
        for statement, parameters in statements:
            one = parameters[0] if isinstance(parameters, list) else parameters
            rows = await conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one)
            explained.extend(row[-1] for row in rows)
    return "\n".join(explained)


async def crowd(database: Database) -> None:
    people = [await somebody(database, number) for number in range(1, 8)]
    for who in people:
        await record(database, sends(who, reply("1"), reply("2"), next_at=NOW), f"in:{who.id}")
    await claim(database, limit=2)


@pytest.mark.parametrize("name", HOT)
async def test_the_hot_paths_search_an_index_and_never_scan_a_table(sqlite: Database, name: str) -> None:
    work, index = HOT[name]
    await crowd(sqlite)
    plan = await plans(sqlite, work)
    assert f"INDEX {index}" in plan
    for table in ("messages", "subscribers", "addresses"):
        assert f"SCAN {table}\n" not in plan + "\n"


async def test_cancelling_searches_the_open_messages_of_the_subscriber(sqlite: Database) -> None:
    anna = await somebody(sqlite)
    decision = Decision(subscriber=anna, cancel=frozenset({"*", "followup:HECHTING"}))
    plan = await plans(sqlite, lambda conn: decisions.record(conn, OWNER, decision, "in:1", NOW, "v"))
    assert "INDEX ix_messages_open_of_subscriber (subscriber_id=? AND topic=?)" in plan
    assert "INDEX ix_messages_sending (account=?)" in plan
    assert "SCAN messages" not in plan
